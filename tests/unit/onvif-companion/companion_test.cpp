/// The companion against each simulated camera: what it offers, detects, and does when it is told to.
#include "companion.h"

#include <future>
#include <thread>

#include "simulated_makers.h"
#include "support/catch.h"

namespace companion_test {

using namespace porchlight;
using namespace std::chrono_literals;
using onvif::OnvifCompanion;
using test::makers;

namespace {

constexpr auto kPatience = 10s;

CameraAbilities openAt(OnvifCompanion& companion, const std::string& maker) {
    return companion.open(makers().settingsOf(maker), Deadline::in(kPatience));
}

/// The first that fits. Throws std::runtime_error when none comes.
CameraDetection sought(OnvifCompanion& companion, const std::string& label, bool is_on) {
    const Deadline deadline = Deadline::in(20s);
    std::string others;
    while (!deadline.isPast())
        for (const CameraDetection& one : companion.watch(Deadline::in(5s))) {
            if (one.label == label && one.is_on == is_on) return one;
            others += " " + one.label + (one.is_on ? "+" : "-");
        }
    throw std::runtime_error("no " + label + (is_on ? " on" : " off") + ", but" + others);
}

CameraDetection awaited(OnvifCompanion& companion, const std::string& label, bool is_on) {
    INFO(label);
    try {
        return sought(companion, label, is_on);
    } catch (const std::runtime_error& error) {
        FAIL(error.what());
    }
    return {};
}

/// Tells the camera to detect all that it can, one after the other. -> what is wrong with what comes of it
std::string wrongOf(const std::string& maker) {
    OnvifCompanion companion;
    if (!openAt(companion, maker).is_detecting) return "";
    if (!companion.watch(Deadline::in(2s)).empty()) return "something was told before anything happened";
    const auto says = makers().control(maker)->getArray("says");
    for (std::size_t i = 0; i < says->size(); ++i) {
        const auto label = says->getElement<std::string>(static_cast<unsigned>(i));
        makers().control(maker, R"({"detect": ")" + label + R"(", "on": true})");
        const CameraDetection begun = sought(companion, label, true);
        if (std::chrono::abs(begun.at - onvif::Client::wallNow()) > 4s) return label + ": a wrong time";
        if (!begun.has_end) continue;
        makers().control(maker, R"({"detect": ")" + label + R"(", "on": false})");
        const CameraDetection over = sought(companion, label, false);
        if (over.place != begun.place || over.at < begun.at)
            return label + ": its end is not that of its begin";
    }
    return makers().control(maker)->getValue<int>("subscriptions") == 1 ? "" : "not one subscription";
}

CameraCommand command(CameraAction action, const std::string& token = "") {
    CameraCommand out;
    out.action = action;
    out.token = token;
    return out;
}

void perform(OnvifCompanion& companion, const CameraCommand& wanted) {
    companion.perform(wanted, Deadline::in(5s));
}

/// The last thing that the camera performed, as JSON.
std::string lastOf(const std::string& maker) {
    const auto performed = makers().control(maker)->getArray("performed");
    if (performed->empty()) return "";
    std::ostringstream text;
    performed->getArray(static_cast<unsigned>(performed->size() - 1))->stringify(text);
    return text.str();
}

int numberIn(const std::string& maker, const std::string& name) {
    return makers().control(maker)->getValue<int>(name);
}

std::string complaintsOf(const std::string& maker) {
    std::ostringstream text;
    makers().control(maker)->getArray("complaints")->stringify(text);
    return text.str();
}

ErrorKind kindOf(const std::function<void()>& call) {
    try {
        call();
    } catch (const Error& error) {
        CHECK(std::string(error.what()).find("secret") == std::string::npos);
        return error.kind();
    }
    FAIL("nothing was thrown");
    return ErrorKind::Internal;
}

/// How long `call` goes on after another thread has interrupted it.
milliseconds untilInterrupted(OnvifCompanion& companion, const std::function<void()>& call) {
    auto done = std::async(std::launch::async, [&] {
        try {
            call();
        } catch (const Error&) {
        }
        return Monotonic::now();
    });
    std::this_thread::sleep_for(300ms);
    CHECK(done.wait_for(0s) != std::future_status::ready);
    const auto begun = Monotonic::now();
    companion.interrupt();
    return std::chrono::duration_cast<milliseconds>(done.get() - begun);
}

}  // namespace

TEST_CASE("each maker's camera offers what it can, and takes one login") {
    for (const auto& [maker, address] : makers().addresses()) {
        INFO(maker);
        OnvifCompanion companion;
        const CameraAbilities abilities = openAt(companion, maker);
        const auto shape = makers().control(maker)->getObject("shape");
        CHECK(complaintsOf(maker) == "[]");
        CHECK(numberIn(maker, "refused_logins") == 0);
        CHECK(abilities.is_detecting == !shape->isNull("events"));
        CHECK(abilities.can(CameraAction::Move) == !shape->isNull("ptz"));
        CHECK(abilities.can(CameraAction::SetOutput) == !shape->isNull("outputs"));
        CHECK(abilities.can(CameraAction::SetInfrared) == !shape->isNull("imaging"));
        CHECK(abilities.can(CameraAction::Restart));
        CHECK(!abilities.description.empty());
        if (!shape->isNull("ptz"))
            CHECK(abilities.presets.size() == shape->getObject("ptz")->getObject("presets")->size());
        if (!shape->isNull("outputs"))
            CHECK(abilities.outputs.size() == shape->getObject("outputs")->getArray("tokens")->size());
    }
}

TEST_CASE("all that a camera can detect is told with its begin and its end, in each maker's words") {
    std::vector<std::pair<std::string, std::future<std::string>>> cameras;
    for (const auto& [maker, address] : makers().addresses())
        cameras.emplace_back(maker, std::async(std::launch::async, [name = maker]() -> std::string {
                                 try {
                                     return wrongOf(name);
                                 } catch (const std::exception& error) {
                                     return error.what();
                                 }
                             }));
    for (auto& [maker, wrong] : cameras) {
        INFO(maker);
        CHECK(wrong.get() == "");
        CHECK(complaintsOf(maker) == "[]");
        CHECK(numberIn(maker, "refused_logins") == 0);
    }
    OnvifCompanion silent;
    openAt(silent, "no-events");
    CHECK(kindOf([&] { silent.watch(Deadline::in(5s)); }) == ErrorKind::NotSupported);
}

TEST_CASE("what lasts when we come is told as begun now") {
    makers().control("token-only", R"({"detect": "person", "on": true})");
    OnvifCompanion companion;
    openAt(companion, "token-only");
    const CameraDetection one = awaited(companion, "person", true);
    CHECK(one.place == "MyFieldDetector1");
    makers().control("token-only", R"({"detect": "person", "on": false})");
    awaited(companion, "person", false);
}

TEST_CASE("subscriptions that end early are made again, and nothing is lost that lasts") {
    OnvifCompanion companion;
    openAt(companion, "short-lives");
    companion.watch(Deadline::in(4s));
    const int made = numberIn("short-lives", "subscriptions_made");
    const Deadline until = Deadline::in(14s);
    while (!until.isPast()) companion.watch(Deadline::in(5s));
    CHECK(numberIn("short-lives", "subscriptions_made") == made + 1);
    makers().control("short-lives", R"({"detect": "motion", "on": true})");
    awaited(companion, "motion", true);
    makers().control("short-lives", R"({"detect": "motion", "on": false})");
    awaited(companion, "motion", false);
}

TEST_CASE("a camera that answers at once with nothing is not asked without end") {
    OnvifCompanion companion;
    openAt(companion, "pull-at-once");
    companion.watch(Deadline::in(1s));
    const int before = numberIn("pull-at-once", "pulls");
    companion.watch(Deadline::in(5s));
    const int asked = numberIn("pull-at-once", "pulls") - before;
    CHECK(asked >= 1);
    CHECK(asked <= 6);
}

TEST_CASE("a camera with no subscription left says so, and has one when the other has left") {
    auto first = std::make_unique<OnvifCompanion>();
    openAt(*first, "few-subscriptions");
    first->watch(Deadline::in(2s));
    OnvifCompanion second;
    openAt(second, "few-subscriptions");
    CHECK(kindOf([&] { second.watch(Deadline::in(5s)); }) == ErrorKind::Unavailable);
    first->interrupt();  // an end that is hurried leaves as well
    first.reset();
    CHECK(numberIn("few-subscriptions", "subscriptions") == 0);
    second.watch(Deadline::in(2s));
    CHECK(numberIn("few-subscriptions", "subscriptions") == 1);
}

TEST_CASE("a camera that has started again is unavailable, and is watched when it is opened again") {
    OnvifCompanion companion;
    openAt(companion, "gsoap");
    companion.watch(Deadline::in(2s));
    makers().control("gsoap", R"({"detect": "motion", "on": true})");
    awaited(companion, "motion", true);
    makers().control("gsoap", R"({"away_s": 1.5})");
    CHECK(kindOf([&] {
              for (int i = 0; i < 8; ++i) companion.watch(Deadline::in(5s));
          }) == ErrorKind::Unavailable);
    std::this_thread::sleep_for(1600ms);
    openAt(companion, "gsoap");
    awaited(companion, "motion", true);  // told again: who watches may have forgotten
    makers().control("gsoap", R"({"detect": "motion", "on": false})");
    awaited(companion, "motion", false);
}

TEST_CASE("cameras move, stop, and know their presets") {
    OnvifCompanion companion;
    openAt(companion, "gsoap");
    CameraCommand move = command(CameraAction::Move);
    move.pan = -0.5F;
    move.tilt = 1;
    move.lasts = 1500ms;
    perform(companion, move);
    CHECK(lastOf("gsoap") == R"(["move",{"lasts_s":2,"pan":-0.5,"tilt":1,"zoom":0}])");
    CHECK(makers().control("gsoap")->getValue<bool>("is_moving"));
    perform(companion, command(CameraAction::Stop));
    CHECK_FALSE(makers().control("gsoap")->getValue<bool>("is_moving"));
    perform(companion, command(CameraAction::GoToPreset, "2"));
    CHECK(lastOf("gsoap") == R"(["go_to_preset",{"token":"2"}])");
    CameraCommand save = command(CameraAction::SavePreset);
    save.name = "Gate & <way>";
    perform(companion, save);
    const auto presets = openAt(companion, "gsoap").presets;
    REQUIRE(presets.size() == 3);
    CHECK(presets[2].name == "Gate & <way>");
    perform(companion, command(CameraAction::RemovePreset, presets[2].token));
    CHECK(openAt(companion, "gsoap").presets.size() == 2);
    perform(companion, command(CameraAction::GoHome));
    perform(companion, command(CameraAction::SetHome));
    CHECK(lastOf("gsoap") == R"(["set_home",{}])");
    CHECK(kindOf([&] { perform(companion, command(CameraAction::GoToPreset, "none")); }) ==
          ErrorKind::NotSupported);
    CHECK(complaintsOf("gsoap") == "[]");
}

TEST_CASE("speeds are in the camera's units, and what does not move is not told to") {
    OnvifCompanion zooming;
    openAt(zooming, "no-events");
    CameraCommand move = command(CameraAction::Move);
    move.zoom = -0.25F;
    move.lasts = 1s;
    perform(zooming, move);
    CHECK(lastOf("no-events") == R"(["move",{"lasts_s":1,"pan":0,"tilt":0,"zoom":-25}])");
    move.pan = 1;
    CHECK(kindOf([&] { perform(zooming, move); }) == ErrorKind::NotSupported);
    OnvifCompanion fixed;
    openAt(fixed, "no-sub");
    CHECK(kindOf([&] { perform(fixed, move); }) == ErrorKind::NotSupported);
}

TEST_CASE("a camera that takes no time to stop by itself is stopped") {
    OnvifCompanion companion;
    openAt(companion, "old");
    CameraCommand move = command(CameraAction::Move);
    move.pan = 1;
    move.lasts = 400ms;
    const auto begun = Monotonic::now();
    perform(companion, move);
    CHECK(Monotonic::now() - begun >= 400ms);
    CHECK(lastOf("old") == R"(["stop",{}])");
    move.lasts = 10s;  // more than the deadline allows
    companion.perform(move, Deadline::in(2s));
    CHECK(lastOf("old") == R"(["stop",{}])");
    CHECK(Monotonic::now() - begun < 4s);
}

TEST_CASE("outputs, infrared, keyframe, time and restart") {
    OnvifCompanion companion;
    const CameraAbilities abilities = openAt(companion, "one-preset");
    CHECK(abilities.infrared == "off");
    CameraCommand output = command(CameraAction::SetOutput, "out 1 & 2");
    output.is_on = true;
    perform(companion, output);
    CHECK(lastOf("one-preset") == R"(["output",{"is_on":true,"token":"out 1 & 2"}])");
    perform(companion, command(CameraAction::SetInfrared, "on"));
    CHECK(lastOf("one-preset") == R"(["cut_filter",{"value":"OFF"}])");
    CHECK(openAt(companion, "one-preset").infrared == "on");
    CHECK(kindOf([&] { perform(companion, command(CameraAction::SetInfrared, "auto")); }) ==
          ErrorKind::NotSupported);
    perform(companion, command(CameraAction::Keyframe));
    CHECK(lastOf("one-preset") == R"(["keyframe",{"profile":"main"}])");
    makers().control("one-preset", R"({"shape": {"clock_s": 5000}})");
    CHECK(openAt(companion, "one-preset").clock_ahead > 4990s);
    perform(companion, command(CameraAction::SetTime));
    CHECK(std::abs(makers().control("one-preset")->getValue<double>("clock_s")) < 2.5);
    perform(companion, command(CameraAction::Restart));
    CHECK(lastOf("one-preset") == R"(["restart",{}])");
    OnvifCompanion relays;
    openAt(relays, "token-only");
    output.token = "AlarmOut_0";
    perform(relays, output);
    CHECK(lastOf("token-only") == R"(["output",{"is_on":true,"token":"AlarmOut_0"}])");
    CHECK(complaintsOf("one-preset") == "[]");
}

TEST_CASE("what a camera does not take is told as that, and costs nothing else") {
    OnvifCompanion companion;
    openAt(companion, "hands-off");
    for (const CameraAction action :
         {CameraAction::Keyframe, CameraAction::SetTime, CameraAction::Restart, CameraAction::SetOutput,
          CameraAction::SetInfrared, CameraAction::Move, CameraAction::Stop, CameraAction::GoHome}) {
        INFO(nameOf(action));
        CHECK(kindOf([&] { perform(companion, command(action)); }) == ErrorKind::NotSupported);
    }
    companion.watch(Deadline::in(2s));
    CHECK(numberIn("hands-off", "refused_logins") == 0);
}

TEST_CASE("a wrong password is told once for each opening") {
    const int before = numberIn("pull-cuts", "refused_logins");
    OnvifCompanion companion;
    CHECK(kindOf([&] {
              companion.open(makers().settingsOf("pull-cuts", "wrong-secret"), Deadline::in(kPatience));
          }) == ErrorKind::Misconfigured);
    CHECK(numberIn("pull-cuts", "refused_logins") == before + 1);
}

TEST_CASE("no call outlives its deadline, and an interrupted one ends at once, for good") {
    OnvifCompanion watching;
    openAt(watching, "plain");
    const auto begun = Monotonic::now();
    watching.watch(Deadline::in(1s));
    CHECK(Monotonic::now() - begun < 1200ms);
    CHECK(untilInterrupted(watching, [&] { watching.watch(Deadline::in(10s)); }) < 100ms);
    CHECK(watching.watch(Deadline::in(10s)).empty());
    const test::SimulatedMakers& all = makers();
    all.control("slow", R"({"shape": {"delay_s": 5}})");
    OnvifCompanion opening;
    CHECK(untilInterrupted(opening, [&] { opening.open(all.settingsOf("slow"), Deadline::in(kPatience)); }) <
          100ms);
    OnvifCompanion late;
    const auto asked = Monotonic::now();
    CHECK(kindOf([&] { late.open(all.settingsOf("slow"), Deadline::in(500ms)); }) == ErrorKind::Unavailable);
    CHECK(Monotonic::now() - asked < 600ms);
    all.control("slow", R"({"shape": {"delay_s": 0.4}})");
}

}  // namespace companion_test
