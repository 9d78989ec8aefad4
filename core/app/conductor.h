/// Joins the parts: what cameras deliver becomes recordings, events, history, alerts and change notices.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "app/camera_watch.h"
#include "base/change_feed.h"
#include "base/clock.h"
#include "camera/control.h"
#include "camera/listener.h"
#include "config/config.h"
#include "event/lookout.h"
#include "porchlight/alert.h"
#include "porchlight/mutex.h"
#include "record/recorder.h"

namespace porchlight::app {

/// The camera listener of the appliance. Over 25 functions: what fleet and recorder call, each handed to one
/// part. **Thread**: Listener functions and addTo() on the supervisor thread; the recorder's callbacks on the
/// recorder's thread; nothing blocks.
///
/// Order that others rely on: an event is alerted only after its pre-roll, its thumbnail and its row are on
/// disk, and its end only after its start.
class Conductor final : public camera::Listener {
  public:
    using Send = std::function<void(Alert)>;

    Conductor(const std::vector<config::CameraConfig>& cameras, const base::Clock& clock,
              base::ChangeFeed& changes, Send send);

    /// The recorder is made after this object, because it needs the callbacks below. Set before the fleet
    /// starts.
    void setRecorder(record::Recorder& recorder) { recorder_ = &recorder; }

    /// Asks a camera for a keyframe: called for each event that opens, so that what began it can be seen at
    /// once and its pre-roll is on disk sooner. Set before the fleet starts.
    void setKeyframes(std::function<void(const std::string& camera)> request) {
        request_keyframe_ = std::move(request);
    }

    /// Asks a camera for a small picture of now: called for each event that the camera itself opened, whose
    /// thumbnail it becomes. The event waits for nothing of it. Set before the fleet starts.
    using Answer = std::function<void(camera::StillResult)>;
    void setPictures(std::function<bool(const std::string& camera, Answer)> ask) {
        ask_picture_ = std::move(ask);
    }

    /// What a camera's recording is like in another mode; set before the fleet starts.
    void setRecordings(std::map<std::string, record::CameraRecording> recordings) {
        recordings_ = std::move(recordings);
    }

    void onFragment(const std::string& camera, std::shared_ptr<const Fragment> fragment) override;
    void onStreamEnded(const std::string& camera) override;
    void onDetection(const std::string& camera, ipc::DetectionReady detection) override;
    void onCameraDetected(const std::string& camera, const CameraDetection& detection) override;
    void onCameraHeard(const std::string& camera, bool is_heard) override;
    void onCameraSilent(const std::string& camera) override;
    void onStateChange(const camera::StateChange& change) override;
    void onDetectSwitched(const std::string& camera, bool is_on) override;
    void onRecordModeSwitched(const std::string& camera, config::RecordMode mode) override;
    void onTick(Monotonic::time_point now) override;
    void onRecovery(const camera::RecoveryReport& report) override;
    void onHostStall(const camera::HostStall& stall) override;

    /// Sees each status that is published: coverage ledger, health history, incidents. Supervisor thread.
    void watch(const camera::Status& status);

    /// Adds what recorder and event engine know to a camera's status.
    void addTo(camera::Status& status) const;

    void onEventPersisted(const store::EventRow& row);
    void onEventUpdated(const store::EventRow& row);
    void onEventPictured(const store::EventRow& row, const std::vector<std::uint8_t>& jpeg);
    void onEventEnded(const store::EventRow& row);
    void onEventFinal(const store::EventRow& row);
    void onStorage(const record::StorageIssue& issue);

    /// Alerts of the appliance's own problems, also that there are none. Recorder's thread.
    void tellProblems();

    /// Ends all running events; after the fleet has stopped, before the recorder stops.
    void closeEvents();

  private:
    struct Camera {
        event::Lookout lookout;
        std::vector<std::uint8_t> thumbnail;  ///< of the picture that began the latest motion
    };
    void open(const store::EventRow& row);
    void askPicture(const std::string& camera, const std::string& id);
    void takePicture(const std::string& id, const camera::StillResult& picture);
    void carryOut(const std::string& camera, const std::vector<event::Action>& actions);
    void tellState(const camera::StateChange& change);
    void limitPending() PORCHLIGHT_REQUIRES(mutex_);

    const base::Clock& clock_;
    base::ChangeFeed& changes_;
    const Send send_;
    std::function<void(const std::string& camera)> request_keyframe_;
    std::function<bool(const std::string& camera, Answer)> ask_picture_;
    record::Recorder* recorder_ = nullptr;
    CameraWatch watch_;
    std::map<std::string, record::CameraRecording> recordings_;
    event::EventIds ids_;
    std::map<std::string, Camera> cameras_;

    std::vector<std::string> problems_;               ///< recorder's thread only
    std::map<std::string, std::string> told_labels_;  ///< by event that runs; recorder's thread only
    Mutex mutex_;
    /// Thumbnails of events not yet persisted.
    std::map<std::string, std::vector<std::uint8_t>> pending_ PORCHLIGHT_GUARDED_BY(mutex_);
};

}  // namespace porchlight::app
