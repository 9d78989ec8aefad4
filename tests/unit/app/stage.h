/// The conductor of the appliance between real parts, for tests.
#pragma once

#include <future>
#include <thread>

#include "app/conductor.h"
#include "support/catch.h"
#include "support/fake_clock.h"
#include "support/fmp4_sink.h"
#include "support/folder.h"
#include "unit/media/footage.h"

namespace stage {

using namespace porchlight;
using namespace std::chrono_literals;

inline config::CameraConfig cameraOf(const std::string& name) {
    config::CameraConfig camera;
    camera.name = name;
    camera.detect.event_gap = 3s;
    return camera;
}

/// One that detects by itself.
inline config::CameraConfig detectingCamera(const std::string& name) {
    config::CameraConfig camera = cameraOf(name);
    camera.detect.detector = {};
    camera.detect.camera_word = event::CameraWord::Opens;
    camera.detect.labels = {"person", "vehicle", "motion"};
    return camera;
}

/// A conductor with a recorder over a real database; no footage. The clock stands still unless moved.
class Stage {
  public:
    Stage() {
        record::RecorderOptions options;
        options.database_file = folder / "porchlight.db";
        options.recordings_dir = folder / "recordings";
        options.thumbnails_dir = folder / "thumbnails";
        options.storage.min_free_bytes = 0;
        record::RecorderEvents events;
        events.on_event_persisted = [this](const auto& row) { conductor.onEventPersisted(row); };
        events.on_event_updated = [this](const auto& row) { conductor.onEventUpdated(row); };
        events.on_event_pictured = [this](const auto& row, const auto& jpeg) {
            conductor.onEventPictured(row, jpeg);
        };
        events.on_event_ended = [this](const auto& row) { conductor.onEventEnded(row); };
        events.on_event_final = [this](const auto& row) { conductor.onEventFinal(row); };
        recorder = std::make_unique<record::Recorder>(options, test::makeSink, events, clock);
        conductor.setRecorder(*recorder);
        conductor.setKeyframes([this](const std::string& camera) { keyframes.push_back(camera); });
        conductor.setPictures([this](const std::string& camera, app::Conductor::Answer answer) {
            asked.emplace_back(camera, std::move(answer));
            return true;
        });
        std::map<std::string, record::CameraRecording> recordings;
        for (const auto& camera : cameras) {
            auto& recording = recordings[camera.name];
            recording.name = camera.name;
            recorder->addCamera(recording);
        }
        conductor.setRecordings(recordings);
    }
    ~Stage() { recorder->stop(); }

    /// A picture of the camera; `thumbnail` where its motion begins.
    void see(const std::string& camera, bool is_motion, const std::string& thumbnail = "",
             float score = 0.5F) {
        clock.advance(200ms);
        ipc::DetectionReady picture;
        picture.at_us = clock.wallNow().time_since_epoch().count();
        picture.detection.is_motion = is_motion;
        picture.detection.score = score;
        picture.thumbnail.assign(thumbnail.begin(), thumbnail.end());
        conductor.onDetection(camera, std::move(picture));
    }
    /// The camera itself says that it sees something, or no longer.
    void say(const std::string& camera, const std::string& label, bool is_on = true) {
        conductor.onCameraDetected(camera, {clock.wallNow(), label, "", is_on, true, 0.5F});
    }
    void pass(microseconds span) {
        clock.advance(span);
        conductor.onTick(clock.now());
    }
    /// What was told until the recorder has done all it was given.
    std::vector<Alert> told() {
        std::promise<void> done;
        REQUIRE(recorder->post([&](store::Store&) { done.set_value(); }));
        done.get_future().get();
        return toldSoFar();
    }
    /// What was told since the last call, whatever the recorder has still to do.
    std::vector<Alert> toldSoFar() {
        const std::lock_guard lock(mutex_);
        return std::exchange(told_, {});
    }
    /// What a worker sends in six seconds that begin now.
    footage::Stream film() const {
        static const std::vector<std::uint8_t> made = footage::readAll(footage::make(folder, "s.mp4"));
        footage::writeAll(folder / "s.mp4", made);
        return footage::split(folder / "s.mp4", clock.wallNow());
    }
    /// Asks until it is so; the recorder looks at what is due by its own time. False after ten seconds.
    template <class Condition>
    bool until(Condition condition) {
        const Deadline deadline = Deadline::in(10s);
        while (!condition()) {
            if (deadline.isPast()) return false;
            std::this_thread::sleep_for(10ms);
        }
        return true;
    }
    /// What is shown of a running camera.
    camera::Status shown(const std::string& camera) {
        camera::Status out;
        out.name = camera;
        out.state = camera::State::Running;
        conductor.addTo(out);
        return out;
    }
    std::string activeEvent(const std::string& camera) { return shown(camera).active_event; }
    /// "kind what" of the changes since the last call.
    std::vector<std::string> changed() {
        std::vector<std::string> out;
        for (const auto& change : changes.after(seen_, Deadline::in(0s))) {
            out.push_back(change.kind + " " + change.what);
            seen_ = change.number;
        }
        return out;
    }
    store::Store store() const { return store::Store(folder / "porchlight.db"); }

    test::Folder folder;
    test::FakeClock clock;
    base::ChangeFeed changes;
    std::vector<config::CameraConfig> cameras{cameraOf("porch"), cameraOf("yard"), detectingCamera("gate")};
    std::vector<std::string> keyframes;
    std::vector<std::pair<std::string, app::Conductor::Answer>> asked;  ///< for a picture
    app::Conductor conductor{cameras, clock, changes, [this](Alert alert) {
                                 const std::lock_guard lock(mutex_);
                                 told_.push_back(std::move(alert));
                             }};
    std::unique_ptr<record::Recorder> recorder;

  private:
    std::mutex mutex_;
    std::vector<Alert> told_;
    std::uint64_t seen_ = 0;
};

}  // namespace stage
