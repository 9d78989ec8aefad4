#include "camera/unit/recovery_plan.h"

#include <random>

#include "camera/owner_desk.h"
#include "support/catch.h"
#include "support/fake_clock.h"

namespace recovery_plan_test {

using namespace porchlight;
using namespace porchlight::camera;
using namespace std::chrono_literals;

namespace {

config::HealthConfig limits() {
    return {};
}  // the defaults of the contract: 3, 5, 30 s, 10

/// A camera that fails for ever, with no obstacle but rung 5 (off by default).
RecoveryHistory failing(std::uint32_t failures) {
    RecoveryHistory out;
    out.is_failing = true;
    out.consecutive_failures = out.failures = failures;
    out.obstacles[4] = "no owner_action is configured";
    out.reboot_obstacle = "off";
    return out;
}

/// Plays the ladder forward second by second, as a unit would.
struct Run {
    config::HealthConfig health = limits();
    RecoveryHistory history = failing(0);
    test::FakeClock clock;
    std::vector<std::pair<Monotonic::time_point, Rung>> attempts;
    std::vector<Monotonic::time_point> reboots;
    std::vector<std::string> texts;

    void second() {
        clock.advance(1s);
        const auto decision = planRecovery(history, health, clock.now());
        texts.push_back(decision.reason);
        if (decision.step != Step::Attempt && decision.step != Step::Reboot) return;
        ++history.attempts;
        history.last_attempt_at = clock.now();
        history.rung = std::max(history.rung, decision.rung);
        if (decision.step == Step::Reboot)
            reboots.push_back(clock.now());
        else
            attempts.emplace_back(clock.now(), decision.rung);
    }
};

}  // namespace

TEST_CASE("nothing is done for a healthy camera, and nothing before the third failure") {
    const test::FakeClock clock;
    CHECK(planRecovery({}, limits(), clock.now()).step == Step::Wait);
    for (std::uint32_t failures = 0; failures < 3; ++failures)
        CHECK(planRecovery(failing(failures), limits(), clock.now()).step == Step::Wait);
    const auto decision = planRecovery(failing(3), limits(), clock.now());
    CHECK(decision.step == Step::Attempt);
    CHECK(decision.rung == Rung::Retry);
}

TEST_CASE("the ladder climbs rung by rung, one a cooldown, and rests after five attempts") {
    Run run;
    run.history.consecutive_failures = run.history.failures = 3;
    for (int i = 0; i < 3600; ++i) run.second();
    REQUIRE(run.attempts.size() > 6);
    const Rung expected[] = {Rung::Retry, Rung::RestartStream, Rung::RespawnWorker, Rung::ResetDevice,
                             Rung::ResetDevice};
    for (std::size_t i = 0; i < 5; ++i) CHECK(run.attempts[i].second == expected[i]);
    for (std::size_t i = 1; i < 5; ++i) CHECK(run.attempts[i].first - run.attempts[i - 1].first == 30s);
    for (std::size_t i = 5; i < run.attempts.size(); ++i) {
        CHECK(run.attempts[i].first - run.attempts[i - 1].first == 300s);
        CHECK(run.attempts[i].second == Rung::ResetDevice);
    }
    CHECK(run.reboots.empty());
    CHECK(run.texts.back().find("gave up") != std::string::npos);
}

TEST_CASE(
    "a rung with an obstacle is skipped, told why, and at the top the highest possible one is repeated") {
    auto history = failing(3);
    history.obstacles[3] = "not a local device";
    history.rung = Rung::RespawnWorker;
    history.attempts = 3;
    const test::FakeClock clock;
    const auto decision = planRecovery(history, limits(), clock.now());
    CHECK(decision.rung == Rung::RespawnWorker);
    REQUIRE(decision.skipped.size() == 2);
    CHECK(decision.skipped[0] == "reset_device skipped: not a local device");
    CHECK(decision.skipped[1] == "owner_action skipped: no owner_action is configured");
    history.obstacles[4].clear();
    CHECK(planRecovery(history, limits(), clock.now()).rung == Rung::OwnerAction);
}

TEST_CASE("what only the owner can change is not climbed for") {
    auto history = failing(50);
    history.is_for_owner = true;
    const test::FakeClock clock;
    CHECK(planRecovery(history, limits(), clock.now()).step == Step::Rest);
}

TEST_CASE("while an attempt runs nothing else begins") {
    auto history = failing(50);
    history.is_attempt_running = true;
    CHECK(planRecovery(history, limits(), test::FakeClock().now()).step == Step::Wait);
}

TEST_CASE("a camera that flaps climbs as well, later") {
    auto history = failing(1);
    history.failures = 8;
    CHECK(planRecovery(history, limits(), test::FakeClock().now()).step == Step::Wait);
    history.failures = 9;
    CHECK(planRecovery(history, limits(), test::FakeClock().now()).step == Step::Attempt);
}

TEST_CASE("the machine is restarted only when the owner wants it, after ten failures and five attempts") {
    auto history = failing(10);
    auto health = limits();
    const test::FakeClock clock;
    history.attempts = 5;
    history.last_attempt_at = clock.now();
    history.reboot_obstacle.clear();
    CHECK(planRecovery(history, health, clock.now()).step == Step::Rest);
    health.may_reboot = true;
    CHECK(planRecovery(history, health, clock.now()).step == Step::Reboot);
    history.consecutive_failures = 9;
    CHECK(planRecovery(history, health, clock.now()).step == Step::Rest);
    history.consecutive_failures = 10;
    history.attempts = 4;
    CHECK(planRecovery(history, health, clock.now()).step != Step::Reboot);
    history.attempts = 5;
    history.reboot_obstacle = "three in 24 hours did not help: a person is needed";
    const auto decision = planRecovery(history, health, clock.now());
    CHECK(decision.step == Step::Rest);
    CHECK(decision.reason.find("a person is needed") != std::string::npos);
}

TEST_CASE("a wedged camera reaches the reboot without attempts") {
    auto history = failing(10);
    auto health = limits();
    health.may_reboot = true;
    history.reboot_obstacle.clear();
    for (auto& obstacle : history.obstacles) obstacle = "only a reboot helps";
    CHECK(planRecovery(history, health, test::FakeClock().now()).step == Step::Reboot);
}

TEST_CASE(
    "whatever happens: never two attempts within a cooldown, no rung skipped without an obstacle, no reboot "
    "loop") {
    for (unsigned seed = 1; seed <= 60; ++seed) {
        std::mt19937 chance(seed);
        Run run;
        run.health.may_reboot = true;
        std::string journal;
        OwnerDesk desk(
            "",
            [&](std::string text, std::function<void(bool)> done) {
                journal = std::move(text);
                done(true);
            },
            run.clock.wallNow());
        std::vector<WallTime> reboots;
        for (int i = 0; i < 40'000; ++i) {
            if (chance() % 40 == 0) {  // the weather changes
                run.history.is_failing = chance() % 4 != 0;
                run.history.consecutive_failures =
                    run.history.is_failing ? static_cast<std::uint32_t>(chance() % 20) : 0;
                run.history.failures = run.history.consecutive_failures;
                for (auto& obstacle : run.history.obstacles) obstacle = chance() % 3 == 0 ? "not now" : "";
            }
            run.history.reboot_obstacle = desk.rebootObstacle(run.clock.wallNow());
            const auto before = run.history;
            const auto attempts = run.attempts.size();
            const auto asked = run.reboots.size();
            run.second();
            if (run.reboots.size() > asked) {
                desk.noteReboot(run.clock.wallNow());
                reboots.push_back(run.clock.wallNow());
                // The machine comes back with nothing but the journal, and perhaps with a wrong clock.
                desk = OwnerDesk(
                    journal,
                    [&](std::string text, std::function<void(bool)> done) {
                        journal = std::move(text);
                        done(true);
                    },
                    run.clock.wallNow());
                run.history = failing(20);
            }
            if (run.attempts.size() == attempts) continue;
            const auto [at, rung] = run.attempts.back();
            REQUIRE(before.is_failing);
            if (before.last_attempt_at) REQUIRE(at - *before.last_attempt_at >= run.health.recovery_cooldown);
            REQUIRE(before.obstacles[static_cast<std::size_t>(rung) - 1].empty());
            for (int lower = static_cast<int>(before.rung) + 1;
                 lower < static_cast<int>(rung) && before.attempts < run.health.max_recovery_attempts;
                 ++lower)
                REQUIRE(!before.obstacles[static_cast<std::size_t>(lower) - 1].empty());
        }
        for (std::size_t i = 1; i < reboots.size(); ++i) REQUIRE(reboots[i] - reboots[i - 1] >= 1h);
        for (std::size_t i = 3; i < reboots.size(); ++i) REQUIRE(reboots[i] - reboots[i - 3] >= 24h);
    }
}

TEST_CASE(
    "the owner's desk remembers across restarts, distrusts the clock, and does nothing that it cannot "
    "remember") {
    test::FakeClock clock;
    std::string journal;
    const auto save = [&](std::string text, std::function<void(bool)> done) {
        journal = std::move(text);
        done(true);
    };
    OwnerDesk desk("", save, clock.wallNow());
    CHECK(desk.actionObstacle("porch", clock.wallNow()).empty());
    CHECK(*desk.noteAction("porch", clock.wallNow()) == Ticket::Saved);
    clock.advance(59min);
    OwnerDesk again(journal, save, clock.wallNow());
    CHECK(again.actionObstacle("porch", clock.wallNow()).find("once an hour") != std::string::npos);
    CHECK(again.actionObstacle("drive", clock.wallNow()).empty());
    clock.advance(2min);
    CHECK(again.actionObstacle("porch", clock.wallNow()).empty());

    // The clock was a year ahead when it was noted: it delays by an hour, not by a year.
    OwnerDesk ahead("reboot " + std::to_string((clock.wallNow() + 8760h).time_since_epoch().count()) +
                        "\nrubbish\naction porch x\n",
                    save, clock.wallNow());
    CHECK(!ahead.rebootObstacle(clock.wallNow()).empty());
    CHECK(ahead.rebootObstacle(clock.wallNow() + 61min).empty());
    CHECK(ahead.actionObstacle("porch", clock.wallNow()).empty());

    OwnerDesk forgetful("", {}, clock.wallNow());
    CHECK(!forgetful.rebootObstacle(clock.wallNow()).empty());
    OwnerDesk broken(
        "", [](const std::string&, const std::function<void(bool)>& done) { done(false); }, clock.wallNow());
    CHECK(*broken.noteReboot(clock.wallNow()) == Ticket::Failed);
}

}  // namespace recovery_plan_test
