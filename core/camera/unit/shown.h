/// What is shown of a camera, as a pure function: same facts, same words.
#pragma once

#include <optional>
#include <string>

#include "camera/status.h"
#include "config/config.h"

namespace porchlight::camera {

/// Its state, why, and what is being done about it.
struct Shown {
    State state = State::Starting;
    std::string reason;
    std::string action;
};

/// What counts for it. The first three stand above the others, in this order; but a worker that hangs is told
/// of a camera that only waits for another one.
struct ShownFacts {
    std::string problem;             ///< of its configuration; empty: none
    bool is_paused = false;          ///< it is switched off, or gets another worker for a switch
    bool is_wedged = false;          ///< its worker can be neither used nor killed
    bool is_enabled = true;          ///< the run-time switch
    std::string disabled_by;         ///< empty: the configuration
    bool has_worker = false;         ///< a process, also one that dies
    bool has_ended = false;          ///< a file that is not repeated is over
    bool is_flowing = false;         ///< pictures, the last one within frame_timeout
    bool had_picture = false;        ///< since it was switched on
    microseconds silence{0};         ///< since the last picture, or since it was switched on
    bool is_failing = false;         ///< a fault that climbs
    bool has_fault = false;          ///< any, also one that only degrades
    std::string fault;               ///< its words
    bool needs_owner = false;        ///< only the owner can help
    std::string attempt;             ///< the one under way, and its last step; empty: none
    std::string plan;                ///< of the ladder
    State before = State::Starting;  ///< what is shown now
};

/// Nothing: as before. Any thread.
std::optional<Shown> planShown(const ShownFacts& facts, const config::HealthConfig& limits);

}  // namespace porchlight::camera
