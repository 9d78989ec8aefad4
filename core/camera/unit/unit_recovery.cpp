// Of a unit: recovery attempts, from the plan to the outcome.
#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "camera/unit/unit.h"

namespace porchlight::camera {
namespace {

constexpr seconds kOpenPatience{2};  // beyond open_timeout
constexpr seconds kSecondLook{8};    // at a keyframe, where nobody needs pictures
constexpr seconds kResetDeadline{10};
constexpr seconds kOwnerDeadline{60};
constexpr seconds kEnumerate{1};  // after a USB reset, until the device nodes are there again
constexpr std::uint32_t kAutomaticTold = 5;
constexpr seconds kAutomaticReminder{60};
constexpr int kExitRefused = 2;  // of porchlight-device-reset: nothing was done, the output says why

std::string secondsText(microseconds span) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f s", std::chrono::duration<double>(span).count());
    return text;
}

}  // namespace

std::array<std::string, kRungs> Unit::obstacles() const {
    std::array<std::string, kRungs> out;
    const auto kind = condition_.kind();
    const std::string gone = isWedged() ? "only a reboot helps" : "there is no worker to ask";
    if (!process_ || killed_at_)
        out[0] = out[1] = gone;
    else if (kind == FaultKind::FrozenPicture || kind == FaultKind::BufferError)
        out[0] = "the source can be read, a retry changes nothing";
    if (isWedged())
        out[2] = gone;
    else if (isRespawning())
        out[2] = "a new worker is started each time one ends";
    if (isWedged())
        out[3] = gone;
    else if (options_.reset_program.empty())
        out[3] = "porchlight-device-reset is not installed";
    else if (!camera_.source.settings.has("device") ||
             !camera_.source.settings.text("device").starts_with("/dev/"))
        out[3] = "not a local device";
    if (camera_.health.owner_action.empty())
        out[4] = "no owner_action is configured";
    else
        out[4] = owner_desk_.actionObstacle(camera_.name, clock_.wallNow());
    return out;
}

/// Its workers keep ending: each gets a successor at once, and a planned respawn would only disturb.
bool Unit::isRespawning() const noexcept {
    return respawned_at_ && clock_.now() - *respawned_at_ <
                                3 * std::max<microseconds>(camera_.health.frame_timeout, seconds(5));
}

RecoveryHistory Unit::history() const {
    RecoveryHistory out;
    out.is_failing = condition_.isFailing();
    out.is_attempt_running = attempt_.has_value();
    out.is_for_owner = is_resting_;
    out.consecutive_failures = condition_.consecutiveFailures();
    out.failures = condition_.failures();
    out.attempts = attempts_;
    // The automatic respawn is rung 3, already taken.
    out.rung = isRespawning() ? std::max(rung_, Rung::RespawnWorker) : rung_;
    out.last_attempt_at = last_attempt_at_;
    out.obstacles = obstacles();
    out.reboot_obstacle = camera_.health.may_reboot ? owner_desk_.rebootObstacle(clock_.wallNow()) : "off";
    return out;
}

void Unit::climb(Monotonic::time_point now) {
    if (!condition_.isFailing()) {
        decision_ = {};
        return;
    }
    const auto past = history();
    decision_ = planRecovery(past, camera_.health, now);
    if (decision_.step == Step::Rest && !is_resting_) {
        decision_.reason +=
            "; a slow retry every " + base::formatDuration(kRestCooldowns * camera_.health.recovery_cooldown);
        // "No rung can be taken" is no news while a new worker starts each time: that is the recovery.
        if (past.attempts > 0 ||
            past.failures >= camera_.health.max_consecutive_failures + camera_.health.max_recovery_attempts)
            tellCritical(
                "given up climbing, a person is needed (" + std::string(nameOf(*condition_.kind())) + ")",
                now);
    }
    if (decision_.step != Step::Attempt && decision_.step != Step::Reboot) return;
    auto steps = decision_.skipped;
    steps.insert(steps.begin(), decision_.reason);
    ++attempts_;
    last_attempt_at_ = now;
    rung_ = std::max(rung_, decision_.rung);
    beginAttempt(decision_.rung, Origin::Ladder, steps);
    if (decision_.step == Step::Reboot)
        prepareOwner(*attempt_, true);
    else
        carryOut(*attempt_, now);
}

void Unit::beginAttempt(Rung rung, Origin origin, const std::vector<std::string>& first_steps) {
    attempt_.emplace();
    attempt_->report = {camera_.name, clock_.wallNow(), rung, origin, "", first_steps, {}, Outcome::Running};
    if (condition_.kind()) attempt_->report.kind = nameOf(*condition_.kind());
    attempt_->began_at = clock_.now();
    attempt_->deadline =
        attempt_->began_at + camera_.health.frame_timeout + camera_.health.open_timeout + kOpenPatience;
}

/// A worker ended by itself or was ended: the next one starts after the back-off, which is rung 3 without a
/// plan.
void Unit::beginAutomatic(const std::string& why) {
    const auto now = clock_.now();
    respawned_at_ = now;
    const std::string next = "a new worker starts in " + std::to_string(respawn_delay_.count()) + " ms";
    if (attempt_ && attempt_->report.origin != Origin::Automatic) {
        step("worker ended: " + why);
        return step(next);
    }
    if (attempt_) finishAttempt(Outcome::Failed, "the new worker ended: " + why);
    beginAttempt(Rung::RespawnWorker, Origin::Automatic, {"worker ended: " + why, next});
    // A crash loop for a week must not fill the history: afterwards one in a minute stands for the others.
    attempt_->is_told = ++automatic_ <= kAutomaticTold || now - automatic_told_at_ >= kAutomaticReminder;
    if (!attempt_->is_told) {
        ++automatic_untold_;
        return;
    }
    automatic_told_at_ = now;
    if (automatic_untold_ > 0)
        step(std::to_string(std::exchange(automatic_untold_, 0)) + " more respawns since the last report");
}

void Unit::recover(Rung rung, Attempt::Callback done) {
    const auto now = clock_.now();
    const auto all = obstacles();
    if (attempt_) finishAttempt(Outcome::Failed, "the owner asked for another attempt");
    beginAttempt(rung, Origin::Manual, {});
    attempt_->callbacks.push_back(std::move(done));
    std::string obstacle =
        rung == Rung::RespawnWorker && !isWedged() ? "" : all[static_cast<std::size_t>(rung) - 1];
    if (rung == Rung::Retry && !killed_at_) obstacle.clear();
    if (is_paused_) obstacle = "the camera is disabled";
    if (!camera_.problem.empty()) obstacle = camera_.problem;
    if (!obstacle.empty()) return finishAttempt(Outcome::Refused, obstacle);
    carryOut(*attempt_, now);
}

void Unit::restartStream() {
    if (!attempt_) recover(Rung::RestartStream, [](const RecoveryReport&) {});
}

void Unit::carryOut(Attempt& attempt, Monotonic::time_point now) {
    const auto worker = process_ ? "worker " + std::to_string(process_->pid()) : std::string();
    switch (attempt.report.rung) {
        case Rung::None:
            break;
        case Rung::Retry:
            attempt.deadline = now + camera_.health.frame_timeout + seconds(2);
            next_spawn_at_ = now;
            if (!process_)
                step("a new worker starts at once");
            else if (watch_->beat().phase == ipc::CapturePhase::Reading)
                step("the source is read on, given another frame_timeout");
            else
                attempt.deadline += camera_.health.open_timeout + kOpenPatience;
            if (process_ && watch_->beat().phase == ipc::CapturePhase::Resting) {
                step("the source is opened without waiting");
                send(ipc::RestartStream{});
            }
            break;
        case Rung::RestartStream:
            attempt.needs_new_stream = true;
            send(ipc::RestartStream{});
            step(worker + " closes and reopens the source");
            break;
        case Rung::RespawnWorker:
        case Rung::ResetDevice:
            attempt.needs_new_stream = true;
            attempt.waits_for_end = process_ != nullptr;
            if (attempt.report.rung == Rung::ResetDevice)
                attempt.command = {options_.reset_program,
                                   std::string(camera_.source.settings.text("device"))};
            is_kill_wanted_ = process_ != nullptr && !killed_at_;
            if (is_kill_wanted_) step(worker + " is killed");
            killWorker(FaultKind::WorkerDied, "");
            next_spawn_at_ = now;
            break;
        case Rung::OwnerAction:
            prepareOwner(attempt, false);
            break;
    }
}

void Unit::prepareOwner(Attempt& attempt, bool is_reboot) {
    const auto wall = clock_.wallNow();
    attempt.command = is_reboot ? options_.reboot_command : camera_.health.owner_action;
    attempt.ticket = is_reboot ? owner_desk_.noteReboot(wall) : owner_desk_.noteAction(camera_.name, wall);
    attempt.deadline += kOwnerDeadline;
    if (is_reboot) tellCritical("the machine is restarted, as the owner wants it", clock_.now());
}

void Unit::step(const std::string& text) {
    if (!attempt_ || attempt_->report.steps.size() >= 32) return;
    attempt_->report.steps.push_back(text);
    base::logDebug(component(), std::string("rung ") + nameOf(attempt_->report.rung) + ": " + text);
}

void Unit::tickAttempt(Monotonic::time_point now) {
    if (!attempt_) return;
    if (attempt_->waits_for_end && !process_) attempt_->waits_for_end = false;
    if (attempt_->waits_for_end && isWedged())
        return finishAttempt(Outcome::Failed, "the worker cannot be killed: it hangs in the driver");
    if (!attempt_->waits_for_end && (attempt_->helper || !attempt_->command.empty()))
        runCommand(*attempt_, now);
    if (!attempt_) return;
    // The source is open and yet silent: no use to wait for the rest of the time that opening might have
    // taken.
    const bool is_open =
        attempt_->needs_new_stream && stream_ && watch_ && watch_->streamAt() > attempt_->began_at;
    // That a picture moves takes two looks, at keyframes.
    const auto proof = condition_.kind() == FaultKind::FrozenPicture ? kSecondLook : seconds(0);
    if (is_open)
        attempt_->deadline = std::min(attempt_->deadline,
                                      watch_->streamAt() + camera_.health.frame_timeout + seconds(2) + proof);
    if (now >= attempt_->deadline)
        finishAttempt(Outcome::Failed,
                      "no good picture in " +
                          secondsText(std::chrono::duration_cast<microseconds>(now - attempt_->began_at)));
}

void Unit::runCommand(Attempt& attempt, Monotonic::time_point now) {
    if (attempt.ticket) {
        const Ticket ticket = *attempt.ticket;
        if (ticket == Ticket::Failed)
            return finishAttempt(Outcome::Refused, "it cannot be remembered, so it is not done");
        if (ticket == Ticket::Pending) return;  // the attempt's deadline bounds it
        attempt.ticket.reset();
    }
    const bool is_reset = attempt.report.rung == Rung::ResetDevice;
    if (!attempt.helper) {
        // Not its arguments: whoever switches a socket gives it a password.
        step("run " + attempt.command.front());
        try {
            attempt.helper = std::make_unique<HelperProcess>(
                std::move(attempt.command), now + (is_reset ? kResetDeadline : kOwnerDeadline),
                fork_server_.reaper());
        } catch (const Error& error) {
            next_spawn_at_ = now;
            return finishAttempt(Outcome::Refused, error.what());
        }
        attempt.command.clear();
        return;
    }
    const auto end = attempt.helper->ended(now);
    if (!end) return;
    attempt.helper.reset();
    next_spawn_at_ = is_reset ? now + kEnumerate : now;
    step(end->how + (end->output.empty() ? "" : ": " + end->output));
    if (is_reset && end->code == kExitRefused)
        return finishAttempt(Outcome::Refused, "the device was not reset");
    if (end->code != 0) return finishAttempt(Outcome::Failed, "it did not work");
    attempt.deadline = now + camera_.health.frame_timeout + camera_.health.open_timeout + kOpenPatience;
}

bool Unit::isRecovered(const Attempt& attempt, Monotonic::time_point now) const {
    if (attempt.holdsSpawn() || !watch_ || !isHealthy(now)) return false;
    if (attempt.needs_new_stream && watch_->streamAt() <= attempt.began_at) return false;
    return *watch_->pictureAt() >
           std::max(attempt.began_at, attempt.needs_new_stream ? watch_->streamAt() : attempt.began_at);
}

void Unit::finishAttempt(Outcome outcome, const std::string& last_step) {
    step(last_step);
    Attempt attempt = std::move(*attempt_);
    attempt_.reset();
    auto& report = attempt.report;
    report.outcome = outcome;
    report.duration = std::chrono::duration_cast<microseconds>(clock_.now() - attempt.began_at);
    const std::string text = std::string(nameOf(report.rung)) + " " + nameOf(outcome) + " after " +
                             secondsText(report.duration) + ", " + last_step;
    if (attempt.is_told && outcome == Outcome::Recovered)
        base::logInfo(component(),
                      (report.kind.empty() ? "recovery " : "CAMERA_RECOVERY " + report.kind + ": ") + text);
    else if (attempt.is_told)
        base::logWarning(component(), "recovery " + text);
    if (attempt.is_told) listener_.onRecovery(report);
    for (const auto& callback : attempt.callbacks) callback(report);
}

}  // namespace porchlight::camera
