#include "camera/unit/condition.h"

#include "support/catch.h"
#include "support/fake_clock.h"

namespace condition_test {

using namespace porchlight;
using namespace porchlight::camera;
using namespace std::chrono_literals;

TEST_CASE("the score falls by ten a failure, one failure a frame_timeout, and a good picture restores it") {
    test::FakeClock clock;
    const config::HealthConfig limits;
    Condition condition(limits);
    CHECK(condition.score() == 100);
    CHECK(condition.level() == std::string("excellent"));
    CHECK(condition.noteEvent(FaultKind::ConnectionError, "refused", clock.now()));
    CHECK(condition.score() == 90);
    for (int i = 0; i < 40; ++i) {  // a source that fails ten times a second is one failure
        clock.advance(100ms);
        condition.noteEvent(FaultKind::ConnectionError, "refused", clock.now());
    }
    CHECK(condition.consecutiveFailures() == 1);
    clock.advance(2s);
    condition.noteStillSilent("no picture", clock.now());
    CHECK(condition.consecutiveFailures() == 2);
    CHECK(condition.level() == std::string("good"));
    CHECK(condition.kind() == FaultKind::ConnectionError);
    for (int i = 0; i < 20; ++i) {
        clock.advance(5s);
        condition.noteStillSilent("no picture", clock.now());
    }
    CHECK(condition.score() == 0);
    CHECK(condition.level() == std::string("critical"));
    CHECK(condition.noteHealthy(clock.now()) == 22);
    CHECK(condition.score() == 100);
    CHECK(!condition.kind());
}

TEST_CASE("thresholds of the levels are the owner's") {
    test::FakeClock clock;
    config::HealthConfig limits;
    limits.thresholds = {100, 95, 85};
    Condition condition(limits);
    CHECK(condition.level() == std::string("excellent"));
    condition.noteEvent(FaultKind::Hung, "read", clock.now());
    CHECK(condition.level() == std::string("warning"));
}

TEST_CASE("kinds that take turns are told no more often than one that stays") {
    test::FakeClock clock;
    const config::HealthConfig limits;
    Condition condition(limits);
    int told = 0;
    for (int second = 0; second < 3600; ++second) {
        clock.advance(1s);
        told += condition.noteEvent(second % 2 == 0 ? FaultKind::WorkerDied : FaultKind::ConnectionError,
                                    "again", clock.now())
                    ? 1
                    : 0;
        if (second % 4 == 0) condition.noteHealthy(clock.now());
    }
    CHECK(told >= 60);           // it goes on being told ...
    CHECK(told <= 10 + 2 * 61);  // ... ten at once, then each kind once a minute
    CHECK(condition.faults().at(FaultKind::WorkerDied) == 1800);
}

TEST_CASE("an issue degrades and is counted where it begins; it neither scores nor climbs") {
    test::FakeClock clock;
    const config::HealthConfig limits;
    Condition condition(limits);
    CHECK(condition.noteFound(FaultKind::BlackPicture, "black", clock.now()));
    for (int i = 0; i < 1000; ++i) {
        clock.advance(100ms);
        CHECK(!condition.noteFound(FaultKind::BlackPicture, "black", clock.now()));
    }
    CHECK(condition.faults().at(FaultKind::BlackPicture) == 1);
    CHECK(!condition.isFailing());
    CHECK(condition.score() == 100);
    condition.clearIssue();
    CHECK(!condition.kind());
}

TEST_CASE("ten healthy minutes forget, nine do not") {
    test::FakeClock clock;
    const config::HealthConfig limits;
    Condition condition(limits);
    condition.noteEvent(FaultKind::Hung, "read", clock.now());
    clock.advance(1s);
    condition.noteHealthy(clock.now());
    clock.advance(9min);
    condition.noteHealthy(clock.now());
    CHECK(!condition.takeHealthyReset(clock.now()));
    CHECK(condition.failures() == 1);
    clock.advance(1min);
    CHECK(condition.takeHealthyReset(clock.now()));
    CHECK(condition.failures() == 0);
    CHECK(!condition.takeHealthyReset(clock.now()));
}

TEST_CASE("a person is called once an hour for each reason") {
    test::FakeClock clock;
    const config::HealthConfig limits;
    Condition condition(limits);
    int calls = 0;
    for (int minute = 0; minute < 180; ++minute) {
        clock.advance(1min);
        calls += condition.takeCritical(Call::GivenUp, clock.now()) ? 1 : 0;
    }
    CHECK(calls == 3);
    CHECK(condition.takeCritical(Call::Wedged, clock.now()));
}

TEST_CASE("a worker that gives its reasons in ever new words calls nobody more often") {
    test::FakeClock clock;
    const config::HealthConfig limits;
    Condition condition(limits);
    int calls = 0;
    for (int i = 0; i < 1000; ++i) {
        clock.advance(50ms);
        const FaultKind kind = i % 2 == 0 ? FaultKind::Misconfigured : FaultKind::NotSupported;
        condition.noteEvent(kind, "reason " + std::to_string(i), clock.now());
        calls += condition.takeCritical(Call::Owner, clock.now()) ? 1 : 0;
    }
    CHECK(calls == 2);  // one of each kind
}

TEST_CASE("every kind has a name of its own") {
    std::vector<std::string_view> names;
    for (const auto& facts : faultTable()) {
        CHECK(std::find(names.begin(), names.end(), facts.name) == names.end());
        names.push_back(facts.name);
    }
    CHECK(names.size() == kFaultKinds);
}

}  // namespace condition_test
