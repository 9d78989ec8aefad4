/// What the owner asks for: attempts that tell what was done, and what cannot be done and why.
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "misbehaving.h"
#include "support/catch.h"

namespace recovery_test {

using namespace porchlight;
using namespace porchlight::camera;
using namespace porchlight::camera::testing;
using namespace std::chrono_literals;

TEST_CASE("the owner's attempts tell their steps; what cannot be done is refused with the reason") {
    base::SystemClock clock;
    Noting listener;
    Fleet fleet({cameraOf("good")}, options(), clock, listener);
    fleet.start();
    REQUIRE(eventually([&] { return fleet.status("good")->state == State::Running; }));
    const int pid = fleet.status("good")->worker_pid;
    const auto respawn = fleet.recover("good", Rung::RespawnWorker, Deadline::in(20s));
    REQUIRE(respawn);
    CHECK(respawn->outcome == Outcome::Recovered);
    CHECK(respawn->origin == Origin::Manual);
    CHECK(respawn->duration > 0us);
    REQUIRE(respawn->steps.size() >= 3);
    CHECK(respawn->steps.front() == "worker " + std::to_string(pid) + " is killed");
    CHECK(respawn->steps.back() == "good pictures again");
    CHECK(fleet.status("good")->worker_pid != pid);
    CHECK(fleet.status("good")->score == 100);  // what the owner asks for is no failure
    const auto reset = fleet.recover("good", Rung::ResetDevice, Deadline::in(5s));
    REQUIRE(reset);
    CHECK(reset->outcome == Outcome::Refused);
    CHECK(!reset->steps.back().empty());
    CHECK(fleet.recover("good", Rung::OwnerAction, Deadline::in(5s))->steps.back() ==
          "no owner_action is configured");
    CHECK(!fleet.recover("nowhere", Rung::Retry, Deadline::in(5s)));
    fleet.stop();
}

TEST_CASE("a device that cannot be reset is told apart from one that was, and its camera runs again") {
    base::SystemClock clock;
    Noting listener;
    auto one = cameraOf("good");
    one.source.settings.set("device", "/dev/null");
    auto with = options();
    with.reset_program = DEVICE_RESET;
    SECTION("not a USB device") {
        Fleet fleet({one}, with, clock, listener);
        fleet.start();
        REQUIRE(eventually([&] { return fleet.status("good")->state == State::Running; }));
        const auto report = fleet.recover("good", Rung::ResetDevice, Deadline::in(20s));
        REQUIRE(report);
        CHECK(report->outcome == Outcome::Refused);
        CHECK(std::find(report->steps.begin(), report->steps.end(),
                        "exit code 2: /dev/null: not a USB device") != report->steps.end());
        CHECK(eventually([&] {
            return fleet.status("good")->worker_starts == 2 && fleet.status("good")->state == State::Running;
        }));
    }
    SECTION("a reset that works") {
        with.reset_program = "/bin/true";
        Fleet fleet({one}, with, clock, listener);
        fleet.start();
        REQUIRE(eventually([&] { return fleet.status("good")->state == State::Running; }));
        CHECK(fleet.recover("good", Rung::ResetDevice, Deadline::in(20s))->outcome == Outcome::Recovered);
    }
}

TEST_CASE("the owner's action runs once an hour, and only after it is remembered") {
    base::SystemClock clock;
    Noting listener;
    const auto folder =
        std::filesystem::temp_directory_path() / ("porchlight-action-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder);
    auto one = cameraOf("good");
    one.health.owner_action = {
        "/bin/sh", "-c", "echo \"$0\" >> " + (folder / "done").string() + "; echo switched", "porch light"};
    auto with = options();
    std::string journal;
    std::mutex mutex;
    with.save_owner_journal = [&](std::string text, std::function<void(bool)> done) {
        const std::lock_guard lock(mutex);
        CHECK(!std::filesystem::exists(folder / "done"));
        journal = std::move(text);
        done(true);
    };
    {
        Fleet fleet({one}, with, clock, listener);
        fleet.start();
        REQUIRE(eventually([&] { return fleet.status("good")->state == State::Running; }));
        const auto done = fleet.recover("good", Rung::OwnerAction, Deadline::in(20s));
        REQUIRE(done);
        CHECK(std::any_of(done->steps.begin(), done->steps.end(),
                          [](const std::string& step) { return step == "exit code 0: switched"; }));
        CHECK(done->outcome == Outcome::Recovered);
        CHECK(fleet.recover("good", Rung::OwnerAction, Deadline::in(5s))->outcome == Outcome::Refused);
        fleet.stop();
    }
    with.owner_journal = journal;
    Fleet fleet({one}, with, clock, listener);
    fleet.start();
    CHECK(fleet.recover("good", Rung::OwnerAction, Deadline::in(5s))->outcome == Outcome::Refused);
    fleet.stop();
    std::ifstream in(folder / "done");
    std::string line;
    std::getline(in, line);
    CHECK(line == "porch light");
    CHECK(!std::getline(in, line));
    std::filesystem::remove_all(folder);
}

}  // namespace recovery_test
