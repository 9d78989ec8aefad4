// Of a unit: what is wrong with the camera, and the state that is shown.
#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "camera/unit/unit.h"

namespace porchlight::camera {
namespace {

constexpr seconds kSilencePatience{3};  // beyond open_timeout: an open that hangs is found before
constexpr seconds kChangeReminder{60};
constexpr seconds kFrozenProof{1};

}  // namespace

void Unit::tick() {
    if (!camera_.problem.empty()) {
        const auto now = clock_.now();
        if (!condition_.kind() && condition_.noteEvent(FaultKind::Misconfigured, camera_.problem, now))
            tellIssue();
        return setState(State::Offline, camera_.problem, "waiting for a corrected configuration");
    }
    if (is_paused_) return tickPaused();
    const auto now = clock_.now();
    checkWorker(now);
    expireStills(now);
    if (gate_)
        for (const auto& note : gate_->takeNotes(now)) base::logWarning(component(), note);
    if (is_stopping_) return;
    checkHealth(now);
    tickAttempt(now);
    climb(now);
    showState(now);
}

void Unit::forgive(microseconds span, bool is_host) {
    const auto now = clock_.now();
    const auto move = [&](Monotonic::time_point& at) { at = std::min(at + span, now); };
    if (watch_) watch_->forgive(span, now);
    condition_.forgive(span, now);
    move(waiting_since_);
    move(pictureless_since_);
    for (auto* at : {&last_picture_at_, &killed_at_, &asleep_since_, &unread_since_})
        if (*at) move(**at);
    if (attempt_) attempt_->deadline += span;
    if (is_host) excused_until_ = now + camera_.health.frame_timeout + seconds(5);
}

bool Unit::isHealthy(Monotonic::time_point now) const {
    if (!process_ || killed_at_ || !watch_ || !watch_->isDelivering(now)) return false;
    // A picture from before the failure proves nothing.
    if (condition_.isFailing() && condition_.failedAt() && *watch_->pictureAt() <= *condition_.failedAt())
        return false;
    if (condition_.kind() == FaultKind::FrozenPicture) {
        // The first picture of a new stream always differs from nothing: only a later one proves that time
        // passes in it.
        const auto distinct_at = watch_->distinctAt();
        return distinct_at && *distinct_at > watch_->streamAt() + kFrozenProof &&
               now - *distinct_at < camera_.health.unresponsive_after;
    }
    return true;
}

void Unit::checkHealth(Monotonic::time_point now) {
    if (watch_ && process_ && !killed_at_) {
        if (watch_->pictureAt())
            last_picture_at_ =
                std::max(last_picture_at_.value_or(*watch_->pictureAt()), *watch_->pictureAt());
        const auto finding = watch_->judge(now);
        if (finding && factsOf(finding->kind).severity == Severity::Fatal) {
            if (finding->kind == FaultKind::CpuLimit) cpu_killed_at_ = now;
            if (watch_->isStuckInEncoder(now)) avoids_hardware_encoder_ = true;
            return killWorker(finding->kind, finding->detail);
        }
        if (finding && condition_.noteFound(finding->kind, finding->detail, now)) tellIssue();
        if (!finding) condition_.clearIssue();
        if (isHealthy(now)) return noteHealthy(now);
    }
    noteSilence(now);
}

/// Nothing came although nobody told why: a failure begins when even opening the source cannot take so long,
/// and goes on once a frame_timeout.
void Unit::noteSilence(Monotonic::time_point now) {
    if (is_resting_ || now < excused_until_ || (watch_ && watch_->hasEnded())) return;
    const auto since = std::max(last_picture_at_.value_or(waiting_since_), waiting_since_);
    const auto silence = now - since;
    const bool is_news =
        condition_.isFailing() ||
        silence > camera_.health.frame_timeout + camera_.health.open_timeout + kSilencePatience;
    if (!is_news || silence <= camera_.health.frame_timeout) return;
    if (condition_.noteStillSilent(
            "no picture for " + base::formatDuration(std::chrono::duration_cast<microseconds>(silence)), now))
        tellIssue();
}

void Unit::noteHealthy(Monotonic::time_point now) {
    is_resting_ = false;
    const bool is_attempt = attempt_ && isRecovered(*attempt_, now);
    const auto kind = condition_.isFailing() ? condition_.kind() : std::nullopt;
    const auto ended = condition_.noteHealthy(now);
    // Short troubles of a camera that flaps are no news.
    const bool is_news =
        ended > 0 && (!condition_.isFlapping() || ended >= camera_.health.max_consecutive_failures);
    if (is_attempt) {
        finishAttempt(Outcome::Recovered, "good pictures again");
    } else if (is_news && kind) {
        base::logInfo(component(), "CAMERA_RECOVERY " + std::string(nameOf(*kind)) +
                                       ": pictures again after " + std::to_string(ended) + " failure(s)");
    }
    respawned_at_.reset();
    if (!condition_.takeHealthyReset(now)) return;
    attempts_ = automatic_ = automatic_untold_ = 0;
    rung_ = Rung::None;
    decision_ = {};
}

void Unit::showState(Monotonic::time_point now) {
    if (isWedged())
        return tellCritical("only a reboot helps: its worker hangs in the driver and cannot be killed", now);
    const auto& health = camera_.health;
    const bool is_flowing =
        process_ && !killed_at_ && last_picture_at_ && now - *last_picture_at_ <= health.frame_timeout;
    std::string action = decision_.reason;
    if (attempt_)
        action = std::string("rung ") + std::to_string(static_cast<int>(attempt_->report.rung)) + ", " +
                 nameOf(attempt_->report.rung) + ": " +
                 (attempt_->report.steps.empty() ? "" : attempt_->report.steps.back());
    else if (!process_)
        action = "starting a new worker";
    if (process_ && watch_ && watch_->hasEnded() && !is_flowing && !attempt_)
        return setState(State::Offline, condition_.detail(), "nothing: `porchlight recover` plays it again");
    if (condition_.isFailing()) {
        const auto silence = now - last_picture_at_.value_or(pictureless_since_);
        const bool is_lost = is_resting_ || (!is_flowing && silence > health.unresponsive_after);
        setState(is_lost ? State::Offline : State::Degraded, condition_.detail(), action);
    } else if (is_flowing) {
        if (condition_.kind())
            setState(State::Degraded, condition_.detail(), "watching");
        else
            setState(State::Running, "", attempt_ ? action : "");
    } else if (state_ != State::Running ||
               now - last_picture_at_.value_or(pictureless_since_) > health.frame_timeout + seconds(1)) {
        const bool is_lost = now - last_picture_at_.value_or(pictureless_since_) > health.unresponsive_after;
        setState(is_lost            ? State::Offline
                 : last_picture_at_ ? State::Degraded
                                    : State::Starting,
                 is_lost || last_picture_at_ ? "no picture yet" : "",
                 attempt_ ? action : "waiting for the first picture");
    }
    if (change_kept_back_at_ && now - *change_kept_back_at_ > kChangeReminder) {
        change_kept_back_at_.reset();
        listener_.onStateChange(change(state_since_, false));
    }
}

void Unit::tellIssue() {
    const auto& facts = factsOf(*condition_.kind());
    base::logWarning(component(), "CAMERA_ISSUE " + std::string(facts.name) + ": " + condition_.detail());
    reason_ = condition_.detail();
    listener_.onStateChange(change(clock_.wallNow(), false));
}

StateChange Unit::change(WallTime at, bool is_minor) const {
    const auto kind = condition_.kind();
    return {camera_.name, at, state_, condition_.score(), reason_, kind ? std::string(nameOf(*kind)) : "",
            is_minor};
}

void Unit::tellCritical(const std::string& what, Monotonic::time_point now) {
    if (condition_.takeCritical(what, now))
        base::logError(component(),
                       "CAMERA_CRITICAL " +
                           (condition_.kind() ? std::string(nameOf(*condition_.kind())) + ": " : "") + what);
}

void Unit::setState(State state, const std::string& reason, const std::string& action) {
    action_ = action;
    reason_ = reason;
    if (state == state_) return;
    state_ = state;
    state_since_ = clock_.wallNow();
    // A camera that flaps changes all the time: everybody sees it, but history and alerts get one change a
    // minute.
    const bool is_minor = condition_.isFlapping() && state != State::Wedged;
    if (is_minor && !change_kept_back_at_) change_kept_back_at_ = clock_.now();
    listener_.onStateChange(change(state_since_, is_minor));
}

}  // namespace porchlight::camera
