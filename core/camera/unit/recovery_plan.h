/// The recovery ladder as a pure function: same history, same answer.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "camera/recovery_report.h"
#include "config/config.h"

namespace porchlight::camera {

/// A healthy time this long returns to the first rung and forgets attempts.
inline constexpr std::chrono::minutes kHealthyReset{10};

/// After giving up, a slow retry comes every so many cooldowns.
inline constexpr int kRestCooldowns = 10;

/// What counts when the next step is planned. Failures and attempts are those since the last ten healthy
/// minutes, unless said otherwise.
struct RecoveryHistory {
    bool is_failing = false;                 ///< there is a fault that climbs, now
    bool is_attempt_running = false;         ///< also the automatic start of a new worker
    bool is_for_owner = false;               ///< refused password, wrong settings: retrying cannot help
    std::uint32_t consecutive_failures = 0;  ///< since the last good picture
    std::uint32_t failures = 0;
    std::uint32_t attempts = 0;  ///< of the ladder; automatic and manual ones do not count
    Rung rung = Rung::None;      ///< last one tried
    std::optional<Monotonic::time_point> last_attempt_at;  ///< its beginning
    std::array<std::string, kRungs> obstacles;  ///< [rung - 1]: why it cannot be taken now; empty: it can
    std::string reboot_obstacle;                ///< likewise, for restarting the machine (rate limit)
};

enum class Step : std::uint8_t {
    Wait = 1,  ///< nothing to do before next_at
    Attempt,   ///< take `rung` now
    Reboot,    ///< ask for a restart of the machine
    Rest,      ///< given up climbing: slow retries from next_at on; a person is called
};

struct Decision {
    Step step = Step::Wait;
    Rung rung = Rung::None;
    Monotonic::time_point next_at{};   ///< ask again then at the latest
    std::string reason;                ///< for people: why this and not more
    std::vector<std::string> skipped;  ///< "reset_device skipped: not a USB device", one line a rung
};

/// What to do about a camera. Pure, any thread.
///
/// Climbing begins at max_consecutive_failures in a row, or at three times as many with good pictures in
/// between (a camera that flaps). Between the beginnings of two attempts lies recovery_cooldown. The next
/// attempt takes the next rung above the last one; a rung with an obstacle is skipped, and at the top the
/// highest possible rung is repeated. After max_recovery_attempts, or when no rung is possible, climbing is
/// given up: the highest rung below OwnerAction is tried once in kRestCooldowns cooldowns. A reboot needs the
/// owner's word (may_reboot), giving up, and system_reboot_threshold failures in a row; how often is limited
/// by reboot_obstacle (owner_desk.h).
Decision planRecovery(const RecoveryHistory& history, const config::HealthConfig& thresholds,
                      Monotonic::time_point now);

}  // namespace porchlight::camera
