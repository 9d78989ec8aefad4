// One unit with real workers, under a clock that is turned by hand.
#include "camera/unit/unit.h"

#include <functional>

#include "dead_file_system.h"
#include "listener.h"
#include "proof_says.h"
#include "support/catch.h"
#include "support/fake_clock.h"

namespace unit_test {

using namespace porchlight;
using namespace porchlight::camera;
using namespace porchlight::test;
using testing::ProofSays;
using namespace std::chrono_literals;

namespace {

class Reports final : public testing::DeafListener {
  public:
    void onRecovery(const RecoveryReport& report) override { all.push_back(report); }
    void onStateChange(const StateChange& change) override { states.push_back(change.state); }
    void onCameraDetected(const std::string&, const CameraDetection& said) override {
        detected.push_back(said.label + " at " + said.place);
    }
    void onCameraHeard(const std::string&, bool is_heard) override { heard.push_back(is_heard); }
    void onCameraSilent(const std::string&) override { ++silences; }

    std::vector<RecoveryReport> all;
    std::vector<State> states;
    std::vector<std::string> detected;
    std::vector<bool> heard;
    int silences = 0;
};

config::CameraConfig cameraOf(const std::string& name) {
    config::CameraConfig out;
    out.name = out.title = name;
    out.source.plugin = "testpattern";
    out.detect.is_enabled = false;
    out.detect.detector = {};
    out.detect.camera_word = event::CameraWord::Opens;
    out.health.frame_timeout = 60s;  // nothing here is about pictures that do not come
    return out;
}

FleetOptions options() {
    FleetOptions out;
    out.program = BAD_WORKER;
    return out;
}

/// A unit and what the supervisor does for it.
struct Driven {
    explicit Driven(const std::string& name)
        : unit(cameraOf(name), with, fork_server, owner_desk, proof_turn, clock, listener, live,
               clock.now()) {}

    /// A round of the supervisor, which waits for the worker's next words 300 ms at most.
    void round(microseconds span) {
        clock.advance(span);
        pollfd wanted = unit.wanted();
        ::poll(&wanted, 1, wanted.fd < 0 ? 10 : 300);
        fork_server.tick();
        unit.lookForStart();
        unit.onEvents(wanted.revents);
        unit.tick();
    }

    /// So much time passes on the clock; the worker is heard in each second of it.
    void pass(microseconds span) {
        for (microseconds passed{0}; passed < span; passed += 1s) round(1s);
    }

    bool eventually(const std::function<bool()>& claim) {
        const auto deadline = Deadline::in(60s);
        while (!claim() && !deadline.isPast()) round(100ms);
        return claim();
    }

    /// Whether it is the same worker still, and was not killed.
    bool isLeftAlone(int pid) { return unit.status().worker_pid == pid && unit.wanted().fd >= 0; }

    test::FakeClock clock;
    FleetOptions with = options();
    ForkServer fork_server{with.program, {}};
    OwnerDesk owner_desk{"", {}, clock.wallNow()};
    ProofTurn proof_turn;
    Reports listener;
    LiveHub live;
    Unit unit;
};

}  // namespace

TEST_CASE("a restart of the stream never comes over an attempt that is under way") {
    Driven one("good");
    REQUIRE(one.eventually([&] { return one.unit.status().state == State::Running; }));
    const auto first = std::to_string(one.unit.status().worker_pid);
    std::vector<RecoveryReport> told;
    one.unit.recover(Rung::RespawnWorker, [&](const RecoveryReport& report) { told.push_back(report); });
    REQUIRE(one.eventually([&] {
        if (told.empty()) one.unit.restartStream();
        return !told.empty();
    }));
    const auto second = std::to_string(one.unit.status().worker_pid);
    CHECK(told.front().rung == Rung::RespawnWorker);
    CHECK(told.front().outcome == Outcome::Recovered);
    CHECK(told.front().steps == std::vector<std::string>{"worker " + first + " is killed",
                                                         "worker ended: killed by signal 9 (Killed)",
                                                         "worker " + second + " started",
                                                         "good pictures again"});
    CHECK(one.listener.all.size() == 1);
    CHECK(one.unit.status().rung == "none");
    one.unit.restartStream();  // and when none is, it is one itself
    CHECK(one.unit.status().rung == "restart_stream");
}

TEST_CASE("a camera that says it was tampered with is degraded until it says the end; nothing is restarted") {
    Driven one("complains");
    REQUIRE(one.eventually([&] { return one.unit.status().kind == "tampered"; }));
    const Status told = one.unit.status();
    CHECK(told.state == State::Degraded);
    CHECK(told.reason == "the camera says that it was tampered with (gate)");
    CHECK(told.action == "watching");
    CHECK(told.consecutive_failures == 0);
    CHECK(told.score == 100);
    REQUIRE(one.eventually([&] { return one.unit.status().state == State::Running; }));
    CHECK(one.unit.status().kind.empty());
    CHECK(one.unit.status().faults.at("tampered") == 1);
    CHECK(one.isLeftAlone(told.worker_pid));
    CHECK(one.listener.all.empty());
    CHECK(one.listener.detected == std::vector<std::string>{"person at gate"});
    CHECK(one.listener.heard == std::vector<bool>{true});
    one.unit.setEnabled(false, "anna");
    REQUIRE(one.eventually([&] { return one.listener.heard.size() == 2; }));
    CHECK_FALSE(one.listener.heard.back());
    CHECK(one.listener.silences == 1);
}

TEST_CASE("a worker that does not read its commands is given three times as long on a slow host") {
    Driven one("is-deaf");
    REQUIRE(one.eventually([&] { return one.unit.status().state == State::Running; }));
    const int pid = one.unit.status().worker_pid;
    SECTION("5 s are enough where nothing else is slow") {
        one.pass(4s);
        CHECK(one.isLeftAlone(pid));
        one.pass(2s);
        CHECK(!one.isLeftAlone(pid));
    }
    SECTION("15 s where everything is") {
        one.unit.setHostSlow(true);
        one.pass(12s);
        CHECK(one.isLeftAlone(pid));
        one.pass(4s);
        CHECK(!one.isLeftAlone(pid));
    }
}

TEST_CASE("a killed worker that sleeps in the kernel is given three times as long on a slow host") {
    DeadFileSystem dead;
    NEED_DEAD_FILE_SYSTEM(dead)
    const EnvironmentValue wedge("PORCHLIGHT_TEST_WEDGE", dead.file());
    Driven one("is-wedged");
    REQUIRE(one.eventually([&] { return dead.isAsked(); }));
    const bool is_slow = GENERATE(false, true);
    one.unit.setHostSlow(is_slow);
    one.unit.killUnstopped();
    one.round(0s);
    one.pass(2s);
    CHECK((one.unit.status().state == State::Wedged) == !is_slow);
    one.pass(2s);
    CHECK(one.unit.status().state == State::Wedged);
    dead.release();
    CHECK(one.eventually([&] { return one.unit.status().worker_starts == 2; }));
}

TEST_CASE("a worker that hangs in the driver while its camera pauses is told, and holds up nobody") {
    DeadFileSystem dead;
    NEED_DEAD_FILE_SYSTEM(dead)
    const EnvironmentValue wedge("PORCHLIGHT_TEST_WEDGE", dead.file());
    Driven one("is-wedged");
    REQUIRE(one.eventually([&] { return dead.isAsked(); }));
    std::vector<std::string> answers;
    const auto answer = [&](const StillResult& still) { answers.push_back(still.error); };
    one.unit.requestStill(1, answer);
    const bool is_off = GENERATE(false, true);
    if (is_off)
        one.unit.setEnabled(false, "anna");
    else
        one.unit.setRecordMode(config::RecordMode::Off,
                               "anna");  // takes a worker that is told so at its start
    one.unit.requestStill(2, answer);
    REQUIRE(answers.size() == 1);
    CHECK(answers[0] == (is_off ? "the camera is disabled" : "its worker is being replaced"));
    one.pass(2s);
    one.pass(3s);  // killed after 2 s, and a second later it still sleeps
    const auto status = one.unit.status();
    CHECK(status.state == (is_off ? State::Disabled : State::Wedged));
    CHECK((is_off ? status.action : status.reason) ==
          "its worker hangs in the driver and cannot be killed: only a reboot helps");
    std::vector<RecoveryReport> told;
    one.unit.recover(Rung::Retry, [&](const RecoveryReport& report) { told.push_back(report); });
    REQUIRE(told.size() == 1);
    CHECK(told[0].outcome == Outcome::Refused);
    CHECK(told[0].steps.back() ==
          (is_off ? "the camera is disabled" : "its worker hangs in the driver and cannot be killed"));
    one.pass(9s);
    REQUIRE(answers.size() == 2);
    CHECK(answers[1] == "the worker did not answer");
    dead.release();
    if (is_off)
        CHECK(one.eventually([&] { return one.unit.status().worker_pid == 0; }));
    else
        CHECK(one.eventually([&] { return one.unit.status().worker_starts == 2; }));
}

TEST_CASE("a camera whose footage does not play is not shown as running again before it does") {
    const ProofSays reader(ipc::kProofDoesNotPlay, "it has no picture");
    Driven one("delivers");
    REQUIRE(one.eventually([&] { return one.unit.status().kind == "unplayable"; }));
    const Status told = one.unit.status();
    CHECK(told.state == State::Degraded);
    CHECK(told.score < 100);
    CHECK(told.reason == "what is recorded does not play: it has no picture");
    CHECK(told.played_age.count() < 0);
    one.listener.states.clear();
    one.pass(12s);  // pictures come all the time, and it is read again
    CHECK(one.unit.status().kind == "unplayable");
    CHECK(std::count(one.listener.states.begin(), one.listener.states.end(), State::Running) == 0);

    reader.set(ipc::kProofPlays, "h264");
    one.pass(11s);  // until it is read again
    CHECK(one.eventually([&] { return one.unit.status().state == State::Running; }));
    CHECK(one.unit.status().kind.empty());
    CHECK(one.unit.status().played_age.count() >= 0);
}

TEST_CASE("a reader that fails once says nothing about the camera") {
    const ProofSays reader(ipc::kProofCannotLook, "no memory");
    Driven one("delivers");
    REQUIRE(one.eventually([&] { return one.proof_turn.is_taken; }));
    REQUIRE(one.eventually([&] { return !one.proof_turn.is_taken; }));
    one.pass(3s);
    CHECK(one.unit.status().state == State::Running);
    CHECK(one.unit.status().score == 100);
    CHECK(one.unit.status().played_age.count() < 0);
}

TEST_CASE("a camera that pauses gives the reader's turn back, and its old verdict counts no more") {
    const ProofSays reader(ipc::kProofDoesNotPlay, "it has no picture");
    Driven one("delivers");
    REQUIRE(one.eventually([&] { return one.unit.status().kind == "unplayable"; }));
    for (int i = 0; i < 30 && !one.proof_turn.is_taken; ++i) one.round(1s);  // it is read again
    REQUIRE(one.proof_turn.is_taken);
    one.unit.setEnabled(false, "ada");
    CHECK_FALSE(one.proof_turn.is_taken);
    reader.set(ipc::kProofPlays, "h264");
    one.unit.setEnabled(true, "ada");
    CHECK(one.eventually([&] { return one.unit.status().state == State::Running; }));
    CHECK(one.unit.status().kind.empty());
}

}  // namespace unit_test
