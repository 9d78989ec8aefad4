#include "camera/unit/recovery_plan.h"

namespace porchlight::camera {
namespace {

constexpr std::uint32_t kFlappingFactor = 3;

bool isPossible(const RecoveryHistory& history, int rung) {
    return history.obstacles[static_cast<std::size_t>(rung - 1)].empty();
}

/// The next possible rung above the last one, or the highest possible up to it; None when all have obstacles.
Rung nextRung(const RecoveryHistory& history, std::vector<std::string>& skipped) {
    const int last = static_cast<int>(history.rung);
    for (int rung = last + 1; rung <= kRungs; ++rung) {
        if (isPossible(history, rung)) return static_cast<Rung>(rung);
        skipped.push_back(std::string(nameOf(static_cast<Rung>(rung))) +
                          " skipped: " + history.obstacles[static_cast<std::size_t>(rung - 1)]);
    }
    for (int rung = last; rung >= 1; --rung)
        if (isPossible(history, rung)) return static_cast<Rung>(rung);
    return Rung::None;
}

/// The highest possible rung that touches nothing but our own worker and its device.
Rung slowRung(const RecoveryHistory& history) {
    for (int rung = static_cast<int>(Rung::ResetDevice); rung >= 1; --rung)
        if (isPossible(history, rung)) return static_cast<Rung>(rung);
    return Rung::None;
}

bool isClimbing(const RecoveryHistory& history, const config::HealthConfig& thresholds) {
    return history.consecutive_failures >= thresholds.max_consecutive_failures ||
           history.failures >= kFlappingFactor * thresholds.max_consecutive_failures;
}

Decision planRest(const RecoveryHistory& history, const config::HealthConfig& thresholds,
                  Monotonic::time_point now, std::string reason) {
    Decision out;
    if (thresholds.may_reboot && history.consecutive_failures >= thresholds.system_reboot_threshold) {
        if (history.reboot_obstacle.empty()) {
            out.step = Step::Reboot;
            out.rung = Rung::OwnerAction;
            out.reason = reason + "; the owner wants the machine restarted then";
            return out;
        }
        reason += "; no restart of the machine: " + history.reboot_obstacle;
    }
    const auto interval = kRestCooldowns * thresholds.recovery_cooldown;
    out.next_at = history.last_attempt_at ? *history.last_attempt_at + interval : now + interval;
    const Rung rung = slowRung(history);
    const bool is_due = history.last_attempt_at && now >= out.next_at && rung != Rung::None;
    out.step = is_due ? Step::Attempt : Step::Rest;
    if (is_due) out.rung = rung;
    out.reason = std::move(reason);
    return out;
}

}  // namespace

Decision planRecovery(const RecoveryHistory& history, const config::HealthConfig& thresholds,
                      Monotonic::time_point now) {
    Decision out;
    out.next_at = now + seconds(1);
    if (!history.is_failing) return out;
    if (history.is_attempt_running) {
        out.reason = "an attempt is under way";
        return out;
    }
    if (history.is_for_owner) {
        out.step = Step::Rest;
        out.reason = "only the owner can change this; tried again once a minute";
        return out;
    }
    if (!isClimbing(history, thresholds)) {
        out.reason = "the source is tried again";
        return out;
    }
    if (history.attempts >= thresholds.max_recovery_attempts)
        return planRest(history, thresholds, now,
                        "gave up climbing after " + std::to_string(history.attempts) + " attempts");
    const Rung rung = nextRung(history, out.skipped);
    if (rung == Rung::None) return planRest(history, thresholds, now, "no rung of the ladder can be taken");
    if (history.last_attempt_at && now < *history.last_attempt_at + thresholds.recovery_cooldown) {
        out.next_at = *history.last_attempt_at + thresholds.recovery_cooldown;
        out.reason = std::string("next attempt: ") + wordsFor(rung);
        out.skipped.clear();
        return out;
    }
    out.step = Step::Attempt;
    out.rung = rung;
    out.reason = std::to_string(history.consecutive_failures) + " failure(s) in a row, attempt " +
                 std::to_string(history.attempts + 1) + " of " +
                 std::to_string(thresholds.max_recovery_attempts);
    return out;
}

}  // namespace porchlight::camera
