/// The core against workers that misbehave: each is found out, ended, replaced, and called by its name.
#include <signal.h>
#include <sys/ptrace.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "camera/discretion.h"
#include "camera/fault_kind.h"
#include "dead_file_system.h"
#include "misbehaving.h"
#include "support/catch.h"
#include "support/environment.h"
#include "support/skip.h"

namespace supervision_test {

using namespace porchlight;
using namespace porchlight::camera;
using namespace porchlight::camera::testing;
using namespace porchlight::test;
using namespace std::chrono_literals;

namespace {

/// Our children in that state ('Z': ended, and nobody has reaped it), of that name unless it is empty.
int children(char state, const std::string& name = "") {
    int count = 0;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        if (entry.path().filename().string().find_first_not_of("0123456789") != std::string::npos) continue;
        std::ifstream in(entry.path() / "stat");
        std::string text{std::istreambuf_iterator<char>(in), {}};
        const auto end = text.rfind(')');
        if (end == std::string::npos) continue;
        std::istringstream rest(text.substr(end + 1));
        char is = 0;
        int parent = 0;
        rest >> is >> parent;
        if (is == state && parent == ::getpid() &&
            (name.empty() || text.find("(" + name + ")") != std::string::npos))
            ++count;
    }
    return count;
}

char processState(int pid) {
    std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
    std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto end = text.rfind(')');
    return end == std::string::npos || end + 2 >= text.size() ? '?' : text[end + 2];
}

}  // namespace

TEST_CASE(
    "garbage, floods, stopped and deaf workers are ended, replaced and named; the others do not notice") {
    base::SystemClock clock;
    Noting listener;
    auto good = cameraOf("good");
    good.health.frame_timeout = 5s;
    // More bytes than any camera sends: gate_test.cpp, which needs no machine that can.
    const std::vector<std::pair<const char*, const char*>> rows{{"babbles", "worker_garbage"},
                                                                {"floods", "worker_flood"},
                                                                {"is-stopped", "heartbeat_missing"},
                                                                {"reads-for-ever", "hung"},
                                                                {"dies-at-once", "worker_died"}};
    std::vector<config::CameraConfig> cameras{good};
    for (const auto& row : rows) cameras.push_back(cameraOf(row.first));
    Fleet fleet(cameras, options(), clock, listener);
    fleet.start();
    REQUIRE(eventually([&] { return fleet.status("good")->state == State::Running; }));
    const int good_pid = fleet.status("good")->worker_pid;
    for (const auto& [name, kind] : rows) {
        INFO(name);
        CHECK(eventually([&] { return faultsOf(fleet, name, kind) >= 2; }));
        CHECK(listener.hasKind(name, kind));
        CHECK(fleet.status(name)->worker_starts >= 2);
    }
    CHECK(fleet.status("good")->worker_pid == good_pid);
    CHECK(fleet.status("good")->score == 100);
    CHECK(fleet.status("good")->faults.empty());
    const auto reports = listener.all();
    CHECK(std::all_of(reports.begin(), reports.end(), [](const RecoveryReport& report) {
        return !report.steps.empty() && report.rung != Rung::None && report.outcome != Outcome::Running;
    }));
    CHECK(std::any_of(reports.begin(), reports.end(), [](const RecoveryReport& report) {
        return report.camera == "is-stopped" && report.rung == Rung::RespawnWorker &&
               report.origin == Origin::Automatic;
    }));
    fleet.stop();
}

TEST_CASE(
    "a worker that lies is ended and named; what was believed of it is within bounds, and the others do not "
    "notice") {
    base::SystemClock clock;
    Noting listener;
    auto liar = cameraOf("lies");
    liar.detect.is_enabled = true;
    Fleet fleet({cameraOf("good"), liar}, options(), clock, listener);
    fleet.start();
    REQUIRE(eventually([&] { return fleet.status("good")->state == State::Running; }));
    const int good_pid = fleet.status("good")->worker_pid;
    CHECK(eventually([&] { return faultsOf(fleet, "lies", "worker_garbage") >= 2; }));
    CHECK(fleet.status("lies")->source.size() <= 300);
    CHECK(fleet.status("good")->worker_pid == good_pid);
    CHECK(fleet.status("good")->faults.empty());
    fleet.stop();
    REQUIRE(!listener.detections.empty());
    for (const auto& detection : listener.detections) {
        CHECK(detection.detection.zone.size() <= 64);
        CHECK(detection.detection.regions.size() <= 16);
        CHECK(detection.thumbnail.empty());
    }
    REQUIRE(listener.fragments.size() >= 9);
    CHECK(listener.fragments.size() % 9 ==
          0);  // the tenth of each worker, which lies a century ahead, reached nobody
}

TEST_CASE(
    "a fork server that says nothing holds up no camera and not the supervisor; its workers start by "
    "themselves, all at once") {
    base::SystemClock clock;
    Noting listener;
    const test::EnvironmentValue silent("PORCHLIGHT_TEST_SILENT_SERVER", "1");
    std::vector<config::CameraConfig> cameras;
    for (int i = 0; i < 6; ++i) cameras.push_back(cameraOf("good" + std::to_string(i)));
    Fleet fleet(cameras, options(), clock, listener);
    const auto began_at = Monotonic::now();
    fleet.start();
    std::this_thread::sleep_for(3s);
    CHECK(listener.ticks >= 10);
    CHECK(eventually(
        [&] {
            const auto all = fleet.statuses();
            return std::all_of(all.begin(), all.end(),
                               [](const Status& status) { return status.state == State::Running; });
        },
        40s));
    // One patience with the server (15 s) for all of them, where each waited for its own turn.
    CHECK(Monotonic::now() - began_at < 30s);
    for (const auto& status : fleet.statuses()) CHECK(status.faults.empty());
    fleet.stop();
}

TEST_CASE("helpers that are cut short, workers and fork servers leave no zombies") {
    const auto earlier =
        children('Z');  // of cases before: what is killed as a fleet goes is the end of the process's
    base::SystemClock clock;
    Noting listener;
    auto one = cameraOf("good");
    one.health.owner_action = {"/bin/sleep", "60"};
    auto with = options();
    with.save_owner_journal = [](const std::string&, const std::function<void(bool)>& done) { done(true); };
    Fleet fleet({one, cameraOf("dies-at-once")}, with, clock, listener);
    fleet.start();
    REQUIRE(eventually([&] { return fleet.status("good")->state == State::Running; }));
    fleet.recover("good", Rung::OwnerAction, Deadline::in(100ms));
    REQUIRE(eventually([] { return children('S', "sleep") == 1; }));
    fleet.recover("good", Rung::Retry, Deadline::in(100ms));  // takes the place of the action that runs
    CHECK(eventually([&] { return faultsOf(fleet, "dies-at-once", "worker_died") >= 2; }));
    CHECK(eventually([&] { return children('S', "sleep") == 0 && children('Z') <= earlier; }, 20s));
    fleet.stop();
}

TEST_CASE(
    "a worker that does not read its commands is replaced; one that never answers holds up nobody who asks "
    "for a picture") {
    base::SystemClock clock;
    Noting listener;
    Fleet fleet({cameraOf("is-deaf"), cameraOf("never-answers")}, options(), clock, listener);
    fleet.start();
    REQUIRE(eventually([&] { return fleet.status("never-answers")->state == State::Running; }));
    std::atomic<int> refused{0};
    std::atomic<int> answered{0};
    for (int i = 0; i < 80; ++i)
        fleet.askStill("never-answers", [&](StillResult result) {
            if (result.error == "too many pictures are asked for at once") ++refused;
            if (result.error == "the worker did not answer") ++answered;
        });
    CHECK(eventually([&] { return refused == 16; }, 5s));
    CHECK(eventually([&] { return answered == 64; }, 20s));
    CHECK(eventually([&] { return faultsOf(fleet, "is-deaf", "heartbeat_missing") >= 1; }));
    fleet.stop();
}

TEST_CASE(
    "a refused password rests, calls a person, and is not climbed for; invented kinds are capture failures") {
    base::SystemClock clock;
    Noting listener;
    auto refused = cameraOf("refuses");
    refused.health.max_consecutive_failures = 1;
    refused.health.recovery_cooldown = 1s;
    Fleet fleet({refused, cameraOf("makes-up-kinds")}, options(), clock, listener);
    fleet.start();
    REQUIRE(eventually([&] {
        return fleet.status("refuses")->kind == "auth_refused" &&
               fleet.status("refuses")->state == State::Offline;
    }));
    CHECK(fleet.status("refuses")->reason == "the camera refuses this password");
    REQUIRE(eventually([&] { return faultsOf(fleet, "makes-up-kinds", "capture_failure") == 200; }));
    CHECK(fleet.status("makes-up-kinds")->faults.size() == 1);
    CHECK(fleet.status("makes-up-kinds")->consecutive_failures <= 2);
    std::this_thread::sleep_for(2s);
    CHECK(fleet.status("refuses")->worker_starts == 1);
    for (const auto& report : listener.all()) CHECK(report.camera != "refuses");
    fleet.stop();
}

TEST_CASE(
    "each cause has its own name: all that only the owner can put right was called auth_refused, a file that "
    "is over nothing") {
    base::SystemClock clock;
    Noting listener;
    auto broken = cameraOf("is-broken");
    broken.problem = "porch.yaml:3:1: source is needed";
    Fleet fleet({cameraOf("refuses"), cameraOf("is-misset"), cameraOf("is-elsewhere"), cameraOf("is-foreign"),
                 cameraOf("is-over"), broken},
                options(), clock, listener);
    fleet.start();
    const std::pair<const char*, const char*> wanted[] = {
        {"refuses", "auth_refused"},     {"is-misset", "misconfigured"}, {"is-elsewhere", "not_found"},
        {"is-foreign", "not_supported"}, {"is-over", "ended"},           {"is-broken", "misconfigured"}};
    for (const auto& [name, kind] : wanted) {
        INFO(name);
        CHECK(eventually(
            [&] { return fleet.status(name)->kind == kind && fleet.status(name)->state == State::Offline; }));
        CHECK(fleet.status(name)->faults.at(kind) == 1);
        const Status shown = forViewers(*fleet.status(name));
        CHECK(shown.reason == factsOf(kind)->words);
    }
    CHECK(fleet.status("is-broken")->score < 100);
    fleet.stop();
}

TEST_CASE(
    "a worker that cannot be killed is left behind; stopping takes no longer, and its device is not opened "
    "again") {
    base::SystemClock clock;
    Noting listener;
    DeadFileSystem dead;
    NEED_DEAD_FILE_SYSTEM(dead)
    const test::EnvironmentValue wedge("PORCHLIGHT_TEST_WEDGE", dead.file());
    auto good = cameraOf("good");
    good.health.frame_timeout = 5s;
    Fleet fleet({good, cameraOf("is-wedged")}, options(), clock, listener);
    fleet.start();
    REQUIRE(eventually([&] { return fleet.status("is-wedged")->state == State::Wedged; }));
    const int pid = fleet.status("is-wedged")->worker_pid;
    CHECK(processState(pid) == 'D');
    CHECK(fleet.status("is-wedged")->reason.find("only a reboot helps") != std::string::npos);
    std::this_thread::sleep_for(3s);
    CHECK(fleet.status("is-wedged")->worker_starts == 1);
    CHECK(fleet.status("is-wedged")->worker_pid == pid);
    CHECK(fleet.recover("is-wedged", Rung::RespawnWorker, Deadline::in(5s))->outcome == Outcome::Refused);
    CHECK(fleet.status("good")->state == State::Running);

    SECTION("stopping does not wait for it") {
        const auto began_at = Monotonic::now();
        fleet.stop();
        CHECK(Monotonic::now() - began_at < 6s);
        CHECK(processState(pid) == 'D');
    }
    SECTION("when the driver lets go, the camera is opened again") {
        dead.release();
        CHECK(eventually([&] { return fleet.status("is-wedged")->worker_starts >= 2; }));
        fleet.stop();
    }
}

TEST_CASE(
    "a killed worker that only takes its time to end is not called wedged, and is replaced when it has") {
    base::SystemClock clock;
    Noting listener;
    Fleet fleet({cameraOf("good")}, options(), clock, listener);
    fleet.start();
    REQUIRE(eventually([&] { return fleet.status("good")->state == State::Running; }));
    const int pid = fleet.status("good")->worker_pid;
    // It stops on its way out, as one does that gets no processor: killed, there, and not asleep in a driver.
    if (::ptrace(PTRACE_SEIZE, pid, nullptr, reinterpret_cast<void*>(PTRACE_O_TRACEEXIT)) != 0) {
        test::tellSkipped("may not trace processes here");
        return;
    }
    fleet.recover("good", Rung::RespawnWorker, Deadline::in(3s));
    CHECK(processState(pid) == 't');
    CHECK(fleet.status("good")->worker_pid == pid);
    CHECK(fleet.status("good")->state != State::Wedged);
    REQUIRE(::ptrace(PTRACE_DETACH, pid, nullptr, nullptr) == 0);
    CHECK(eventually([&] {
        return fleet.status("good")->worker_starts >= 2 && fleet.status("good")->state == State::Running;
    }));
    fleet.stop();
}

TEST_CASE("a supervisor that is held up blames no camera") {
    base::SystemClock clock;
    Noting listener;
    auto one = cameraOf("good");
    one.health.frame_timeout = 1s;
    auto with = options();
    std::atomic<bool> holds{false};
    with.store_age = [&] {  // called each round, before the cameras are judged
        if (holds.exchange(false)) std::this_thread::sleep_for(6s);
        return microseconds(0);
    };
    Fleet fleet({one}, with, clock, listener);
    fleet.start();
    REQUIRE(eventually([&] { return fleet.status("good")->state == State::Running; }));
    const int pid = fleet.status("good")->worker_pid;
    holds = true;
    std::this_thread::sleep_for(9s);
    CHECK(fleet.status("good")->worker_pid == pid);
    CHECK(fleet.status("good")->faults.empty());
    CHECK(fleet.status("good")->state == State::Running);
    fleet.stop();
}

}  // namespace supervision_test
