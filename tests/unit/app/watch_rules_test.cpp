/// What is remembered of cameras, rule by rule: samples, incidents, conditions, and databases that say not
/// now.
#include "app/camera_watch.h"
#include "base/text.h"
#include "base/wall_times.h"
#include "support/catch.h"
#include "support/fake_clock.h"
#include "support/folder.h"

namespace watch_rules_test {

using namespace porchlight;
using namespace std::chrono_literals;
using ledger::GapCause;

namespace {

/// **Owns** a database that may be busy, and the watch that writes to it.
struct Memory {
    Memory() {
        for (const char* name : {"porch", "yard"}) store.ensureCamera(name, name);
        status.name = "porch";
        status.state = camera::State::Running;
        status.worker_starts = 1;
    }
    void see() {
        watch.see(status);
        clock.advance(100ms);  // ten a second
    }
    void become(camera::State state, const std::string& kind = {}, std::uint32_t failures = 0) {
        status.state = state;
        status.kind = kind;
        status.consecutive_failures = failures;
        status.score = 100 - 10 * static_cast<int>(failures);
        see();
    }
    std::vector<store::HealthRow> samples(const std::string& camera = "porch") {
        return store.health.between(camera, {}, kEndOfTime, 1000);
    }
    std::vector<store::IncidentRow> incidents(const std::string& camera = "porch") {
        return store.incidents.between(camera, {}, kEndOfTime, 100);
    }

    test::Folder folder;
    store::Store store{folder / "porchlight.db"};
    test::FakeClock clock;
    camera::Status status;
    bool is_busy = false;
    std::vector<std::pair<std::string, ledger::CameraCondition>> conditions;
    app::CameraWatch watch{clock,
                           {[this](const std::string& camera, const ledger::CameraCondition& condition) {
                                conditions.emplace_back(camera, condition);
                            },
                            [this](const app::CameraWatch::Statements& statements) {
                                if (!is_busy) statements(store);
                                return !is_busy;
                            }}};
};

}  // namespace

TEST_CASE("a camera that never changes costs a sample each quarter of an hour: 96 a day") {
    Memory memory;
    memory.store.atomically([&] {
        for (int minute = 0; minute < 24 * 60; ++minute) {
            memory.see();
            memory.clock.advance(1min - 100ms);
        }
    });
    CHECK(memory.samples().size() == 96);
    CHECK(memory.incidents().empty());
    CHECK(memory.conditions.size() == 1);
}

TEST_CASE("a sample is written when state, score or kind changed, and for no other reason") {
    Memory memory;
    memory.see();
    memory.status.reason = "another reason";
    memory.status.rate_hz = 7;
    memory.status.viewers = 3;
    memory.see();
    CHECK(memory.samples().size() == 1);
    memory.status.score = 90;
    memory.see();
    CHECK(memory.samples().size() == 2);
    memory.status.kind = "low_rate";
    memory.see();
    CHECK(memory.samples().size() == 3);
    memory.status.state = camera::State::Degraded;
    memory.see();
    const auto samples = memory.samples();
    REQUIRE(samples.size() == 4);
    CHECK(samples[0].state == "degraded");
    CHECK(samples[0].score == 90);
    CHECK(samples[0].issue == "low_rate");
    CHECK(samples[0].detail == "another reason");
    CHECK(samples[0].at > samples[1].at);
}

TEST_CASE("what a flapping camera has spent comes back in five minutes each, and never beyond thirty") {
    Memory memory;
    const auto flap = [&](int times) {
        const auto before = memory.samples().size();
        for (int i = 0; i < times; ++i)
            memory.become(i % 2 == 0 ? camera::State::Degraded : camera::State::Running, "low_rate");
        return memory.samples().size() - before;
    };
    CHECK(flap(50) == 31);  // the first of all is free
    memory.clock.advance(10min);
    CHECK(flap(50) == 2);
    memory.clock.advance(24h);
    CHECK(flap(50) == 31);  // one that was due, and thirty
}

TEST_CASE("two cameras share nothing: samples, incidents and conditions are each one's own") {
    Memory memory;
    memory.become(camera::State::Offline, "hung", 2);
    memory.status.name = "yard";
    memory.become(camera::State::Running);
    CHECK(memory.samples("porch").size() == 1);
    CHECK(memory.samples("yard").size() == 1);
    CHECK(memory.incidents("porch").size() == 1);
    CHECK(memory.incidents("yard").empty());
    REQUIRE(memory.conditions.size() == 2);
    CHECK(memory.conditions[1].first == "yard");
}

TEST_CASE(
    "an incident that becomes another one is the same incident under its new name, never less critical") {
    Memory memory;
    memory.become(camera::State::Degraded, "frame_timeout", 1);
    memory.become(camera::State::Offline, "auth_refused", 2);
    memory.become(camera::State::Offline, "connection_error", 5);
    memory.become(camera::State::Offline, "connection_error", 9);  // more of the same is written at the end
    auto incidents = memory.incidents();
    REQUIRE(incidents.size() == 1);
    CHECK(incidents[0].issue == "connection_error");
    CHECK(incidents[0].kind == "critical");
    CHECK_FALSE(incidents[0].ended_at);
    memory.become(camera::State::Running);
    incidents = memory.incidents();
    CHECK(incidents[0].ended_at);
    CHECK(incidents[0].failures == 9);
}

TEST_CASE("failures of one incident are not counted again in the next") {
    Memory memory;
    memory.become(camera::State::Offline, "hung", 7);
    memory.become(camera::State::Running);
    memory.clock.advance(10min);  // long enough to be another one
    memory.become(camera::State::Degraded, "low_rate", 1);
    memory.become(camera::State::Running);
    const auto incidents = memory.incidents();
    REQUIRE(incidents.size() == 2);
    CHECK(incidents[0].failures == 1);
    CHECK(incidents[1].failures == 7);
}

TEST_CASE("a camera that was switched off has no incident, whatever it had before") {
    Memory memory;
    memory.become(camera::State::Offline, "hung", 3);
    memory.status.reason = "disabled by ada";
    memory.become(camera::State::Disabled);
    REQUIRE(memory.incidents().size() == 1);
    CHECK(memory.incidents()[0].ended_at);
    REQUIRE(memory.conditions.size() == 2);
    CHECK(memory.conditions[1].second.cause == GapCause::Disabled);
    CHECK(memory.conditions[1].second.detail == "by ada");
}

TEST_CASE("failures of a camera that still runs begin an incident; its end keeps what a crash left of it") {
    Memory memory;
    memory.store.incidents.note({"porch", memory.clock.wallNow() - 60s, {}, "issue", "hung", "", 4});
    memory.become(camera::State::Running);
    auto incidents = memory.incidents();
    REQUIRE(incidents.size() == 1);
    CHECK(incidents[0].ended_at);
    CHECK(incidents[0].failures == 4);  // the core that counted them is gone, the number is not
    memory.clock.advance(10min);
    memory.become(camera::State::Running, "connection_error", 1);
    CHECK(memory.incidents().size() == 2);
}

TEST_CASE("what a busy database did not take is written when it does: sample, incident and its end") {
    Memory memory;
    memory.is_busy = true;
    for (int i = 0; i < 5; ++i) memory.become(camera::State::Offline, "hung", 3);
    CHECK(memory.samples().empty());
    CHECK(memory.incidents().empty());
    CHECK(memory.conditions.size() == 1);  // the ledger is no database of its own
    memory.is_busy = false;
    memory.see();
    CHECK(memory.samples().size() == 1);
    CHECK(memory.incidents().size() == 1);
    memory.is_busy = true;
    memory.become(camera::State::Running);
    CHECK_FALSE(memory.incidents()[0].ended_at);
    memory.is_busy = false;
    memory.see();
    CHECK(memory.incidents()[0].ended_at);
    CHECK(memory.incidents()[0].failures == 3);
    CHECK(memory.samples().size() == 2);
}

TEST_CASE("a long reason is cut between characters, not within one") {
    Memory memory;
    std::string reason(299, 'x');
    for (int i = 0; i < 20; ++i) reason += "\xc3\xbc";  // ü
    memory.status.reason = reason;
    memory.become(camera::State::Offline, "", 1);
    memory.status.worker_starts = 0;
    memory.see();
    REQUIRE(memory.samples().size() == 1);
    REQUIRE(memory.incidents().size() == 1);
    REQUIRE(memory.conditions.size() == 2);
    for (const std::string& detail :
         {memory.samples()[0].detail, memory.incidents()[0].detail, memory.conditions[0].second.detail,
          memory.conditions[1].second.detail}) {
        CHECK(detail == std::string(299, 'x'));
        CHECK(base::firstUnprintable(detail) == std::string::npos);
    }
}

TEST_CASE("whether motion is looked for is a part of the condition, beside the cause") {
    Memory memory;
    memory.become(camera::State::Running);
    memory.status.is_detect_on = true;
    memory.see();
    memory.see();
    REQUIRE(memory.conditions.size() == 2);
    CHECK_FALSE(memory.conditions[0].second.is_detect_on);
    CHECK(memory.conditions[1].second.is_detect_on);
    CHECK_FALSE(memory.conditions[1].second.cause);
}

}  // namespace watch_rules_test
