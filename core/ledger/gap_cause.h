/// Why footage is missing: the vocabulary of the coverage ledger, the same in C++, SQL, JSON and metrics.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace porchlight::ledger {

enum class GapCause : std::uint8_t {
    // Intended: nobody wanted footage, or somebody stopped the appliance properly.
    NoMotion = 1,   ///< mode motion, and nothing happened
    RecordOff,      ///< record mode off
    DetectOff,      ///< mode motion with detection switched off
    Disabled,       ///< the camera is switched off; the detail says by whom
    NotConfigured,  ///< the camera was not in the configuration
    Shutdown,       ///< the host was shut down or restarted properly
    DaemonStopped,  ///< the daemon was stopped properly
    // The camera.
    Starting,        ///< waiting for the first picture
    NoFrames,        ///< no footage came, and nothing more is known
    FrozenPicture,   ///< pictures that do not change, in which no motion can be seen
    AuthRefused,     ///< the camera refused name and password
    ConnectionLost,  ///< unplugged, unreachable, silent
    CaptureFailure,  ///< the source or its data failed
    WorkerRestart,   ///< the worker ended or was killed and a new one starts
    Wedged,          ///< the worker hangs in the driver: only a reboot helps
    Misconfigured,   ///< its settings do not work: only the owner can put it right
    NotFound,        ///< the stream, file or host that its settings name is not there
    NotSupported,    ///< what it sends is not supported
    Ended,           ///< a file that is not repeated is over
    // Storage.
    Dropped,  ///< fragments lost on their way to the disk (queue full, damaged)
    DiskFull,
    WriteError,
    VolumeMissing,
    // The host.
    HostStall,  ///< the core itself got no time
    Suspended,
    ClockStep,  ///< seconds that never were: the clock was set forward
    PowerOff,   ///< the core was not running, the host started again meanwhile, nothing was closed properly
    CoreCrash,  ///< the core was not running, the host was
};

const char* nameOf(GapCause cause) noexcept;

/// Nothing for a text that names no cause.
std::optional<GapCause> gapCauseOf(std::string_view name) noexcept;

/// A gap that nobody intended.
bool isFault(GapCause cause) noexcept;

/// The camera itself was the reason: as long as one lasts, "starting" again is part of it.
bool isCameraFault(GapCause cause) noexcept;

/// The core did not run.
bool isDownTime(GapCause cause) noexcept;

}  // namespace porchlight::ledger
