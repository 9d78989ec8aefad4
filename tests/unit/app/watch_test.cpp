/// What cameras say of themselves, as causes of gaps; and the words of the command line.
#include "app/camera_watch.h"
#include "app/cli/arguments.h"
#include "support/catch.h"

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
    base::FakeClock clock;
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

TEST_CASE("options: flags, values, the nearest valid name, and what is missing") {
    const app::Arguments arguments({"porch", "-n", "3", "--timeout=2s", "--json"}, {"--json"},
                                   {"-n", "--timeout"});
    CHECK(arguments.words() == std::vector<std::string>{"porch"});
    CHECK(arguments.has("--json"));
    CHECK(arguments.number("-n", 5, 1, 100) == 3);
    CHECK(arguments.value("--timeout") == "2s");
    CHECK_THROWS_AS(arguments.number("-n", 5, 4, 100), app::UsageError);
    std::string said;
    try {
        const app::Arguments wrong({"--jsn"}, {"--json"}, {});
    } catch (const app::UsageError& error) {
        said = error.what();
    }
    CHECK(said.find("did you mean --json") != std::string::npos);
    CHECK_THROWS_AS(app::Arguments({"-n"}, {}, {"-n"}), app::UsageError);
    CHECK_THROWS_AS(arguments.expectWords(2, 2, "a name"), app::UsageError);
}

}  // namespace watch_test
