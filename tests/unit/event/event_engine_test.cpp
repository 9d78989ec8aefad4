#include "event/event_engine.h"

#include <algorithm>
#include <set>
#include <string>

#include "support/catch.h"
#include "support/fake_clock.h"

namespace event_engine_test {

using namespace porchlight;
using namespace porchlight::event;

namespace {

Detection motion(float score = 0.5F, const char* zone = "") {
    Detection detection;
    detection.is_motion = true;
    detection.score = score;
    detection.area_percent = score * 10;
    detection.zone = zone;
    return detection;
}

/// An engine under a fake clock; remembers everything it asked for.
struct Bench {
    explicit Bench(EventSettings settings = {}) : engine(settings, ids) {}

    void feed(const Detection& detection) {
        keep(engine.onDetection(clock.wallNow(), clock.now(), detection));
    }
    void keep(std::vector<Action> more) {
        for (auto& action : more) actions.push_back(std::move(action));
    }

    /// '#': a picture with motion, '.': one without, ' ': no picture; 100 ms each, a tick after every one.
    void play(std::string_view script) {
        for (const char c : script) {
            clock.advance(milliseconds(100));
            if (c == '#') feed(motion());
            if (c == '.') feed(Detection{});
            keep(engine.onTick(clock.now()));
        }
    }

    std::string kinds() const {
        std::string out;
        for (const Action& action : actions) {
            if (!out.empty()) out += " ";
            out += nameOf(action.kind);
        }
        return out;
    }

    test::FakeClock clock;
    EventIds ids{7};
    EventEngine engine;
    std::vector<Action> actions;
};

std::string repeated(char c, std::size_t count) {
    return std::string(count, c);
}

}  // namespace

TEST_CASE("events follow motion") {
    struct Row {
        const char* what;
        std::string script;
        const char* kinds;
    };
    const Row rows[] = {
        {"quiet stays idle", repeated('.', 50), ""},
        {"motion opens", "..#", "opened"},
        {"first quiet picture closes nothing yet", "##.", "opened closing"},
        {"the gap ends it", "#" + repeated('.', 30), "opened closing ended"},
        {"just before the gap it still runs", "#" + repeated('.', 29), "opened closing"},
        {"motion within the gap returns", "#" + repeated('.', 20) + "#", "opened closing reopened"},
        {"motion after the gap is another event", "#" + repeated('.', 31) + "#",
         "opened closing ended opened"},
        {"silence ends it too", "#" + repeated(' ', 30), "opened closing ended"},
        {"one second of silence is closing", "#" + repeated(' ', 10), "opened closing"},
    };
    for (const Row& row : rows) {
        INFO(row.what);
        Bench bench;
        bench.play(row.script);
        CHECK(bench.kinds() == row.kinds);
    }
}

TEST_CASE("an event ends at its last motion and remembers its best picture") {
    Bench bench;
    const auto start = bench.clock.wallNow();
    bench.clock.advance(seconds(1));
    bench.feed(motion(0.3F));
    bench.clock.advance(seconds(1));
    bench.feed(motion(0.9F, "path"));
    bench.clock.advance(seconds(1));
    bench.feed(motion(0.4F, "door"));
    bench.play(repeated('.', 40));
    REQUIRE(bench.actions.back().kind == ActionKind::Ended);
    const Event& event = bench.actions.back().event;
    CHECK(event.started_at == start + seconds(1));
    CHECK(event.clip_started_at == start + seconds(1) - seconds(5));
    REQUIRE(event.ended_at);
    CHECK(*event.ended_at == start + seconds(3));
    CHECK(event.score == Approx(0.9));
    CHECK(event.area_percent == Approx(9.0));
    CHECK(event.zone == "path");
    CHECK(event.state == EventState::Closed);
    CHECK(event.close_reason == "quiet");
    CHECK(bench.engine.current() == nullptr);
}

TEST_CASE("updates come with news and at most once a second") {
    Bench bench;
    for (int i = 0; i < 40; ++i) {
        bench.clock.advance(milliseconds(100));
        bench.feed(motion(0.1F + 0.01F * static_cast<float>(i)));
    }
    const auto updates = std::count_if(bench.actions.begin(), bench.actions.end(),
                                       [](const Action& a) { return a.kind == ActionKind::Updated; });
    CHECK(updates == 3);
    bench.actions.clear();
    for (int i = 0; i < 40; ++i) {
        bench.clock.advance(milliseconds(100));
        bench.feed(motion(0.2F));
    }
    CHECK(bench.actions.size() == 1);  // the news of the last second, then nothing new
}

TEST_CASE("max_event splits without losing motion") {
    EventSettings settings;
    settings.max_event = seconds(5);
    Bench bench(settings);
    bench.play(repeated('#', 120));
    std::vector<Event> ended;
    for (const Action& action : bench.actions)
        if (action.kind == ActionKind::Ended) ended.push_back(action.event);
    REQUIRE(ended.size() == 2);
    CHECK(ended[0].close_reason == "max_event");
    CHECK(*ended[0].ended_at - ended[0].started_at == seconds(5));
    CHECK(ended[1].started_at == *ended[0].ended_at);
    REQUIRE(bench.engine.current());
    CHECK(bench.engine.current()->started_at == *ended[1].ended_at);
    CHECK(ended[0].id < ended[1].id);
}

TEST_CASE("close gives its reason and is harmless when idle") {
    for (const CloseReason reason :
         {CloseReason::CameraLost, CloseReason::DetectOff, CloseReason::CoreRestart}) {
        Bench bench;
        CHECK(bench.engine.close(reason).empty());
        bench.play("##");
        const auto last = bench.clock.wallNow();
        bench.clock.advance(milliseconds(700));
        const auto actions = bench.engine.close(reason);
        REQUIRE(actions.size() == 1);
        CHECK(actions[0].event.close_reason == nameOf(reason));
        CHECK(*actions[0].event.ended_at == last);
        CHECK(bench.engine.close(reason).empty());
    }
}

TEST_CASE("a stepped wall clock neither ends nor bends an event") {
    for (const auto step : {seconds(-86400), seconds(-10), seconds(10), seconds(86400)}) {
        INFO(step.count());
        Bench bench;
        bench.play("#");
        bench.clock.stepWall(step);
        bench.play(repeated('#', 10) + repeated('.', 35));
        REQUIRE(bench.actions.back().kind == ActionKind::Ended);
        const Event& event = bench.actions.back().event;
        CHECK(*event.ended_at - event.started_at == seconds(1));
        CHECK(std::count_if(bench.actions.begin(), bench.actions.end(),
                            [](const Action& a) { return a.kind == ActionKind::Opened; }) == 1);
    }
}

TEST_CASE("a wall clock that creeps back never ends an event before it began") {
    Bench bench;
    bench.play("#");
    bench.clock.stepWall(milliseconds(-1500));
    bench.play("#" + repeated('.', 35));
    const Event& event = bench.actions.back().event;
    REQUIRE(event.ended_at);
    CHECK(*event.ended_at >= event.started_at);
}

TEST_CASE("a light that is switched is no event") {
    Bench bench;
    Detection light;
    light.is_global_change = true;
    bench.feed(light);
    CHECK(bench.actions.empty());
}

TEST_CASE("ids are 16 hex digits, sort by start and never repeat") {
    EventIds ids(0xffffffffU);
    std::set<std::string> seen;
    std::string last;
    const WallTime start(microseconds(1'790'000'000'000'000));
    for (int i = 0; i < 5000; ++i) {
        const std::string id = ids.next(start + microseconds(i / 2));
        CHECK(id.size() == 16);
        CHECK(id.find_first_not_of("0123456789abcdef") == std::string::npos);
        CHECK(seen.insert(id).second);
    }
    CHECK(ids.next(start) < ids.next(start + microseconds(1)));
    CHECK(ids.next(WallTime(microseconds(-5))).substr(0, 13) == "0000000000000");
}

}  // namespace event_engine_test
