/// One attempt to bring a camera back, as it is told to the history and to whoever asked for it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "porchlight/time.h"

namespace porchlight::camera {

/// The recovery ladder. The number is what people type and what stands in the history.
enum class Rung : std::uint8_t {
    None = 0,
    Retry = 1,
    RestartStream = 2,
    RespawnWorker = 3,
    ResetDevice = 4,
    OwnerAction = 5
};
inline constexpr int kRungs = 5;

/// "none" "retry" "restart_stream" "respawn_worker" "reset_device" "owner_action".
const char* nameOf(Rung rung) noexcept;

/// What it does, for a sentence to the owner: "a new process".
const char* wordsFor(Rung rung) noexcept;

enum class Outcome : std::uint8_t {
    Running = 1,  ///< not decided yet
    Recovered,    ///< a good picture came
    Failed,       ///< none came until the attempt's deadline
    Refused,      ///< it could not be carried out; the last step says why
};
const char* nameOf(Outcome outcome) noexcept;

/// Who began an attempt.
enum class Origin : std::uint8_t {
    Automatic = 1,  ///< a worker that died or was killed is followed by a new one at once
    Ladder,         ///< planRecovery
    Manual,         ///< the owner
};
const char* nameOf(Origin origin) noexcept;

struct RecoveryReport {
    std::string camera;
    WallTime at{};
    Rung rung = Rung::None;
    Origin origin = Origin::Ladder;
    std::string kind;                ///< the fault that led to it (FaultKind's name); empty: none
    std::vector<std::string> steps;  ///< one line each, as done
    microseconds duration{0};
    Outcome outcome = Outcome::Running;
};

}  // namespace porchlight::camera
