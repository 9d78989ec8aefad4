/// What cameras say of themselves: causes of gaps, samples, incidents.
#include "app/camera_watch.h"

#include <set>

#include "base/wall_times.h"
#include "camera/fault_kind.h"
#include "support/catch.h"
#include "support/fake_clock.h"
#include "support/folder.h"

namespace watch_test {

using namespace porchlight;
using ledger::GapCause;

namespace {

camera::Status statusOf(camera::State state, const std::string& kind, const std::string& reason = {}) {
    camera::Status status;
    status.name = "porch";
    status.state = state;
    status.kind = kind;
    status.reason = reason;
    status.worker_starts = 1;
    return status;
}

}  // namespace

TEST_CASE("states and kinds of fault are causes of gaps; faults in which footage flows are none") {
    using camera::State;
    CHECK(app::conditionOf(statusOf(State::Running, "")).cause == std::nullopt);
    CHECK(app::conditionOf(statusOf(State::Degraded, "black_picture")).cause == std::nullopt);
    CHECK(app::conditionOf(statusOf(State::Degraded, "low_rate")).cause == std::nullopt);
    CHECK(app::conditionOf(statusOf(State::Degraded, "frozen_picture")).cause == GapCause::FrozenPicture);
    CHECK(app::conditionOf(statusOf(State::Running, "connection_error")).cause == GapCause::ConnectionLost);
    CHECK(app::conditionOf(statusOf(State::Offline, "auth_refused")).cause == GapCause::AuthRefused);
    CHECK(app::conditionOf(statusOf(State::Offline, "misconfigured", "setting input: no input 7")).cause ==
          GapCause::Misconfigured);
    CHECK(app::conditionOf(statusOf(State::Offline, "misconfigured", "setting input: no input 7"))
              .detail.empty());
    CHECK(app::conditionOf(statusOf(State::Offline, "not_found")).cause == GapCause::NotFound);
    CHECK(app::conditionOf(statusOf(State::Offline, "not_supported")).cause == GapCause::NotSupported);
    CHECK(app::conditionOf(statusOf(State::Offline, "ended")).cause == GapCause::Ended);
    CHECK(app::conditionOf(statusOf(State::Offline, "hung")).cause == GapCause::WorkerRestart);
    CHECK(app::conditionOf(statusOf(State::Offline, "something_new")).cause == GapCause::CaptureFailure);
    CHECK(app::conditionOf(statusOf(State::Wedged, "hung")).cause == GapCause::Wedged);
    CHECK(app::conditionOf(statusOf(State::Starting, "")).cause == GapCause::Starting);
    const auto disabled = app::conditionOf(statusOf(State::Disabled, "", "disabled by ada"));
    CHECK(disabled.cause == GapCause::Disabled);
    CHECK(disabled.detail == "by ada");
    auto broken = statusOf(State::Offline, "misconfigured", "porch.yaml:3:1: source is needed");
    broken.worker_starts = 0;
    CHECK(app::conditionOf(broken).cause == GapCause::Misconfigured);
    CHECK(app::conditionOf(broken).detail == "porch.yaml:3:1: source is needed");
}

TEST_CASE("a row that could not be posted is posted later, and a critical incident stays critical") {
    test::FakeClock clock;
    bool is_open = false;
    int posted = 0;
    app::CameraWatch watch(clock, {[](const std::string&, const ledger::CameraCondition&) {},
                                   [&](app::CameraWatch::Statements) {
                                       posted += is_open ? 1 : 0;
                                       return is_open;
                                   }});
    auto status = statusOf(camera::State::Degraded, "connection_error");
    status.consecutive_failures = 1;
    watch.see(status);
    CHECK(posted == 0);
    is_open = true;
    watch.see(status);
    CHECK(posted == 2);  // the sample and the incident
    clock.advance(seconds(60));
    watch.see(status);
    CHECK(posted == 2);  // nothing changed
    clock.advance(std::chrono::minutes(15));
    watch.see(status);
    CHECK(posted == 3);
}

namespace {

/// **Owns** a database, and the watch that writes to it.
struct History {
    History() { store.ensureCamera("porch", "Porch"); }
    void see(camera::State state, const std::string& kind, std::uint32_t failures,
             const std::string& reason = {}) {
        auto status = statusOf(state, kind, reason);
        status.consecutive_failures = failures;
        status.score = 100 - 10 * static_cast<int>(failures);
        watch.see(status);
        clock.advance(seconds(10));
    }
    std::vector<store::IncidentRow> incidents() {
        return store.incidents.between("porch", {}, kEndOfTime, 100);
    }
    std::vector<store::HealthRow> samples() { return store.health.between("porch", {}, kEndOfTime, 100); }

    test::Folder folder;
    store::Store store{folder / "porchlight.db"};
    test::FakeClock clock;
    std::vector<ledger::CameraCondition> conditions;
    app::CameraWatch watch{clock,
                           {[this](const std::string&, const ledger::CameraCondition& condition) {
                                conditions.push_back(condition);
                            },
                            [this](const app::CameraWatch::Statements& statements) {
                                statements(store);
                                return true;
                            }}};
};

}  // namespace

TEST_CASE("an incident runs from the first trouble to the next good picture, with the most failures it had") {
    History history;
    history.see(camera::State::Running, "", 0);
    CHECK(history.incidents().empty());
    history.see(camera::State::Degraded, "frame_timeout", 1, "no picture for 10 s");
    const WallTime began_at = history.clock.wallNow() - seconds(10);
    history.see(camera::State::Offline, "frame_timeout", 4);
    history.see(camera::State::Starting, "", 0);  // not well yet
    REQUIRE(history.incidents().size() == 1);
    CHECK_FALSE(history.incidents()[0].ended_at.has_value());
    history.see(camera::State::Running, "", 0);
    const auto over = history.incidents().at(0);
    CHECK(over.started_at == began_at);
    CHECK(over.ended_at == history.clock.wallNow() - seconds(10));
    CHECK(over.kind == "issue");
    CHECK(over.issue == "frame_timeout");
    CHECK(over.detail == "no picture for 10 s");
    CHECK(over.failures == 4);
}

TEST_CASE("what only the owner can mend is critical from its first moment") {
    struct Row {
        camera::State state;
        const char* kind;
        bool is_critical;
    };
    const Row rows[] = {
        {camera::State::Offline, "auth_refused", true},
        {camera::State::Offline, "not_found", true},
        {camera::State::Offline, "misconfigured", true},
        {camera::State::Wedged, "hung", true},
        {camera::State::Offline, "hung", false},
        {camera::State::Degraded, "low_rate", false},
        {camera::State::Offline, "connection_error", false},
    };
    for (const Row& row : rows) {
        INFO(row.kind);
        History history;
        history.see(row.state, row.kind, 1);
        REQUIRE(history.incidents().size() == 1);
        CHECK(history.incidents()[0].kind == (row.is_critical ? "critical" : "issue"));
    }
}

TEST_CASE("an incident that a crash left open is ended by the first good status after it") {
    History history;
    history.store.incidents.note(
        {"porch", history.clock.wallNow() - seconds(60), {}, "issue", "hung", "", 2});
    history.see(camera::State::Running, "", 0);
    REQUIRE(history.incidents().size() == 1);
    CHECK(history.incidents()[0].ended_at.has_value());
}

TEST_CASE("a camera that flaps spends its thirty samples and earns one in five minutes") {
    History history;
    for (int i = 0; i < 40; ++i)
        history.see(camera::State::Degraded, i % 2 ? "low_rate" : "frame_timeout", 1);
    // The first one, thirty more, and one that 400 s earned.
    CHECK(history.samples().size() == 32);
}

TEST_CASE("a condition is told when it changes and not before") {
    History history;
    for (int i = 0; i < 5; ++i) history.see(camera::State::Running, "", 0);
    history.see(camera::State::Offline, "hung", 1);
    history.see(camera::State::Offline, "worker_died", 2);  // the same cause to the ledger
    REQUIRE(history.conditions.size() == 2);
    CHECK(history.conditions[0].cause == std::nullopt);
    CHECK(history.conditions[1].cause == GapCause::WorkerRestart);
}

TEST_CASE(
    "every kind of fault is a cause or none by intention: a new kind is no capture failure by accident") {
    const std::set<std::string_view> failures{"buffer_error", "capture_failure", "unplayable"};
    for (const auto& facts : camera::faultTable()) {
        INFO(facts.name);
        const auto condition = app::conditionOf(statusOf(camera::State::Degraded, std::string(facts.name)));
        CHECK((condition.cause == GapCause::CaptureFailure) == failures.contains(facts.name));
    }
}

}  // namespace watch_test
