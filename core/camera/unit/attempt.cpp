#include "camera/unit/attempt.h"

#include <algorithm>

#include "base/log.h"
#include "camera/worker/budgets.h"

namespace porchlight::camera {
namespace {

constexpr seconds kTryLeast{1};    // a fault told earlier may be of the try before
constexpr seconds kNextTry{3};     // the source is opened again every 2 s at most
constexpr seconds kReadOn{2};      // beyond frame_timeout, for an open source
constexpr seconds kReadBack{12};   // a second of footage, another camera's turn, and the reader
constexpr seconds kSecondLook{8};  // at a keyframe, where nobody needs pictures
constexpr seconds kResetDeadline{10};
constexpr seconds kOwnerDeadline{60};
constexpr seconds kCameraBoot{90};
constexpr seconds kEnumerate{1};  // after a USB reset, until the device nodes are there again
constexpr std::size_t kMaxSteps = 32;
constexpr std::size_t kMaxHeard = 200;
constexpr int kExitRefused = 2;  // of porchlight-device-reset: nothing was done, the output says why

std::string secondsText(microseconds span) {
    char text[32];
    std::snprintf(text, sizeof text, "%.1f s", std::chrono::duration<double>(span).count());
    return text;
}

/// Until a picture of a source that has to be opened first.
microseconds freshPatience(const config::HealthConfig& limits) {
    return limits.frame_timeout + limits.open_timeout + kOpenPatience;
}

/// What it takes to see that it is over: that a picture moves, two looks at keyframes; that it plays, a
/// reader.
seconds proofTime(std::optional<FaultKind> kind) {
    if (kind == FaultKind::FrozenPicture) return kSecondLook;
    return kind == FaultKind::Unplayable ? kReadBack : seconds(0);
}

}  // namespace

bool isLocalDevice(const config::CameraConfig& camera) {
    const auto& settings = camera.source.settings;
    return settings.has("device") && settings.text("device").starts_with("/dev/");
}

Attempt::Attempt(const Site& site, const AttemptMeans& means, Rung rung, Origin origin,
                 std::vector<std::string> first_steps)
    : site_(site),
      means_(means),
      began_at_(site.clock.now()),
      deadline_(began_at_ + freshPatience(site.camera.health)) {
    report_ = {site.camera.name, site.clock.wallNow(), rung, origin, "", std::move(first_steps),
               microseconds(0),  Outcome::Running};
    if (means.condition.kind()) report_.kind = nameOf(*means.condition.kind());
}

void Attempt::carryOut() {
    const auto now = began_at_;
    switch (report_.rung) {
        case Rung::None:
            break;
        case Rung::Retry:
            retry(now);
            break;
        case Rung::RestartStream:
            needs_new_stream_ = true;
            means_.slot.send(ipc::RestartStream{});
            step("worker " + means_.slot.pid() + " closes and reopens the source");
            break;
        case Rung::RespawnWorker:
            replaceWorker(now);
            break;
        case Rung::ResetDevice:
            if (!isLocalDevice(site_.camera)) {
                beginRestart();
                break;
            }
            command_ = {site_.options.reset_program,
                        std::string(site_.camera.source.settings.text("device"))};
            replaceWorker(now);
            break;
        case Rung::OwnerAction:
            command_ = site_.camera.health.owner_action;
            ticket_ = means_.owner_desk.noteAction(site_.camera.name, site_.clock.wallNow());
            deadline_ += kOwnerDeadline;
            break;
    }
}

void Attempt::beginRestart() {
    needs_new_stream_ = is_restarting_ = true;
    ticket_ = means_.owner_desk.noteRestart(site_.camera.name, site_.clock.wallNow());
    deadline_ += kOwnerDeadline;
}

void Attempt::reboot() {
    command_ = site_.options.reboot_command;
    ticket_ = means_.owner_desk.noteReboot(site_.clock.wallNow());
    deadline_ += kOwnerDeadline;
}

void Attempt::retry(Monotonic::time_point now) {
    deadline_ = now + site_.camera.health.frame_timeout + kReadOn;
    means_.slot.startAt(now);
    if (means_.slot.isEmpty()) return step("a new worker starts at once");
    const auto phase = means_.slot.watch()->beat().phase;
    if (phase == ipc::CapturePhase::Reading)
        return step("the source is read on, given another frame_timeout");
    deadline_ += site_.camera.health.open_timeout + kOpenPatience;
    if (phase != ipc::CapturePhase::Resting) return;
    step("the source is opened without waiting");
    means_.slot.send(ipc::RestartStream{});
}

void Attempt::replaceWorker(Monotonic::time_point now) {
    needs_new_stream_ = true;
    waits_for_end_ = !means_.slot.isEmpty();
    if (means_.slot.isRunning()) step("worker " + means_.slot.pid() + " is killed");
    means_.slot.killForAttempt();
    means_.slot.startAt(now);
}

void Attempt::step(const std::string& text) {
    if (report_.steps.size() >= kMaxSteps) return;
    report_.steps.push_back(text);
    base::logDebug(site_.component(), std::string("rung ") + nameOf(report_.rung) + ": " + text);
}

/// The next try of the source is waited for, not the time that an open may take.
void Attempt::hear(const std::string& fault, Monotonic::time_point now) {
    if (holdsSpawn() || is_restarting_ || now < boots_until_ || now - began_at_ <= kTryLeast) return;
    step("the source says: " + fault.substr(0, kMaxHeard));
    deadline_ = std::min(deadline_, now + kNextTry);
}

std::optional<Attempt::End> Attempt::tick(Monotonic::time_point now) {
    if (means_.slot.isEmpty()) waits_for_end_ = false;
    if (waits_for_end_ && means_.slot.isWedged())
        return End{Outcome::Failed, "the worker cannot be killed: it hangs in the driver"};
    if (!waits_for_end_ && holdsSpawn())
        if (auto end = runCommand(now)) return end;
    if (is_restarting_)
        if (auto end = awaitRestart(now)) return end;
    // The source is open and yet silent: no use to wait for the rest of the time that opening might have
    // taken.
    const WorkerWatch* watch = means_.slot.watch();
    if (needs_new_stream_ && !is_restarting_ && now >= boots_until_ && means_.streams.isOpen() && watch &&
        watch->streamAt() > began_at_) {
        deadline_ = std::min(deadline_, watch->streamAt() + site_.camera.health.frame_timeout + kReadOn +
                                            proofTime(means_.condition.kind()));
    }
    if (now < deadline_) return std::nullopt;
    const auto spent = std::chrono::duration_cast<microseconds>(now - began_at_);
    return End{Outcome::Failed, "no good picture in " + secondsText(spent)};
}

/// Of what must be remembered first; the attempt's deadline bounds the wait.
std::optional<Attempt::End> Attempt::judgeTicket() {
    const Ticket ticket = *ticket_;
    if (ticket == Ticket::Failed) return End{Outcome::Refused, "it cannot be remembered, so it is not done"};
    if (ticket == Ticket::Saved) ticket_.reset();
    return std::nullopt;
}

/// The camera is told once; one that restarts before it has answered has done it.
std::optional<Attempt::End> Attempt::awaitRestart(Monotonic::time_point now) {
    if (ticket_) return judgeTicket();
    if (!told_) {
        told_ = std::make_shared<std::optional<CommandResult>>();
        CameraCommand command;
        command.action = CameraAction::Restart;
        const auto message = means_.commands.wait(
            command, [told = told_](CommandResult result) { *told = std::move(result); }, now);
        if (message) step("the camera is told to restart");
        if (message) means_.slot.send(*message);
    }
    if (!*told_) return std::nullopt;  // the desk bounds it
    is_restarting_ = false;
    const CommandResult& result = **told_;
    if (result.outcome != CommandOutcome::Done && result.outcome != CommandOutcome::NoAnswer)
        return End{Outcome::Refused, result.error};
    step(result.outcome == CommandOutcome::Done ? "it restarts" : "it did not answer: it may restart");
    boots_until_ = now + kCameraBoot;
    deadline_ = boots_until_ + freshPatience(site_.camera.health);
    return std::nullopt;
}

std::optional<Attempt::End> Attempt::runCommand(Monotonic::time_point now) {
    if (ticket_) return judgeTicket();
    if (!helper_) return startCommand(now);
    const auto end = helper_->ended(now);
    if (!end) return std::nullopt;
    helper_.reset();
    const bool is_reset = report_.rung == Rung::ResetDevice;
    means_.slot.startAt(is_reset ? now + kEnumerate : now);
    step(end->how + (end->output.empty() ? "" : ": " + end->output));
    if (is_reset && end->code == kExitRefused) return End{Outcome::Refused, "the device was not reset"};
    if (end->code != 0) return End{Outcome::Failed, "it did not work"};
    deadline_ = now + freshPatience(site_.camera.health);
    return std::nullopt;
}

std::optional<Attempt::End> Attempt::startCommand(Monotonic::time_point now) {
    // Not its arguments: whoever switches a socket gives it a password.
    step("run " + command_.front());
    try {
        helper_ = std::make_unique<HelperProcess>(
            std::exchange(command_, {}),
            now + (report_.rung == Rung::ResetDevice ? kResetDeadline : kOwnerDeadline), means_.reaper);
    } catch (const Error& error) {
        means_.slot.startAt(now);
        return End{Outcome::Refused, error.what()};
    }
    return std::nullopt;
}

bool Attempt::isProven() const {
    const WorkerWatch* watch = means_.slot.watch();
    if (holdsSpawn() || !watch || !watch->pictureAt()) return false;
    if (!needs_new_stream_) return *watch->pictureAt() > began_at_;
    return watch->streamAt() > began_at_ && *watch->pictureAt() > watch->streamAt();
}

void Attempt::finish(const End& end) {
    step(end.step);
    report_.outcome = end.outcome;
    report_.duration = std::chrono::duration_cast<microseconds>(site_.clock.now() - began_at_);
    const std::string text = std::string(nameOf(report_.rung)) + " " + nameOf(end.outcome) + " after " +
                             secondsText(report_.duration) + ", " + end.step;
    if (is_told_ && end.outcome == Outcome::Recovered)
        base::logInfo(site_.component(),
                      (report_.kind.empty() ? "recovery " : "CAMERA_RECOVERY " + report_.kind + ": ") + text);
    else if (is_told_)
        base::logWarning(site_.component(), "recovery " + text);
    if (is_told_) site_.listener.onRecovery(report_);
    for (const auto& callback : callbacks_) callback(report_);
}

}  // namespace porchlight::camera
