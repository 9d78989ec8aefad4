/// The kinds of fault a camera can have: one table of names, classes and consequences.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace porchlight::camera {

/// In the order of the table in fault_kind.cpp. Names stand in logs, JSON, metrics and SQL (nameOf).
enum class FaultKind : std::uint8_t {
    FrameTimeout,      ///< no picture for frame_timeout
    FrozenPicture,     ///< packets come, but no picture that differs, for unresponsive_after
    BlackPicture,      ///< every picture is black or covered
    BufferError,       ///< truncated or undecodable data
    ConnectionError,   ///< connection refused, lost, ended
    CaptureFailure,    ///< the source failed in another way
    AuthRefused,       ///< the camera refuses user or password
    Misconfigured,     ///< settings that do not work, as its file or its source says
    NotFound,          ///< the stream, file or host that a setting names is not there
    NotSupported,      ///< what it sends, or how, is not supported
    Ended,             ///< a file that is not repeated is over
    HeartbeatMissing,  ///< the worker as a whole does not move (stopped, swapped out) or does not read its
                       ///< commands
    Hung,              ///< the capture thread is stuck in open, read or close of the source
    WorkerDied,        ///< crashed, aborted, exited
    WorkerGarbage,     ///< bytes that are no message, or messages that cannot be
    WorkerFlood,       ///< more messages, bytes or pictures than any camera delivers
    MemoryLimit,       ///< the worker's memory is over its limit
    CpuLimit,  ///< the worker burns a core and delivers nothing, or more than its limit for a whole window
    LowRate,   ///< less than half of the nominal picture rate for ten seconds
    DescriptorLeak,  ///< the worker's open descriptors grow beyond all need
    CpuBusy,  ///< over its CPU limit although it is new: honestly busy, nothing that a new worker would cure
    Unplayable,  ///< pictures come, and what is recorded of them does not play, or nothing is
                 ///< (footage_watch.h)
    Unproven,    ///< no reader could look whether it plays
    Tampered,    ///< the camera says that it was covered, turned or opened
    VideoLost,   ///< the camera says that it has lost its sensor, or a channel of it
};
inline constexpr std::size_t kFaultKinds = 25;

/// What a fault does to the camera.
enum class Severity : std::uint8_t {
    Issue = 1,  ///< shown and counted; the camera is degraded, nothing is restarted
    Failure,    ///< counts as a failure, lowers the score, climbs the recovery ladder
    Fatal,      ///< as Failure, and the worker is ended and a new one started at once
    Owner,      ///< as Failure, but retrying cannot help: tried again once a minute, a person is called
};

/// One row of the table. How soon each is detected stands in docs/health.md.
struct FaultFacts {
    FaultKind kind;
    std::string_view name;  ///< "frame_timeout"
    Severity severity;
    std::string_view words;  ///< what a viewer is told: names no place, address, file or person
};

/// All kinds, in the order of the enum.
std::span<const FaultFacts> faultTable() noexcept;
const FaultFacts& factsOf(FaultKind kind) noexcept;
const FaultFacts* factsOf(std::string_view name) noexcept;  ///< null: no kind of this version
inline std::string_view nameOf(FaultKind kind) noexcept {
    return factsOf(kind).name;
}

/// A fault and what is known of it.
struct Finding {
    FaultKind kind = FaultKind::CaptureFailure;
    std::string detail;
};

}  // namespace porchlight::camera
