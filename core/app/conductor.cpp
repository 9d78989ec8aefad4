#include "app/conductor.h"

#include <algorithm>
#include <random>

#include "app/alerts/alert_journal.h"
#include "base/log.h"

namespace porchlight::app {
namespace {

// Only a recorder that takes no events lets them pile up.
constexpr std::size_t kMaxPending = 64;
constexpr std::size_t kMaxPendingBytes = 4U << 20U;
constexpr std::size_t kMaxThumbnailBytes = 512U << 10U;

store::EventRow rowOf(const std::string& camera, const event::Event& event) {
    store::EventRow row;
    static_cast<event::Event&>(row) = event;
    row.camera = camera;
    return row;
}

/// Not kept on disk: the start that follows it there has the label as well.
Alert updateOf(const store::EventRow& row) {
    Alert alert = alertOf(row, false);
    alert.kind = AlertKind::EventUpdate;
    alert.id.clear();
    return alert;
}

}  // namespace

Conductor::Conductor(const std::vector<config::CameraConfig>& cameras, const base::Clock& clock,
                     base::ChangeFeed& changes, Send send)
    : clock_(clock),
      changes_(changes),
      send_(std::move(send)),
      watch_(clock, {[this](const std::string& camera, const ledger::CameraCondition& condition) {
                         recorder_->setCondition(camera, condition);
                     },
                     [this](auto statements) { return recorder_->post(std::move(statements)); }}),
      ids_(std::random_device{}()) {
    for (const auto& camera : cameras) {
        event::LookoutSettings settings;
        settings.events.event_gap = camera.detect.event_gap;
        settings.events.max_event = camera.record.max_event;
        settings.events.pre_roll = camera.record.pre_roll;
        settings.word = camera.detect.camera_word;
        settings.labels = camera.detect.labels;
        cameras_.emplace(camera.name, Camera{event::Lookout(std::move(settings), ids_), {}});
    }
}

void Conductor::onFragment(const std::string& camera, std::shared_ptr<const Fragment> fragment) {
    recorder_->onFragment(camera, std::move(fragment));
}

void Conductor::onStreamEnded(const std::string& camera) {
    recorder_->onStreamEnded(camera);
}

void Conductor::onDetection(const std::string& camera, ipc::DetectionReady detection) {
    Camera& entry = cameras_.at(camera);
    if (!detection.thumbnail.empty()) entry.thumbnail = std::move(detection.thumbnail);
    carryOut(camera, entry.lookout.onDetection(WallTime(microseconds(detection.at_us)), clock_.now(),
                                               std::move(detection.detection)));
}

void Conductor::onCameraDetected(const std::string& camera, const CameraDetection& detection) {
    carryOut(camera, cameras_.at(camera).lookout.onCamera(detection, clock_.wallNow(), clock_.now()));
}

void Conductor::onCameraHeard(const std::string& camera, bool is_heard) {
    cameras_.at(camera).lookout.setHeard(is_heard);
}

void Conductor::onCameraSilent(const std::string& camera) {
    cameras_.at(camera).lookout.endAll(clock_.now());
}

/// Also whether detection was switched off before the last restart.
void Conductor::watch(const camera::Status& status) {
    watch_.see(status);
    const auto found = cameras_.find(status.name);
    if (found != cameras_.end()) carryOut(status.name, found->second.lookout.setOn(status.is_detect_on));
}

void Conductor::onTick(Monotonic::time_point now) {
    const WallTime wall = clock_.wallNow();
    for (auto& [name, entry] : cameras_) carryOut(name, entry.lookout.onTick(wall, now));
}

void Conductor::onDetectSwitched(const std::string& camera, bool is_on) {
    carryOut(camera, cameras_.at(camera).lookout.setOn(is_on));
    changes_.publish("camera", camera, "", "detect");
}

void Conductor::onRecordModeSwitched(const std::string& camera, config::RecordMode mode) {
    const auto found = recordings_.find(camera);
    if (found == recordings_.end()) return;
    carryOut(camera, cameras_.at(camera).lookout.close(event::CloseReason::DetectOff));
    found->second.mode = mode;
    recorder_->addCamera(found->second);
    changes_.publish("camera", camera, "", "record");
}

void Conductor::closeEvents() {
    for (auto& [name, entry] : cameras_) carryOut(name, entry.lookout.close(event::CloseReason::CoreRestart));
}

void Conductor::carryOut(const std::string& camera, const std::vector<event::Action>& actions) {
    for (const auto& action : actions) {
        const auto row = rowOf(camera, action.event);
        switch (action.kind) {
            case event::ActionKind::Opened:
                open(row);
                break;
            case event::ActionKind::Updated:
            case event::ActionKind::Closing:
            case event::ActionKind::Reopened:
                recorder_->eventUpdated(row);
                changes_.publish("event", camera, row.id, event::nameOf(action.kind));
                break;
            case event::ActionKind::Ended:
                recorder_->eventEnded(row);
                break;
        }
    }
}

void Conductor::open(const store::EventRow& row) {
    if (request_keyframe_) request_keyframe_(row.camera);
    const Camera& entry = cameras_.at(row.camera);
    {
        const LockGuard lock(mutex_);
        pending_[row.id] = entry.thumbnail;
        limitPending();
    }
    recorder_->eventOpened(row, entry.thumbnail);
    if (entry.lookout.isOpenedByCamera()) askPicture(row.camera, row.id);
}

/// Answered on this thread within budget::kStill, or never: then the event has no thumbnail.
void Conductor::askPicture(const std::string& camera, const std::string& id) {
    if (!ask_picture_) return;
    ask_picture_(camera, [this, id](const camera::StillResult& picture) { takePicture(id, picture); });
}

void Conductor::takePicture(const std::string& id, const camera::StillResult& picture) {
    if (!picture.error.empty() || picture.jpeg.empty() || picture.jpeg.size() > kMaxThumbnailBytes) {
        base::logInfo("event/" + picture.camera, id + " has no thumbnail: " + picture.error);
        return;
    }
    {
        const LockGuard lock(mutex_);
        const auto found = pending_.find(id);
        if (found != pending_.end()) found->second = picture.jpeg;  // its start is told with it
        limitPending();
    }
    recorder_->eventPictured(picture.camera, id, picture.jpeg);
}

/// The oldest go first: ids are ordered by time.
void Conductor::limitPending() {
    std::size_t bytes = 0;
    for (const auto& [id, thumbnail] : pending_) bytes += thumbnail.size();
    while (pending_.size() > kMaxPending || (bytes > kMaxPendingBytes && pending_.size() > 1)) {
        bytes -= pending_.begin()->second.size();
        pending_.erase(pending_.begin());
    }
}

void Conductor::onEventPersisted(const store::EventRow& row) {
    Alert alert = alertOf(row, false);
    {
        const LockGuard lock(mutex_);
        const auto found = pending_.find(row.id);
        if (found != pending_.end()) {
            alert.thumbnail = std::move(found->second);
            pending_.erase(found);
        }
    }
    base::logInfo("event/" + row.camera, row.id + " started: " + row.label);
    told_labels_[row.id] = row.label;
    changes_.publish("event", row.camera, row.id, "opened");
    send_(std::move(alert));
}

/// Only what people and rules act on is told of.
void Conductor::onEventUpdated(const store::EventRow& row) {
    const auto told = told_labels_.find(row.id);
    if (told == told_labels_.end() || told->second == row.label) return;
    told->second = row.label;
    base::logInfo("event/" + row.camera, row.id + " shows more: " + row.label);
    send_(updateOf(row));
}

void Conductor::onEventPictured(const store::EventRow& row, const std::vector<std::uint8_t>& jpeg) {
    changes_.publish("event", row.camera, row.id, "updated");
    Alert alert = updateOf(row);
    alert.thumbnail = jpeg;
    send_(std::move(alert));
}

/// Behind the row: whoever hears of the end finds it in the history.
void Conductor::onEventEnded(const store::EventRow& row) {
    base::logInfo("event/" + row.camera, row.id + " ended: " + row.close_reason);
    told_labels_.erase(row.id);
    changes_.publish("event", row.camera, row.id, "ended");
    send_(alertOf(row, true));
}

void Conductor::onEventFinal(const store::EventRow& row) {
    changes_.publish("event", row.camera, row.id, "closed");
}

void Conductor::onStorage(const record::StorageIssue& issue) {
    problems_ = issue.problems;
    changes_.publish("storage", "", "", issue.kind + " " + issue.state);
    tellProblems();
}

void Conductor::tellProblems() {
    Alert alert;
    alert.kind = AlertKind::Problem;
    alert.at = clock_.wallNow();
    alert.problems = problems_;
    send_(std::move(alert));
}

void Conductor::onStateChange(const camera::StateChange& change) {
    if (change.state == camera::State::Offline || change.state == camera::State::Wedged)
        carryOut(change.camera, cameras_.at(change.camera).lookout.close(event::CloseReason::CameraLost));
    if (change.state == camera::State::Running || change.state == camera::State::Degraded)
        cameras_.at(change.camera).lookout.setThere();
    tellState(change);
}

void Conductor::onRecovery(const camera::RecoveryReport& report) {
    store::RecoveryRow row;
    row.camera = report.camera;
    row.at = report.at;
    row.rung = static_cast<int>(report.rung);
    for (const auto& step : report.steps) row.steps += (row.steps.empty() ? "" : "\n") + step;
    row.duration = report.duration;
    row.outcome = camera::nameOf(report.outcome);
    row.origin = camera::nameOf(report.origin);
    row.kind = report.kind;
    const auto insert = [this, row](store::Store& store) {
        store.health.insertRecovery(row);
        changes_.publish("health", row.camera, "", "recovery");
    };
    recorder_->post(insert, record::Recorder::kStatementBytes + row.steps.size());
}

void Conductor::onHostStall(const camera::HostStall& stall) {
    changes_.publish("health", "", "", stall.cause);
}

void Conductor::tellState(const camera::StateChange& change) {
    changes_.publish("camera", change.camera, "", "state");
    if (change.is_minor) return;
    Alert alert;
    alert.kind = AlertKind::CameraState;
    alert.camera = change.camera;
    alert.at = change.at;
    // Home Assistant's list of states has no "wedged": it is offline with a reason.
    alert.state = change.state == camera::State::Wedged ? "offline" : camera::nameOf(change.state);
    alert.health_percent = change.score;
    alert.reason = change.detail;
    alert.fault_kind = change.kind;
    send_(std::move(alert));
}

void Conductor::addTo(camera::Status& status) const {
    const auto entry = cameras_.find(status.name);
    if (entry != cameras_.end())
        if (const auto* event = entry->second.lookout.current()) status.active_event = event->id;
    if (recorder_ == nullptr) return;
    const auto recording = recorder_->status(status.name);
    if (!recording) return;
    status.is_recording = recording->is_recording;
    if (recording->durable_at != WallTime{})  // the wall clock may have been set back since
        status.durable_age = std::max(microseconds{0}, clock_.wallNow() - recording->durable_at);
    status.dropped_fragments += recording->dropped_fragments;
    if (!recording->error.empty() && status.reason.empty()) {
        status.reason = "not recording: " + recording->error;
        status.action = "writing is tried again every few seconds";
        if (status.state == camera::State::Running) status.state = camera::State::Degraded;
    }
}

}  // namespace porchlight::app
