// What a camera is told to do: who waits for it, who is answered what.
#include "camera/command.h"

#include "base/budgets.h"
#include "camera/worker/command_desk.h"
#include "misbehaving.h"
#include "support/catch.h"
#include "support/fake_clock.h"

namespace command_test {

using namespace porchlight;
using namespace porchlight::camera;
using namespace porchlight::camera::testing;

namespace {

CameraCommand commandOf(CameraAction action) {
    CameraCommand out;
    out.action = action;
    out.pan = 1;
    out.lasts = 1s;
    out.token = "p1";
    return out;
}

ipc::Offer offerOf(std::initializer_list<CameraAction> actions) {
    ipc::Offer out;
    out.is_there = true;
    for (const auto action : actions) out.actions |= 1U << static_cast<unsigned>(action);
    return out;
}

struct Desk {
    std::optional<ipc::Command> tell(CameraAction action) {
        return desk.wait(
            commandOf(action), [this](CommandResult result) { answers.push_back(std::move(result)); }, now);
    }

    CommandDesk desk;
    std::vector<CommandResult> answers;
    Monotonic::time_point now{};
};

}  // namespace

TEST_CASE("actions go by their names, both ways") {
    for (const auto& name : namesOf(~0U)) CHECK(nameOf(*actionNamed(name)) == name);
    CHECK(namesOf(~0U).size() == 12);
    CHECK_FALSE(actionNamed(""));
    CHECK_FALSE(actionNamed("Move"));
    CHECK(namesOf(1U << static_cast<unsigned>(CameraAction::Stop)) == std::vector<std::string>{"stop"});
}

TEST_CASE("a command that cannot be is told by its field") {
    auto command = commandOf(CameraAction::Move);
    CHECK(wrongField(command).empty());
    command.tilt = std::numeric_limits<float>::quiet_NaN();
    CHECK(wrongField(command) == "tilt");
    command.tilt = 0;
    command.lasts = 10'001ms;
    CHECK(wrongField(command) == "lasts_ms");
    command = commandOf(CameraAction::SetInfrared);
    CHECK(wrongField(command) == "token");
}

TEST_CASE("only what is offered is sent; each command has one answer") {
    Desk one;
    CHECK_FALSE(one.tell(CameraAction::Move));
    REQUIRE(one.answers.size() == 1);
    CHECK(one.answers[0].outcome == CommandOutcome::NotOffered);
    one.desk.take(offerOf({CameraAction::Move, CameraAction::Stop}));
    CHECK_FALSE(one.tell(CameraAction::Restart));
    CHECK(one.answers[1].error == "the camera does not offer restart");
    const auto sent = one.tell(CameraAction::Move);
    REQUIRE(sent);
    CHECK(sent->lasts_us == 1'000'000);
    CHECK(one.answers.size() == 2);
    one.desk.take(ipc::CommandAnswer{sent->id, ""});
    one.desk.take(ipc::CommandAnswer{sent->id, "twice"});
    one.desk.take(ipc::CommandAnswer{77, "of nobody"});
    REQUIRE(one.answers.size() == 3);
    CHECK(one.answers[2].outcome == CommandOutcome::Done);
}

TEST_CASE("an output is shown as it was switched, since cameras do not tell") {
    Desk one;
    auto offer = offerOf({CameraAction::SetOutput, CameraAction::Restart});
    offer.outputs = {{"p1", "lamp", false}, {"p2", "gate", false}};
    one.desk.take(offer);
    const auto isOn = [&] {
        Status status;
        one.desk.describe(status);
        return status.offer->outputs.at(0).is_on;
    };
    auto command = commandOf(CameraAction::SetOutput);
    command.is_on = true;
    const auto sent = one.desk.wait(
        command, [](const CommandResult&) {}, one.now);
    REQUIRE(sent);
    CHECK_FALSE(isOn());
    one.desk.take(ipc::CommandAnswer{sent->id, ""});
    CHECK(isOn());
    one.desk.take(offer);  // told anew, for another reason
    CHECK(isOn());
    const auto restart = one.tell(CameraAction::Restart);
    one.desk.take(ipc::CommandAnswer{restart->id, ""});
    one.desk.take(offer);
    CHECK_FALSE(isOn());
}

TEST_CASE("so many wait and no more; to stop there is room") {
    Desk one;
    one.desk.take(offerOf({CameraAction::Move, CameraAction::Stop}));
    for (int i = 0; i < 4; ++i) CHECK(one.tell(CameraAction::Move));
    CHECK_FALSE(one.tell(CameraAction::Move));
    REQUIRE(one.answers.size() == 1);
    CHECK(one.answers[0].outcome == CommandOutcome::Busy);
    CHECK(one.tell(CameraAction::Stop));
    CHECK(one.tell(CameraAction::Stop));
    CHECK_FALSE(one.tell(CameraAction::Stop));
    one.now += budget::kCameraCommand - 1ms;
    one.desk.expire(one.now);
    CHECK(one.answers.size() == 2);
    one.now += 1ms;
    one.desk.expire(one.now);
    REQUIRE(one.answers.size() == 8);
    CHECK(one.answers.back().outcome == CommandOutcome::NoAnswer);
}

TEST_CASE("with the worker goes whoever waits, and what it offered is not there") {
    Desk one;
    one.desk.take(offerOf({CameraAction::Move}));
    CHECK(one.tell(CameraAction::Move));
    one.desk.endAll("its worker ended");
    REQUIRE(one.answers.size() == 1);
    CHECK(one.answers[0].outcome == CommandOutcome::NotThere);
    Status status;
    one.desk.describe(status);
    REQUIRE(status.offer);
    CHECK_FALSE(status.offer->is_there);
    CHECK(status.offer->problem == "its worker ended");
    CHECK_FALSE(one.tell(CameraAction::Move));
    CHECK(one.answers[1].error == "its worker ended");
}

TEST_CASE("a fleet passes commands to the camera's worker, and their answers back without secrets") {
    Noting listener;
    const base::SystemClock clock;
    Fleet fleet({cameraOf("obeys"), cameraOf("good")}, options(), clock, listener);
    fleet.start();
    REQUIRE(eventually([&] { return fleet.status("obeys")->offer != nullptr; }));
    CHECK(perform(fleet, "obeys", commandOf(CameraAction::Move))->outcome == CommandOutcome::Done);
    const auto refused = perform(fleet, "obeys", commandOf(CameraAction::GoToPreset));
    CHECK(refused->outcome == CommandOutcome::Refused);
    CHECK(refused->error.find("no place p1") != std::string::npos);
    CHECK(refused->error.find("geheim") == std::string::npos);
    CHECK(perform(fleet, "obeys", commandOf(CameraAction::SetTime))->outcome == CommandOutcome::NotOffered);
    CHECK(perform(fleet, "good", commandOf(CameraAction::Move))->outcome == CommandOutcome::NotOffered);
    CHECK_FALSE(perform(fleet, "none", commandOf(CameraAction::Move)));

    SECTION("one that never answers holds up nobody for longer than 6 s") {
        const auto before = Monotonic::now();
        CHECK(perform(fleet, "obeys", commandOf(CameraAction::GoHome))->outcome == CommandOutcome::NoAnswer);
        CHECK(Monotonic::now() - before < 7s);
    }
    SECTION("who waits is told when the camera is switched off") {
        std::optional<CommandResult> told;
        std::mutex mutex;
        REQUIRE(fleet.command("obeys", commandOf(CameraAction::GoHome), [&](CommandResult result) {
            const std::lock_guard lock(mutex);
            told = std::move(result);
        }));
        fleet.setEnabled("obeys", false, "ada");
        REQUIRE(eventually([&] {
            const std::lock_guard lock(mutex);
            return told.has_value();
        }));
        CHECK(told->outcome == CommandOutcome::NotThere);
        CHECK_FALSE(fleet.status("obeys")->offer->is_there);
        CHECK(perform(fleet, "obeys", commandOf(CameraAction::Move))->error == "the camera is disabled");
    }
    SECTION("who begins to watch has a keyframe asked for, many at once have one") {
        const auto keyframes = [&] { return fleet.status("obeys")->offer->description; };
        {
            const auto first = fleet.live().watch("obeys");
            REQUIRE(eventually([&] { return keyframes() == "1 keyframes"; }));
        }
        const auto second = fleet.live().watch("obeys");
        std::this_thread::sleep_for(600ms);
        CHECK(keyframes() == "1 keyframes");
    }
    fleet.stop();
}

TEST_CASE("a camera that gives no pictures is told to restart where its owner allows it, once an hour") {
    Noting listener;
    const base::SystemClock clock;
    auto camera = cameraOf("needs-restart");
    camera.health.recovery_cooldown = 1s;
    camera.health.may_restart_camera = true;
    auto with = options();
    std::string journal;
    with.save_owner_journal = [&](std::string text, std::function<void(bool)> done) {
        journal = std::move(text);
        done(true);
    };
    SECTION("by the ladder") {
        Fleet fleet({camera}, with, clock, listener);
        fleet.start();
        const auto restart = [&]() -> std::optional<RecoveryReport> {
            for (const auto& report : listener.all())
                if (report.rung == Rung::ResetDevice) return report;
            return std::nullopt;
        };
        REQUIRE(eventually([&] { return restart().has_value(); }, 60s));
        fleet.stop();
        CHECK(restart()->outcome == Outcome::Recovered);
        REQUIRE(restart()->steps.size() >= 3);
        CHECK(restart()->steps[1] == "the camera is told to restart");
        CHECK(restart()->steps[2] == "it restarts");
        CHECK(journal.starts_with("restart needs-restart "));
    }
    SECTION("not again within the hour, nor without a word of the owner") {
        with.owner_journal = "restart needs-restart " +
                             std::to_string(clock.wallNow().time_since_epoch().count() - 60'000'000) + "\n";
        auto other = camera;
        other.health.may_restart_camera = false;
        const bool is_allowed = GENERATE(true, false);
        Fleet fleet({is_allowed ? camera : other}, with, clock, listener);
        fleet.start();
        REQUIRE(eventually([&] { return fleet.status("needs-restart")->offer != nullptr; }));
        const auto report = fleet.recover("needs-restart", Rung::ResetDevice, Deadline::in(5s));
        fleet.stop();
        REQUIRE(report);
        CHECK(report->outcome == Outcome::Refused);
        CHECK(report->steps.back().find(is_allowed ? "once an hour is the limit"
                                                   : "health.camera_restart is off") != std::string::npos);
    }
}

}  // namespace command_test
