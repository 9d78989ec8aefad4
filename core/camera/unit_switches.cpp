// Of a unit: what is switched at run time. A worker that is switched off or replaced ends without being a failure.
#include "base/log.h"
#include "camera/unit.h"

namespace porchlight::camera {
namespace {

constexpr seconds kStopPatience{2};

}  // namespace

void Unit::setEnabled(bool is_on, const std::string& by) {
    if (is_on == is_enabled_) return;
    base::logInfo("camera/" + camera_.name, std::string(is_on ? "enabled by " : "disabled by ") + by);
    is_enabled_ = is_on;
    disabled_by_ = is_on ? "" : by;
    if (!is_on) pause();
    tick();  // whoever asks next sees it
}

void Unit::setRecordMode(config::RecordMode mode) {
    if (mode == record_mode_) return;
    base::logInfo("camera/" + camera_.name, std::string("record mode ") + config::nameOf(mode));
    const bool wanted_fragments = record_mode_ != config::RecordMode::Off;
    record_mode_ = mode;
    listener_.onRecordModeSwitched(camera_.name, mode);
    // A worker learns at its start whether fragments are wanted.
    if (process_ && wanted_fragments != (mode != config::RecordMode::Off)) pause();
}

void Unit::pause() {
    is_paused_ = true;
    if (attempt_) finishAttempt(Outcome::Failed, "switched off meanwhile");
    condition_.noteHealthy(clock_.now());  // what is switched off has no fault
    condition_.clearIssue();
    paused_at_ = clock_.now();
    send(ipc::Stop{});
}

void Unit::tickPaused() {
    const auto now = clock_.now();
    if (process_) {
        if (const auto how = process_->ended()) {
            onEvents(POLLIN);
            onWorkerEnd(*how);
        } else if (!killed_at_ && now - paused_at_ > kStopPatience) {
            killWorker(FaultKind::Hung, "did not stop in 2 s");
        }
    }
    const std::string action = process_ ? "ending its worker" : "";
    if (!is_enabled_) return setState(State::Disabled, disabled_by_.empty() ? "disabled in the configuration" : "disabled by " + disabled_by_, action);
    if (process_) return setState(State::Starting, "", action);
    is_paused_ = false;
    waiting_since_ = pictureless_since_ = next_spawn_at_ = now;
    last_picture_at_.reset();
    setState(State::Starting, "", "starting a new worker");
}

}  // namespace porchlight::camera
