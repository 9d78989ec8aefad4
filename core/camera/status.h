/// What is known of a camera at this moment, as a value.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "camera/switch.h"
#include "ipc/message.h"
#include "porchlight/time.h"

namespace porchlight::camera {

enum class State : std::uint8_t { Starting = 1, Running, Degraded, Offline, Wedged, Disabled };
const char* nameOf(State state) noexcept;

/// A snapshot for the web, the command line and metrics. Ages are of the moment it was taken; -1 us: never.
/// Over 20 members: it is the answer of the API, flat as that is; each part of a unit fills in its own.
struct Status {
    std::string name;
    std::string title;
    State state = State::Starting;
    WallTime state_since{};
    std::string reason;               ///< why it is not Running; empty when well
    std::string action;               ///< what is being done about it; empty when nothing
    int score = 100;                  ///< 100 - 10 x consecutive failures
    std::string level = "excellent";  ///< of the score: excellent good warning critical (health.thresholds)
    std::string kind;  ///< of the fault it has now (FaultKind): frame_timeout, hung, ...; empty when well
    std::map<std::string, std::uint64_t> faults;  ///< how often each kind occurred since the core started
    std::uint32_t consecutive_failures = 0;
    std::string rung;    ///< of the recovery ladder: "none", "retry", "restart_stream", "respawn_worker", ...
    std::string source;  ///< description without secrets
    /// What it can do beside pictures (porchlight/companion.h); null: it never told.
    std::shared_ptr<const ipc::Offer> offer;
    std::string codec;
    int width_px = 0;
    int height_px = 0;
    double rate_hz = 0;
    microseconds packet_age{-1};
    microseconds distinct_age{-1};  ///< age of the last distinct picture
    microseconds played_age{-1};    ///< since a reader found that what is recorded plays
    microseconds durable_age{-1};   ///< age of the last byte known to be on disk (while recording)
    bool is_detect_on = false;
    std::string record_mode;       ///< off motion continuous
    std::vector<Switch> switches;  ///< where run-time switches say other than the configuration
    bool is_recording = false;
    std::string active_event;  ///< id; empty when idle
    std::uint32_t viewers = 0;
    std::int32_t worker_pid = 0;
    std::uint32_t worker_starts = 0;
    std::uint64_t rss_bytes = 0;
    double cpu_percent = 0;
    std::uint64_t memory_max_bytes = 0;  ///< limit of the worker's private memory; 0: none
    std::uint32_t descriptors_max = 0;
    std::uint64_t queue_bytes = 0;       ///< waiting in all queues of the worker
    std::uint64_t queue_max_bytes = 0;   ///< the sum of their caps
    bool is_detecting_on_main = false;   ///< the sub stream fails
    std::uint64_t dropped_messages = 0;  ///< log lines, detections, stills, live pictures
    std::uint64_t packets = 0;
    std::uint64_t pictures_analysed = 0;
    std::uint64_t dropped_fragments = 0;
    std::uint64_t dropped_packets = 0;
    std::uint64_t bad_packets = 0;
    std::uint64_t lost_frames = 0;
    microseconds black_age{-1};  ///< how long every picture has been black or covered
    std::uint32_t descriptors = 0;
    std::uint32_t threads = 0;
};

}  // namespace porchlight::camera
