/// The conductor between real parts: what is told of an event, in which order, and that a state is told as it
/// is.
#include "stage.h"

namespace conductor_test {

using namespace stage;

namespace {

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

TEST_CASE("what the camera itself detects is an event at once; its picture follows") {
    Stage stage;
    stage.say("gate", "motion");
    const auto started = stage.told();
    REQUIRE(started.size() == 1);
    CHECK(started[0].kind == AlertKind::EventStart);
    CHECK(started[0].label == "motion");
    CHECK(started[0].thumbnail.empty());
    const std::string id = started[0].event_id;
    CHECK_FALSE(stage.store().events.byId(id)->has_thumbnail);
    CHECK(stage.keyframes == std::vector<std::string>{"gate"});

    REQUIRE(stage.asked.size() == 1);
    CHECK(stage.asked[0].first == "gate");
    stage.asked[0].second({"gate", "", stage.clock.wallNow(), {0xff, 0xd8, 0xff}, 1});
    const auto pictured = stage.told();
    REQUIRE(pictured.size() == 1);
    CHECK(pictured[0].kind == AlertKind::EventUpdate);
    CHECK(pictured[0].event_id == id);
    CHECK(pictured[0].thumbnail.size() == 3);
    CHECK(stage.store().events.byId(id)->has_thumbnail);

    stage.pass(2s);
    stage.say("gate", "person");
    const auto named = stage.told();
    REQUIRE(named.size() == 1);
    CHECK(named[0].kind == AlertKind::EventUpdate);
    CHECK(named[0].label == "person");
    stage.pass(2s);
    stage.say("gate", "vehicle");  // tells less
    CHECK(stage.told().empty());

    for (const char* label : {"person", "vehicle", "motion"}) stage.say("gate", label, false);
    stage.pass(1s);
    stage.pass(3s);
    const auto ended = stage.told();
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].kind == AlertKind::EventEnd);
    CHECK(ended[0].label == "person");
    CHECK(stage.store().events.byId(id)->label == "person");
    CHECK(stage.store().events.byId(id)->close_reason == "quiet");
}

TEST_CASE("without a picture an event of the camera is one all the same; motion asks for none") {
    Stage stage;
    stage.say("gate", "person");
    REQUIRE(stage.asked.size() == 1);
    stage.asked[0].second({"gate", "the camera is offline", {}, {}, 1});
    stage.see("porch", true, "JPEG");
    CHECK(stage.asked.size() == 1);
    const auto told = stage.told();
    REQUIRE(told.size() == 2);
    for (const Alert& alert : told) CHECK(alert.kind == AlertKind::EventStart);
}

TEST_CASE("what a camera sees that is switched off, offline or not heard is no event") {
    Stage stage;
    stage.say("gate", "person");
    stage.conductor.onCameraHeard("gate", true);
    SECTION("switched off") {
        stage.conductor.onDetectSwitched("gate", false);
        stage.say("gate", "vehicle");
        stage.pass(1s);
        CHECK(stage.activeEvent("gate").empty());
    }
    SECTION("switched off before the restart") {
        camera::Status status;
        status.name = "gate";
        status.is_detect_on = false;
        stage.conductor.watch(status);
        stage.say("gate", "vehicle");
        CHECK(stage.activeEvent("gate").empty());
    }
    SECTION("not heard") {
        stage.conductor.onCameraHeard("gate", false);
        stage.conductor.onCameraSilent("gate");
        stage.pass(1s);
        stage.pass(3s);
        CHECK(stage.activeEvent("gate").empty());
    }
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
