/// The conductor between real parts: what is told of an event, in which order, and that a state is told as it
/// is.
#include "app/conductor.h"

#include <future>

#include "plugin/loader.h"
#include "support/catch.h"
#include "support/folder.h"

namespace conductor_test {

using namespace porchlight;
using namespace std::chrono_literals;

namespace {

config::CameraConfig cameraOf(const std::string& name) {
    config::CameraConfig camera;
    camera.name = name;
    camera.detect.event_gap = 3s;
    return camera;
}

std::unique_ptr<RecordSink> makeSink() {
    static const plugin::Catalogue catalogue{std::filesystem::path(PORCHLIGHT_PLUGIN_DIR)};
    return catalogue.load(PluginKind::Record, "fmp4")->create<RecordSink>();
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
        events.on_event_ended = [this](const auto& row) { conductor.onEventEnded(row); };
        events.on_event_final = [this](const auto& row) { conductor.onEventFinal(row); };
        recorder = std::make_unique<record::Recorder>(options, makeSink, events, clock);
        conductor.setRecorder(*recorder);
        conductor.setKeyframes([this](const std::string& camera) { keyframes.push_back(camera); });
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
    void pass(microseconds span) {
        clock.advance(span);
        conductor.onTick(clock.now());
    }
    /// What was told until the recorder has done all it was given.
    std::vector<Alert> told() {
        std::promise<void> done;
        REQUIRE(recorder->post([&](store::Store&) { done.set_value(); }));
        done.get_future().get();
        const std::lock_guard lock(mutex_);
        return std::exchange(told_, {});
    }
    std::string activeEvent(const std::string& camera) {
        camera::Status status;
        status.name = camera;
        conductor.addTo(status);
        return status.active_event;
    }
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
    base::FakeClock clock;
    base::ChangeFeed changes;
    std::vector<config::CameraConfig> cameras{cameraOf("porch"), cameraOf("yard")};
    std::vector<std::string> keyframes;
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

std::string textOf(const std::vector<std::uint8_t>& bytes) {
    return {bytes.begin(), bytes.end()};
}

}  // namespace

TEST_CASE("an event is told once its row is on disk, with its picture and links; its end after its start") {
    Stage stage;
    stage.see("porch", true, "JPEG");
    const auto started = stage.told();
    REQUIRE(started.size() == 1);
    CHECK(started[0].kind == AlertKind::EventStart);
    CHECK(started[0].camera == "porch");
    CHECK(textOf(started[0].thumbnail) == "JPEG");
    const std::string id = started[0].event_id;
    CHECK(started[0].clip_url == "/api/v1/events/" + id + "/clip.mp4");
    CHECK(started[0].thumbnail_url == "/api/v1/events/" + id + "/thumbnail.jpg");
    CHECK(stage.activeEvent("porch") == id);
    CHECK(stage.activeEvent("yard").empty());
    REQUIRE(stage.store().events.byId(id));

    stage.see("porch", false);
    stage.pass(4s);
    const auto ended = stage.told();
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].kind == AlertKind::EventEnd);
    CHECK(ended[0].event_id == id);
    CHECK(ended[0].started_at == started[0].started_at);
    CHECK(ended[0].ended_at >= ended[0].started_at);
    CHECK(stage.activeEvent("porch").empty());
    CHECK(stage.store().events.byId(id)->close_reason == "quiet");
}

TEST_CASE("what begins an event asks its camera for a keyframe, once an event") {
    Stage stage;
    stage.see("porch", true);
    stage.see("porch", true);
    stage.see("yard", true);
    CHECK(stage.keyframes == std::vector<std::string>{"porch", "yard"});
}

TEST_CASE("events of two cameras keep their own pictures") {
    Stage stage;
    stage.see("porch", true, "porch");
    stage.see("yard", true, "yard");
    const auto told = stage.told();
    REQUIRE(told.size() == 2);
    for (const Alert& alert : told) CHECK(textOf(alert.thumbnail) == alert.camera);
}

TEST_CASE("an event ends with its camera, with detection, with the record mode and with the appliance") {
    struct Row {
        const char* reason;
        std::function<void(Stage&)> happen;
    };
    const auto becomes = [](camera::State state) {
        return [state](Stage& stage) {
            stage.conductor.onStateChange({"porch", {}, state, 90, "gone", "hung"});
        };
    };
    const Row rows[] = {
        {"camera_lost", becomes(camera::State::Offline)},
        {"camera_lost", becomes(camera::State::Wedged)},
        {"detect_off", [](Stage& stage) { stage.conductor.onDetectSwitched("porch", false); }},
        {"detect_off",
         [](Stage& stage) { stage.conductor.onRecordModeSwitched("porch", config::RecordMode::Off); }},
        {"core_restart", [](Stage& stage) { stage.conductor.closeEvents(); }},
    };
    for (const Row& row : rows) {
        INFO(row.reason);
        Stage stage;
        stage.see("porch", true);
        const std::string id = stage.activeEvent("porch");
        REQUIRE_FALSE(id.empty());
        row.happen(stage);
        CHECK(stage.activeEvent("porch").empty());
        stage.told();
        CHECK(stage.store().events.byId(id)->close_reason == row.reason);
    }
}

TEST_CASE("a degraded camera keeps its event; switching detection on ends none") {
    Stage stage;
    stage.see("porch", true);
    stage.conductor.onStateChange({"porch", {}, camera::State::Degraded, 90, "slow", "low_rate"});
    stage.conductor.onDetectSwitched("porch", true);
    CHECK_FALSE(stage.activeEvent("porch").empty());
}

TEST_CASE(
    "a state is told with its reason; wedged is offline to Home Assistant; a flapping camera's is no news") {
    Stage stage;
    stage.conductor.onStateChange({"yard", {}, camera::State::Wedged, 40, "its driver hangs", "hung"});
    stage.conductor.onStateChange({"yard", {}, camera::State::Running, 100, "", "", true});
    const auto told = stage.told();
    REQUIRE(told.size() == 1);
    CHECK(told[0].kind == AlertKind::CameraState);
    CHECK(told[0].state == "offline");
    CHECK(told[0].health_percent == 40);
    CHECK(told[0].reason == "its driver hangs");
    CHECK(told[0].fault_kind == "hung");
    CHECK(stage.changed() == std::vector<std::string>{"camera state", "camera state"});
}

TEST_CASE("what is wrong with the storage is told anew to whoever asks, until it is over") {
    Stage stage;
    stage.conductor.onStorage({{}, "volume", "full", "no room", {"the disk is full"}});
    stage.conductor.tellProblems();
    stage.conductor.onStorage({{}, "volume", "ok", "", {}});
    const auto told = stage.told();
    REQUIRE(told.size() == 3);
    CHECK(told[0].problems == std::vector<std::string>{"the disk is full"});
    CHECK(told[1].problems == told[0].problems);
    CHECK(told[2].problems.empty());
    CHECK(stage.changed() == std::vector<std::string>{"storage volume full", "storage volume ok"});
}

TEST_CASE("a recovery attempt stands in the history with its steps, and dashboards hear of it afterwards") {
    Stage stage;
    camera::RecoveryReport report;
    report.camera = "porch";
    report.at = stage.clock.wallNow();
    report.rung = camera::Rung::RespawnWorker;
    report.origin = camera::Origin::Manual;
    report.kind = "hung";
    report.steps = {"worker 7 is killed", "good pictures again"};
    report.duration = 1500ms;
    report.outcome = camera::Outcome::Recovered;
    stage.conductor.onRecovery(report);
    stage.told();
    CHECK(stage.changed() == std::vector<std::string>{"health recovery"});
    const auto rows = stage.store().health.recoveries("porch", WallTime{}, stage.clock.wallNow() + 1s, 10);
    REQUIRE(rows.size() == 1);
    CHECK(rows[0].rung == 3);
    CHECK(rows[0].steps == "worker 7 is killed\ngood pictures again");
    CHECK(rows[0].outcome == "recovered");
    CHECK(rows[0].origin == "manual");
    CHECK(rows[0].duration == 1500ms);
}

TEST_CASE("a camera that nobody knows gets no recorder's words, and a mode for it changes nothing") {
    Stage stage;
    camera::Status status;
    status.name = "shed";
    status.state = camera::State::Running;
    stage.conductor.addTo(status);
    CHECK(status.active_event.empty());
    CHECK_FALSE(status.is_recording);
    stage.conductor.onRecordModeSwitched("shed", config::RecordMode::Off);
    CHECK(stage.changed().empty());
}

}  // namespace conductor_test
