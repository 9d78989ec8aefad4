// Of a unit: what is switched at run time. A worker that is switched off or replaced ends without being a
// failure.
#include "base/log.h"
#include "camera/unit/unit.h"

namespace porchlight::camera {
namespace {

constexpr seconds kStopPatience{2};

const char* onOff(bool is_on) {
    return is_on ? "on" : "off";
}

}  // namespace

/// What was switched before the core was restarted.
void Unit::takeSwitches() {
    for (const Switch& entry : options_.switches) {
        if (entry.camera != camera_.name) continue;
        switches_[entry.key] = entry;
        if (entry.key == "enabled") is_enabled_ = entry.value == "on";
        if (entry.key == "enabled") disabled_by_ = is_enabled_ ? "" : entry.by;
        if (entry.key == "detect") is_detect_on_ = entry.value == "on";
        if (entry.key == "record") record_mode_ = config::recordModeOf(entry.value).value_or(record_mode_);
    }
    is_paused_ = !is_enabled_;
}

void Unit::noteSwitch(const std::string& key, const std::string& value, const std::string& configured,
                      const std::string& by) {
    const Switch entry{camera_.name, key, value, configured, by, clock_.wallNow()};
    if (value == configured)
        switches_.erase(key);
    else
        switches_[key] = entry;
    if (options_.save_switch) options_.save_switch(entry);
}

void Unit::requestKeyframe() {
    send(ipc::KeyframeRequest{});
}

void Unit::setDetect(bool is_on, const std::string& by) {
    if (is_on != is_detect_on_) noteSwitch("detect", onOff(is_on), onOff(camera_.detect.is_enabled), by);
    is_detect_on_ = is_on;
    send(ipc::DetectSwitch{is_on});
    listener_.onDetectSwitched(camera_.name, is_on);
}

void Unit::setEnabled(bool is_on, const std::string& by) {
    if (is_on == is_enabled_) return;
    base::logInfo("camera/" + camera_.name, std::string(is_on ? "enabled by " : "disabled by ") + by);
    is_enabled_ = is_on;
    disabled_by_ = is_on ? "" : by;
    noteSwitch("enabled", onOff(is_on), onOff(camera_.is_enabled), by);
    if (!is_on) pause();
    tick();  // whoever asks next sees it
}

void Unit::setRecordMode(config::RecordMode mode, const std::string& by) {
    if (mode == record_mode_) return;
    base::logInfo("camera/" + camera_.name, std::string("record mode ") + config::nameOf(mode) + " by " + by);
    noteSwitch("record", config::nameOf(mode), config::nameOf(camera_.record.mode), by);
    const bool wanted_fragments = record_mode_ != config::RecordMode::Off;
    record_mode_ = mode;
    listener_.onRecordModeSwitched(camera_.name, mode);
    // A worker learns at its start whether fragments are wanted.
    if (process_ && wanted_fragments != (mode != config::RecordMode::Off)) pause();
}

void Unit::pause() {
    is_paused_ = true;
    starting_.reset();
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
    if (!is_enabled_)
        return setState(
            State::Disabled,
            disabled_by_.empty() ? "disabled in the configuration" : "disabled by " + disabled_by_, action);
    if (process_) return setState(State::Starting, "", action);
    is_paused_ = false;
    waiting_since_ = pictureless_since_ = next_spawn_at_ = now;
    last_picture_at_.reset();
    setState(State::Starting, "", "starting a new worker");
}

}  // namespace porchlight::camera
