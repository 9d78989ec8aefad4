/// What a camera says and what its pictures show, made into events.
#include "event/lookout.h"

#include <string>

#include "support/catch.h"
#include "support/fake_clock.h"

namespace lookout_test {

using namespace porchlight;
using namespace porchlight::event;
using namespace std::chrono_literals;

namespace {

std::vector<std::string> usualLabels() {
    std::vector<std::string> out;
    for (const LabelFacts& facts : kLabels)
        if (facts.is_default) out.emplace_back(facts.label);
    return out;
}

/// A lookout under a fake clock; remembers everything it asked for.
struct Bench {
    explicit Bench(CameraWord word, EventSettings events = {}) : lookout({events, word, usualLabels()}, ids) {
        lookout.setHeard(true);
    }

    void keep(std::vector<Action> more) {
        for (auto& action : more) actions.push_back(std::move(action));
    }
    void say(const std::string& label, bool is_on = true, bool has_end = true, microseconds late = 0us,
             const std::string& place = "", float score = 0) {
        keep(lookout.onCamera({clock.wallNow() - late, label, place, is_on, has_end, score}, clock.wallNow(),
                              clock.now()));
    }
    void see(bool is_motion, const std::string& label = "") {
        Detection detection;
        detection.is_motion = is_motion;
        detection.score = 0.4F;
        detection.label = label;
        keep(lookout.onDetection(clock.wallNow(), clock.now(), detection));
    }
    /// As the supervisor does: ten ticks a second.
    void pass(microseconds span) {
        for (microseconds passed{0}; passed < span; passed += 100ms) {
            clock.advance(100ms);
            keep(lookout.onTick(clock.wallNow(), clock.now()));
        }
    }
    std::string kinds() const {
        std::string out;
        for (const Action& action : actions)
            out += (out.empty() ? "" : " ") + std::string(nameOf(action.kind));
        return out;
    }
    std::string label() const { return lookout.current() ? lookout.current()->label : ""; }

    test::FakeClock clock;
    EventIds ids{7};
    Lookout lookout;
    std::vector<Action> actions;
};

}  // namespace

TEST_CASE("the camera's state is an event for as long as it lasts, and the gap after it") {
    Bench bench(CameraWord::Opens);
    const auto began = bench.clock.wallNow();
    bench.say("person", true, true, 0us, "gate", 0.8F);
    bench.pass(20s);
    CHECK(bench.kinds() == "opened");
    bench.say("person", false, true, 0us, "gate");
    bench.pass(2900ms);
    CHECK(bench.kinds() == "opened closing");
    bench.pass(200ms);
    REQUIRE(bench.kinds() == "opened closing ended");
    const Event& event = bench.actions.back().event;
    CHECK(event.label == "person");
    CHECK(event.zone == "gate");
    CHECK(event.score == Approx(0.8));
    CHECK(event.started_at == began);
    CHECK(*event.ended_at == began + 20s);
    CHECK(event.close_reason == "quiet");
}

TEST_CASE("the most telling word is the event's, whatever the order; one that ends is not unsaid") {
    Bench bench(CameraWord::Opens);
    bench.say("motion");
    CHECK(bench.label() == "motion");
    bench.pass(2s);
    bench.say("person");
    bench.say("vehicle");
    bench.pass(2s);
    CHECK(bench.label() == "person");
    CHECK(bench.kinds() == "opened updated");
    bench.say("person", false);
    bench.pass(2s);
    CHECK(bench.label() == "person");
    CHECK(bench.lookout.current()->state == EventState::Active);  // the vehicle is still there
}

TEST_CASE("words stand in an order, and a detector's own tell more than motion and less than a face") {
    CHECK(rankOf("") == rankOf("motion"));
    CHECK(rankOf("bicycle") > rankOf("line"));
    CHECK(rankOf("bicycle") < rankOf("package"));
    for (std::size_t i = 1; i < kLabels.size(); ++i) CHECK(kLabels[i].rank < kLabels[i - 1].rank);
}

TEST_CASE("a moment without an end holds for three seconds") {
    Bench bench(CameraWord::Opens);
    bench.say("line", true, false);
    bench.pass(3100ms);
    CHECK(bench.kinds() == "opened closing");
    bench.pass(3s);
    REQUIRE(bench.kinds() == "opened closing ended");
    CHECK(*bench.actions.back().event.ended_at - bench.actions.back().event.started_at < 3100ms);
}

TEST_CASE("a camera that never says the end is over after ten minutes, one that says it again goes on") {
    EventSettings unbounded;
    unbounded.max_event = 0us;
    Bench bench(CameraWord::Opens, unbounded);
    bench.say("vehicle");
    bench.pass(590s);
    bench.say("vehicle");
    bench.pass(590s);
    CHECK(bench.label() == "vehicle");
    bench.pass(20s);
    CHECK(bench.label().empty());
}

TEST_CASE("max_event splits what the camera holds on") {
    EventSettings events;
    events.max_event = 10s;
    Bench bench(CameraWord::Opens, events);
    bench.say("person");
    bench.pass(10s + 200ms);
    REQUIRE(bench.kinds() == "opened ended opened");
    CHECK(bench.actions[1].event.close_reason == "max_event");
    CHECK(bench.actions[2].event.label == "person");
}

TEST_CASE("an event begins when it was, not when the camera told of it; a wrong clock is not believed") {
    struct Row {
        microseconds late;
        microseconds before;
    };
    for (const Row& row : {Row{4s, 4s}, Row{10s, 10s}, Row{11s, 0s}, Row{-5s, 0s}}) {
        Bench bench(CameraWord::Opens);
        bench.clock.advance(30s);
        const auto told = bench.clock.wallNow();
        bench.say("person", true, true, row.late);
        CHECK(bench.lookout.current()->started_at == told - row.before);
        // The delay is not taken for a clock that was set.
        bench.pass(10s);
        bench.say("person", false);
        bench.pass(4s);
        CHECK(*bench.actions.back().event.ended_at == told + 10s);
    }
}

TEST_CASE("words that do not count open nothing") {
    Bench bench(CameraWord::Opens);
    for (const char* label : {"sound", "input", "", "nonsense"}) bench.say(label);
    bench.pass(1s);
    CHECK(bench.kinds().empty());
}

TEST_CASE("with its worker what the camera said ends, not with the connection alone") {
    Bench bench(CameraWord::Opens);
    bench.say("person");
    bench.pass(5s);
    bench.lookout.setHeard(false);
    bench.pass(5s);
    CHECK(bench.kinds() == "opened");  // perhaps it comes back
    bench.lookout.endAll(bench.clock.now());
    bench.pass(4s);
    CHECK(bench.kinds() == "opened closing ended");
}

TEST_CASE("switched off nothing opens; what the camera still sees when it is switched on opens at once") {
    Bench bench(CameraWord::Opens);
    bench.say("person");
    bench.keep(bench.lookout.setOn(false));
    REQUIRE(bench.kinds() == "opened ended");
    CHECK(bench.actions.back().event.close_reason == "detect_off");
    bench.pass(5s);
    bench.say("vehicle");
    CHECK(bench.actions.size() == 2);
    bench.keep(bench.lookout.setOn(true));
    bench.pass(100ms);
    CHECK(bench.label() == "person");
}

TEST_CASE("while the camera is lost its word opens nothing; what it still sees then opens at once") {
    Bench bench(CameraWord::Opens);
    bench.say("person");
    bench.keep(bench.lookout.close(CloseReason::CameraLost));
    REQUIRE(bench.kinds() == "opened ended");
    bench.pass(5s);
    bench.say("vehicle");
    CHECK(bench.actions.size() == 2);
    bench.lookout.setThere();
    bench.pass(100ms);
    CHECK(bench.kinds() == "opened ended opened");
    CHECK(bench.label() == "person");
}

TEST_CASE("the camera names what motion found, told before, meanwhile or a moment earlier") {
    SECTION("before") {
        Bench bench(CameraWord::Labels);
        bench.say("person");
        CHECK(bench.kinds().empty());
        bench.see(true);
        CHECK(bench.label() == "person");
    }
    SECTION("meanwhile") {
        Bench bench(CameraWord::Labels);
        bench.see(true);
        CHECK(bench.label() == "motion");
        bench.clock.advance(2s);
        bench.say("vehicle", true, true, 0us, "drive");
        CHECK(bench.kinds() == "opened updated");
        CHECK(bench.label() == "vehicle");
        CHECK(bench.lookout.current()->zone == "drive");
    }
    SECTION("a moment earlier") {
        Bench bench(CameraWord::Labels);
        bench.say("animal");
        bench.say("animal", false);
        bench.pass(2s);
        bench.see(true);
        CHECK(bench.label() == "animal");
    }
    SECTION("too early") {
        Bench bench(CameraWord::Labels);
        bench.say("animal");
        bench.say("animal", false);
        bench.pass(4s);
        bench.see(true);
        CHECK(bench.label() == "motion");
    }
    SECTION("and holds no event open") {
        Bench bench(CameraWord::Labels);
        bench.say("person");
        bench.see(true);
        bench.see(false);
        bench.pass(4s);
        CHECK(bench.kinds() == "opened closing ended");
    }
}

TEST_CASE("a detector's own word counts where it tells more") {
    Bench bench(CameraWord::Labels);
    bench.say("line");
    bench.see(true, "person");
    CHECK(bench.label() == "person");
    Bench plain(CameraWord::Ignored);
    plain.see(true);
    plain.clock.advance(2s);
    plain.see(true, "bicycle");
    CHECK(plain.label() == "bicycle");
    plain.clock.advance(2s);
    plain.see(true);
    CHECK(plain.label() == "bicycle");
}

TEST_CASE("what is ignored is not heard") {
    Bench bench(CameraWord::Ignored);
    bench.say("person");
    bench.see(true);
    CHECK(bench.label() == "motion");
}

TEST_CASE("motion alone opens nothing where the camera has a veto") {
    Bench bench(CameraWord::Vetoes);
    for (int i = 0; i < 100; ++i) {
        bench.see(true);
        bench.pass(100ms);
    }
    CHECK(bench.kinds().empty());
}

TEST_CASE("with the camera's word within three seconds it opens at its first picture") {
    Bench bench(CameraWord::Vetoes);
    bench.clock.advance(10s);
    const auto began = bench.clock.wallNow();
    for (int i = 0; i < 20; ++i) {
        bench.see(true);
        bench.pass(100ms);
    }
    bench.say("person");
    REQUIRE(bench.kinds() == "opened");
    CHECK(bench.label() == "person");
    CHECK(bench.lookout.current()->started_at == began);
    CHECK(bench.lookout.current()->score == Approx(0.4));
    bench.say("person", false);
    bench.pass(500ms);
    bench.see(true);  // goes on without the camera
    CHECK(bench.kinds() == "opened");
}

TEST_CASE("a word that comes too late for the motion, or without any, opens nothing") {
    Bench bench(CameraWord::Vetoes);
    bench.see(true);
    bench.pass(4s);
    bench.say("person");
    CHECK(bench.kinds().empty());
    bench.see(true);  // but this motion is the person's
    CHECK(bench.kinds() == "opened");
}

TEST_CASE("a camera that is not heard vetoes nothing") {
    Bench bench(CameraWord::Vetoes);
    bench.lookout.setHeard(false);
    bench.see(true);
    CHECK(bench.kinds() == "opened");
}

TEST_CASE("a camera's words take no more room than was meant for them") {
    CameraStates states(usualLabels());
    const Monotonic::time_point now{1h};
    for (int i = 0; i < 1000; ++i)
        states.take({WallTime{}, "person", "rule " + std::to_string(i), true, true, 0}, now);
    REQUIRE(states.seen());
    states.take({WallTime{}, "line", "one more", true, true, 0}, now);
    states.take({WallTime{}, "person", "", false, true, 0}, now);  // all that had no room for a name
    std::set<std::string> zones;
    for (int i = 0; i < 1000 && states.seen(); ++i) {
        const auto seen = *states.seen();
        zones.insert(seen.zone);
        states.take({WallTime{}, seen.label, seen.zone, false, true, 0}, now);
    }
    CHECK(zones.size() <= CameraStates::kMaxPlaces + 1);
    CHECK_FALSE(states.seen());
}

}  // namespace lookout_test
