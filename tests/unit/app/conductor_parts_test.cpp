/// The conductor where something is missing, late or too much: what is told stays true, and bounded.
#include <fstream>

#include "base/wall_times.h"
#include "stage.h"

namespace conductor_parts_test {

using namespace stage;

namespace {

camera::Status statusOf(const std::string& name, camera::State state = camera::State::Running) {
    camera::Status status;
    status.name = name;
    status.state = state;
    return status;
}

std::size_t count(const std::vector<std::string>& texts, const std::string& text) {
    return static_cast<std::size_t>(std::count(texts.begin(), texts.end(), text));
}

/// Holds the recorder's thread for as long as it lives: nothing is persisted meanwhile.
class Held {
  public:
    explicit Held(record::Recorder& recorder) {
        std::promise<void> is_held;
        REQUIRE(recorder.post([&is_held, go_on = go_on_.get_future().share()](store::Store&) {
            is_held.set_value();
            go_on.wait();
        }));
        is_held.get_future().get();
    }
    ~Held() { go_on_.set_value(); }
    Held(const Held&) = delete;
    Held& operator=(const Held&) = delete;

  private:
    std::promise<void> go_on_;
};

}  // namespace

TEST_CASE("an event is not told while its row is not on disk, and is told as soon as it is") {
    Stage stage;
    {
        const Held held(*stage.recorder);
        stage.see("porch", true, "JPEG");
        CHECK_FALSE(stage.activeEvent("porch").empty());  // shown at once
        CHECK(stage.toldSoFar().empty());
    }
    CHECK(stage.told().size() == 1);
}

TEST_CASE("an end that comes before its start is on disk is told behind it") {
    Stage stage;
    {
        const Held held(*stage.recorder);
        stage.see("porch", true);
        stage.see("porch", false);
        stage.pass(4s);
        CHECK(stage.activeEvent("porch").empty());
        CHECK(stage.toldSoFar().empty());
    }
    const auto told = stage.told();
    REQUIRE(told.size() == 2);
    CHECK(told[0].kind == AlertKind::EventStart);
    CHECK(told[1].kind == AlertKind::EventEnd);
    CHECK(told[0].event_id == told[1].event_id);
}

TEST_CASE("pictures of events that wait to be told are bounded: the oldest go, their events do not") {
    Stage stage;
    const std::string picture(1U << 20U, 'j');
    constexpr int kEvents = 8;  // of 1 MiB each, where 4 MiB may wait
    {
        const Held held(*stage.recorder);
        for (int i = 0; i < kEvents; ++i) {
            stage.see("porch", true, picture);
            stage.conductor.onDetectSwitched("porch", false);
            stage.conductor.onDetectSwitched("porch", true);
        }
    }
    std::vector<bool> has_picture;
    for (const Alert& alert : stage.told())
        if (alert.kind == AlertKind::EventStart) has_picture.push_back(!alert.thumbnail.empty());
    REQUIRE(has_picture.size() == kEvents);
    CHECK(std::count(has_picture.begin(), has_picture.end(), true) == 4);
    CHECK_FALSE(has_picture.front());
    CHECK(has_picture.back());
}

TEST_CASE("the picture of an event is that of its own motion, also where a later picture has none") {
    Stage stage;
    stage.see("porch", true, "first");
    stage.see("porch", true);
    stage.see("porch", false);
    stage.pass(4s);
    stage.see("porch", true, "second");
    std::vector<std::string> pictures;
    for (const Alert& alert : stage.told())
        if (alert.kind == AlertKind::EventStart)
            pictures.emplace_back(alert.thumbnail.begin(), alert.thumbnail.end());
    CHECK(pictures == std::vector<std::string>{"first", "second"});
}

TEST_CASE("motion that never ends is told in events of max_event, each with its own end") {
    Stage stage;
    stage.see("porch", true);
    const auto begun_at = stage.clock.now();
    const auto limit = stage.cameras[0].record.max_event;
    while (stage.clock.now() - begun_at < limit + 10s) {
        stage.clock.advance(800ms);
        stage.see("porch", true);
    }
    const auto told = stage.told();
    REQUIRE(told.size() == 3);
    CHECK(told[0].kind == AlertKind::EventStart);
    CHECK(told[1].kind == AlertKind::EventEnd);
    CHECK(told[1].event_id == told[0].event_id);
    CHECK(told[2].kind == AlertKind::EventStart);
    CHECK(told[2].event_id > told[0].event_id);
    CHECK(told[2].started_at >= told[1].ended_at);
    CHECK(stage.store().events.byId(told[0].event_id)->close_reason == "max_event");
    CHECK(stage.activeEvent("porch") == told[2].event_id);
}

TEST_CASE("dashboards hear of an event from its start over its changes to its complete clip, in that order") {
    Stage stage;
    stage.see("porch", true);
    stage.told();
    for (int i = 0; i < 8; ++i) stage.see("porch", true, "", 0.5F + 0.05F * static_cast<float>(i));
    stage.see("porch", false);
    stage.pass(4s);
    stage.told();
    std::vector<std::string> changes;
    REQUIRE(stage.told().empty());
    REQUIRE(stage.until([&] {
        stage.pass(1s);  // the post-roll never comes: the recorder waits for it a while
        for (auto& change : stage.changed()) changes.push_back(std::move(change));
        return count(changes, "event closed") == 1;
    }));
    CHECK(changes.front() == "event opened");
    CHECK(changes.back() == "event closed");
    CHECK(count(changes, "event opened") == 1);
    CHECK(count(changes, "event ended") == 1);
    CHECK(count(changes, "event updated") >= 1);
    CHECK(count(changes, "event updated") <= 2);  // once a second at most
    CHECK(std::find(changes.begin(), changes.end(), "event closing") <
          std::find(changes.begin(), changes.end(), "event ended"));
}

TEST_CASE("another record mode ends the running event, changes what is recorded, and is told") {
    Stage stage;
    stage.see("yard", true);
    stage.told();
    stage.changed();
    stage.conductor.onRecordModeSwitched("yard", config::RecordMode::Continuous);
    CHECK(stage.activeEvent("yard").empty());
    stage.told();
    CHECK(count(stage.changed(), "camera record") == 1);
    CHECK(stage.activeEvent("porch").empty());
    stage.see("yard", true);  // and detection goes on
    CHECK_FALSE(stage.activeEvent("yard").empty());
}

TEST_CASE("a camera that has recorded nothing yet says so; its own reason and its own losses stay") {
    Stage stage;
    camera::Status well = statusOf("porch");
    stage.conductor.addTo(well);
    CHECK(well.state == camera::State::Running);
    CHECK(well.reason.empty());
    CHECK(well.durable_age == microseconds{-1});
    CHECK_FALSE(well.is_recording);
    camera::Status ill = statusOf("porch", camera::State::Offline);
    ill.reason = "no route to host";
    ill.dropped_fragments = 3;
    stage.conductor.addTo(ill);
    CHECK(ill.state == camera::State::Offline);
    CHECK(ill.reason == "no route to host");
    CHECK(ill.dropped_fragments == 3);
}

TEST_CASE("a camera is recording once it is, and what is durable never was written in the future") {
    Stage stage;
    const auto stream = stage.film();
    stage.conductor.onRecordModeSwitched("porch", config::RecordMode::Continuous);
    const auto status = [&] {
        stage.told();
        return stage.shown("porch");
    };
    for (const auto& fragment : stream.fragments) stage.conductor.onFragment("porch", fragment);
    stage.clock.advance(stream.duration);
    CHECK(stage.until([&] { return status().durable_age >= microseconds{0}; }));
    CHECK(status().is_recording);
    CHECK(status().durable_age < stream.duration);
    CHECK_FALSE(statusOf("yard").is_recording);
    stage.clock.stepWall(-std::chrono::hours(1));
    CHECK(status().durable_age == microseconds{0});
    stage.conductor.onStreamEnded("porch");
    CHECK(stage.until([&] { return !status().is_recording; }));
    const auto rows = stage.store().recordings.overlapping("porch", WallTime{}, kEndOfTime);
    REQUIRE(rows.size() == 1);
    CHECK(*rows[0].ended_at - rows[0].started_at == stream.duration);
}

TEST_CASE("footage that no disk takes makes a running camera degraded, says why, and ends with the trouble") {
    Stage stage;
    const auto stream = stage.film();
    std::filesystem::create_directory(stage.folder / "recordings");
    std::ofstream(stage.folder / "recordings/porch") << "a file where the camera's folder would be";
    stage.conductor.onRecordModeSwitched("porch", config::RecordMode::Continuous);
    const auto status = [&] {
        stage.told();
        return stage.shown("porch");
    };
    for (const auto& fragment : stream.fragments) stage.conductor.onFragment("porch", fragment);
    REQUIRE(stage.until([&] { return status().state == camera::State::Degraded; }));
    CHECK(status().reason.starts_with("not recording: "));
    CHECK_FALSE(status().action.empty());
    std::filesystem::remove(stage.folder / "recordings/porch");
    CHECK(stage.until([&] {
        stage.clock.advance(5s);
        return status().state == camera::State::Running;
    }));
    CHECK(status().reason.empty());
}

TEST_CASE("states of every kind are told with the words Home Assistant knows") {
    Stage stage;
    const std::pair<camera::State, const char*> rows[] = {
        {camera::State::Starting, "starting"}, {camera::State::Running, "running"},
        {camera::State::Degraded, "degraded"}, {camera::State::Offline, "offline"},
        {camera::State::Wedged, "offline"},    {camera::State::Disabled, "disabled"}};
    for (const auto& [state, word] : rows) {
        INFO(word);
        stage.conductor.onStateChange({"porch", stage.clock.wallNow(), state, 50, "why", "hung"});
        const auto told = stage.told();
        REQUIRE(told.size() == 1);
        CHECK(told[0].state == word);
        CHECK(told[0].at == stage.clock.wallNow());
        CHECK(told[0].event_id.empty());
    }
}

TEST_CASE("a stall of the machine is a change for dashboards and no alert of a camera") {
    Stage stage;
    stage.conductor.onHostStall({"suspend", {}, {}, 3s, ""});
    CHECK(stage.changed() == std::vector<std::string>{"health suspend"});
    CHECK(stage.told().empty());
}

TEST_CASE("what cameras say of themselves reaches the ledger and the health history") {
    Stage stage;
    camera::Status status = statusOf("porch", camera::State::Offline);
    status.kind = "hung";
    status.reason = "no sign of life";
    status.consecutive_failures = 2;
    stage.conductor.watch(status);
    stage.told();
    const auto now = stage.clock.wallNow() + 1s;
    const auto samples = stage.store().health.between("porch", WallTime{}, now, 10);
    REQUIRE(samples.size() == 1);
    CHECK(samples[0].state == "offline");
    CHECK(samples[0].issue == "hung");
    const auto incidents = stage.store().incidents.between("porch", WallTime{}, now, 10);
    REQUIRE(incidents.size() == 1);
    CHECK(incidents[0].failures == 2);
    CHECK(stage.store().health.between("yard", WallTime{}, now, 10).empty());
}

}  // namespace conductor_parts_test
