#include "camera/unit/shown.h"

namespace porchlight::camera {
namespace {

constexpr const char* kWedged = "its worker hangs in the driver and cannot be killed: only a reboot helps";

Shown showPaused(const ShownFacts& facts) {
    const std::string ending = facts.is_wedged ? kWedged : facts.has_worker ? "ending its worker" : "";
    if (!facts.is_enabled)
        return {
            State::Disabled,
            facts.disabled_by.empty() ? "disabled in the configuration" : "disabled by " + facts.disabled_by,
            ending};
    return {State::Starting, "", facts.has_worker ? ending : "starting a new worker"};
}

/// Nothing is wrong, and no picture comes.
std::optional<Shown> showWaiting(const ShownFacts& facts, const config::HealthConfig& limits) {
    // Between two pictures a running camera is running.
    if (facts.before == State::Running && facts.silence <= limits.frame_timeout + seconds(1))
        return std::nullopt;
    const bool is_lost = facts.silence > limits.unresponsive_after;
    const std::string action = facts.attempt.empty() ? "waiting for the first picture" : facts.attempt;
    if (!is_lost && !facts.had_picture) return Shown{State::Starting, "", action};
    return Shown{is_lost ? State::Offline : State::Degraded, "no picture yet", action};
}

}  // namespace

std::optional<Shown> planShown(const ShownFacts& facts, const config::HealthConfig& limits) {
    if (!facts.problem.empty())
        return Shown{State::Offline, facts.problem, "waiting for a corrected configuration"};
    if (facts.is_paused && !(facts.is_wedged && facts.is_enabled)) return showPaused(facts);
    if (facts.is_wedged) return Shown{State::Wedged, kWedged, "waiting for the process to end"};
    if (facts.has_ended && !facts.is_flowing && facts.attempt.empty())
        return Shown{State::Offline, facts.fault, "nothing: `porchlight recover` plays it again"};
    if (facts.is_failing) {
        const bool is_silent = !facts.is_flowing && facts.silence > limits.unresponsive_after;
        const std::string& planned = facts.has_worker ? facts.plan : "starting a new worker";
        return Shown{facts.needs_owner || is_silent ? State::Offline : State::Degraded, facts.fault,
                     facts.attempt.empty() ? planned : facts.attempt};
    }
    if (!facts.is_flowing) return showWaiting(facts, limits);
    if (facts.has_fault) return Shown{State::Degraded, facts.fault, "watching"};
    return Shown{State::Running, "", facts.attempt};
}

}  // namespace porchlight::camera
