#include "worker/companion/companion_desk.h"

#include "companion/scripted_companion.h"
#include "support/catch.h"
#include "support/eventually.h"
#include "worker_bench.h"

namespace companion_desk_test {

using namespace porchlight;
using namespace porchlight::test;
using worker::CompanionPatience;
using worker::planRest;

namespace {

constexpr std::uint32_t bit(CameraAction action) {
    return 1U << static_cast<std::uint32_t>(action);
}

ipc::Command commandOf(std::uint64_t id, CameraAction action) {
    ipc::Command command;
    command.id = id;
    command.action = action;
    return command;
}

CameraDetection motion(bool is_on) {
    CameraDetection detection;
    detection.at = std::chrono::time_point_cast<microseconds>(std::chrono::system_clock::now());
    detection.label = "motion";
    detection.is_on = is_on;
    return detection;
}

/// A desk with short rests, its camera, and what it puts into its outbox.
class DeskBench {
  public:
    explicit DeskBench(bool is_watching = true) {
        camera.abilities.actions = bit(CameraAction::Move) | bit(CameraAction::Stop) |
                                   bit(CameraAction::Keyframe) | bit(CameraAction::SavePreset);
        camera.abilities.is_detecting = true;
        camera.abilities.description = "Maker One";
        setup.wants_camera_detections = is_watching;
        patience.first_rest = milliseconds(20);
        patience.longest_rest = milliseconds(80);
        patience.watch = milliseconds(50);
        patience.confirm = milliseconds(200);
        auto [ours, theirs] = ipc::Channel::socketPair();
        core_.emplace(std::move(ours), std::size_t{1} << 20U);
        worker_.emplace(std::move(theirs), std::size_t{1} << 20U);
    }
    ~DeskBench() {
        camera.hangs = false;
        desk.reset();
    }

    void start() {
        desk.emplace([this] { return std::make_unique<ScriptedCompanion>(camera); }, setup, outbox_, clock_,
                     patience);
    }

    /// The next message of that type; nothing when none comes within `span`.
    template <class T>
    std::optional<T> next(milliseconds span = milliseconds(3'000)) {
        for (const Deadline deadline = Deadline::in(span); !deadline.isPast();) {
            outbox_.pump(*worker_);
            while (const auto message = core_->receive())
                if (const auto* wanted = std::get_if<T>(&*message)) return *wanted;
            std::this_thread::sleep_for(milliseconds(2));
        }
        return std::nullopt;
    }
    template <class T>
    T await() {
        auto message = next<T>();
        if (!message) throw std::runtime_error(std::string("no message came of ") + typeid(T).name());
        return *message;
    }

    ScriptedCamera camera;
    ipc::Setup setup;
    CompanionPatience patience;
    std::optional<worker::CompanionDesk> desk;

  private:
    base::Waker waker_;
    worker::Progress progress_;
    worker::Outbox outbox_{waker_, progress_};
    base::SystemClock clock_;
    std::optional<ipc::Channel> core_;
    std::optional<ipc::Channel> worker_;
};

}  // namespace

TEST_CASE("rests double up to a minute; what only the owner can help rests an hour", "[companion]") {
    const CompanionPatience patience;
    CHECK(planRest(patience, ErrorKind::Unavailable, 0) == seconds(1));
    CHECK(planRest(patience, ErrorKind::Unavailable, 3) == seconds(8));
    CHECK(planRest(patience, ErrorKind::Internal, 6) == seconds(60));
    CHECK(planRest(patience, ErrorKind::Unavailable, 1'000'000) == seconds(60));
    CHECK(planRest(patience, ErrorKind::Misconfigured, 0) == seconds(3'600));
    CHECK(planRest(patience, ErrorKind::NotSupported, 9) == seconds(3'600));
}

TEST_CASE("what the camera offers is told once, and again when it changed, went and came back",
          "[companion]") {
    DeskBench bench;
    bench.start();
    const auto first = bench.await<ipc::Offer>();
    CHECK(first.is_there);
    CHECK(first.is_detecting);
    CHECK(first.description == "Maker One");
    bench.camera.change([](ScriptedCamera& c) { c.open_error = c.watch_error = ErrorKind::Unavailable; });
    const auto troubled = bench.await<ipc::Offer>();
    CHECK(troubled.is_there);
    CHECK(troubled.problem == "watch: subscription lost");
    const auto gone = bench.await<ipc::Offer>();
    CHECK_FALSE(gone.is_there);
    CHECK(gone.problem == "ask the camera: no");
    CHECK(gone.description == "Maker One");
    CHECK_FALSE(bench.next<ipc::Offer>(milliseconds(300)));  // once, however often it is tried
    CHECK(bench.camera.opens > 3);
    bench.camera.change([](ScriptedCamera& c) {
        c.open_error = c.watch_error = std::nullopt;
        c.abilities.presets = {{"1", "gate", false}};
    });
    const auto back = bench.await<ipc::Offer>();
    CHECK(back.is_there);
    CHECK(back.presets.size() == 1);
}

TEST_CASE("a clock that moves a little is no news", "[companion]") {
    ipc::Offer a;
    ipc::Offer b;
    a.is_clock_known = b.is_clock_known = true;
    b.clock_ahead_us = 1'999'000;
    CHECK(worker::isSameOffer(a, b));
    b.clock_ahead_us = -2'000'000;
    CHECK_FALSE(worker::isSameOffer(a, b));
    b = a;
    b.outputs = {{"r1", "lamp", true}};
    CHECK_FALSE(worker::isSameOffer(a, b));
}

TEST_CASE("what a camera offers is cut to what the core takes", "[companion]") {
    CameraAbilities abilities;
    abilities.presets.assign(500, CameraItem{"t", std::string(5'000, 'x'), false});
    abilities.outputs = {{std::string(5'000, 't'), "too long a token", false}, {"", "none", false}};
    abilities.description = "Maker\x1b[31m " + std::string(5'000, 'y');
    const ipc::Offer offer = worker::offerOf(abilities);
    CHECK(offer.presets.size() == 64);
    CHECK(offer.presets[0].name.size() <= 96);
    CHECK(offer.outputs.empty());
    CHECK(offer.description.size() <= 1'024);
    CHECK(offer.description.find('\x1b') == std::string::npos);
}

TEST_CASE("a refused password is tried once by each, and commands say why", "[companion]") {
    DeskBench bench;
    bench.camera.open_error = ErrorKind::Misconfigured;
    bench.start();
    CHECK_FALSE(bench.await<ipc::Offer>().is_there);
    bench.desk->take(commandOf(1, CameraAction::Stop));
    CHECK(bench.await<ipc::CommandAnswer>().error == "ask the camera: no");
    bench.desk->take(commandOf(2, CameraAction::Stop));
    CHECK(bench.await<ipc::CommandAnswer>().id == 2);
    std::this_thread::sleep_for(milliseconds(300));
    CHECK(bench.camera.opens == 2);
}

TEST_CASE("detections pass; after a loss what is not told again is over", "[companion]") {
    DeskBench bench;
    bench.start();
    bench.camera.change([](ScriptedCamera& c) { c.detections = {motion(true)}; });
    const auto begun = bench.await<ipc::CameraDetected>();
    CHECK(begun.label == "motion");
    CHECK(begun.is_on);
    bench.camera.change([](ScriptedCamera& c) { c.watch_error = ErrorKind::Unavailable; });
    CHECK(eventually([&] { return bench.camera.opens > 2; }));
    bench.camera.change([](ScriptedCamera& c) { c.watch_error.reset(); });
    CHECK_FALSE(bench.await<ipc::CameraDetected>().is_on);
}

TEST_CASE("what lasted ends while the camera stays away", "[companion]") {
    DeskBench bench;
    bench.patience.first_rest = bench.patience.longest_rest = milliseconds(60'000);
    bench.start();
    bench.camera.change([](ScriptedCamera& c) { c.detections = {motion(true)}; });
    CHECK(bench.await<ipc::CameraDetected>().is_on);
    bench.camera.change([](ScriptedCamera& c) { c.watch_error = ErrorKind::Unavailable; });
    CHECK_FALSE(bench.await<ipc::CameraDetected>().is_on);
}

TEST_CASE("a camera is not watched when nobody wants its detections, or it has none", "[companion]") {
    const bool is_wanted = GENERATE(false, true);
    DeskBench bench(is_wanted);
    bench.camera.abilities.is_detecting = !is_wanted;
    bench.start();
    CHECK(bench.await<ipc::Offer>().is_there);
    std::this_thread::sleep_for(milliseconds(100));
    CHECK(bench.camera.watches == 0);
    CHECK(bench.camera.opens == 1);
}

TEST_CASE("commands are performed in order, and each is answered", "[companion]") {
    DeskBench bench;
    bench.start();
    ipc::Command move = commandOf(11, CameraAction::Move);
    move.pan = -0.5F;
    move.lasts_us = 400'000;
    bench.desk->take(move);
    const auto answer = bench.await<ipc::CommandAnswer>();
    CHECK(answer.id == 11);
    CHECK(answer.error.empty());
    REQUIRE(bench.camera.seen().size() == 1);
    CHECK(bench.camera.seen()[0].pan == -0.5F);
    CHECK(bench.camera.seen()[0].lasts == milliseconds(400));
    bench.camera.change([](ScriptedCamera& c) { c.perform_error = ErrorKind::NotSupported; });
    bench.desk->take(commandOf(12, CameraAction::GoHome));
    CHECK(bench.await<ipc::CommandAnswer>().error == "perform: refused");
}

TEST_CASE("a preset that was saved is offered at once", "[companion]") {
    DeskBench bench;
    bench.start();
    bench.await<ipc::Offer>();
    bench.camera.change([](ScriptedCamera& c) { c.abilities.presets = {{"1", "gate", false}}; });
    bench.desk->take(commandOf(1, CameraAction::SavePreset));
    CHECK(bench.await<ipc::Offer>().presets.size() == 1);
}

TEST_CASE("what is no Error becomes an answer, and the next command is performed", "[companion]") {
    DeskBench bench;
    bench.start();
    bench.camera.throws_no_error = true;
    bench.desk->take(commandOf(1, CameraAction::Stop));
    CHECK(bench.await<ipc::CommandAnswer>().error == "vector::_M_range_check");
    bench.camera.throws_no_error = false;
    bench.desk->take(commandOf(2, CameraAction::Stop));
    CHECK(bench.await<ipc::CommandAnswer>().error.empty());
}

TEST_CASE("a movement that waits gives way to a newer one; a 17th command is refused", "[companion]") {
    DeskBench bench;
    bench.start();
    bench.await<ipc::Offer>();
    bench.camera.is_slow = true;
    bench.desk->take(commandOf(1, CameraAction::GoHome));
    REQUIRE(eventually([&] { return !bench.next<ipc::CommandAnswer>(milliseconds(50)); }));
    bench.desk->take(commandOf(2, CameraAction::Move));
    bench.desk->take(commandOf(3, CameraAction::Stop));
    const auto overtaken = bench.await<ipc::CommandAnswer>();
    CHECK(overtaken.id == 2);
    CHECK(overtaken.error.empty());
    for (std::uint64_t id = 4; id < 4 + 15; ++id) bench.desk->take(commandOf(id, CameraAction::GoHome));
    bench.desk->take(commandOf(99, CameraAction::GoHome));
    const auto refused = bench.await<ipc::CommandAnswer>();
    CHECK(refused.id == 99);
    CHECK_FALSE(refused.error.empty());
    bench.desk->stop();
    int answered = 0;
    for (; answered < 17 && bench.next<ipc::CommandAnswer>(milliseconds(1'000)); ++answered) continue;
    CHECK(answered == 17);  // 1, 3, and the fifteen
    CHECK(bench.desk->waitEnded(Deadline::in(seconds(1))));
}

TEST_CASE("keyframes are asked for once a second at most, and only of a camera that can", "[companion]") {
    DeskBench bench;
    bench.patience.keyframe = milliseconds(200);
    const bool can = GENERATE(true, false);
    if (!can) bench.camera.abilities.actions = 0;
    bench.start();
    bench.await<ipc::Offer>();
    const auto began = Monotonic::now();
    while (Monotonic::now() - began < milliseconds(500)) {
        bench.desk->requestKeyframe();
        std::this_thread::sleep_for(milliseconds(5));
    }
    const auto seen = bench.camera.seen();
    CHECK(seen.size() <= 3);
    CHECK(seen.size() >= (can ? 2 : 0));
    if (!can) CHECK(seen.empty());
}

TEST_CASE("a command to a plugin that hangs is answered in time, and its worker is told of", "[companion]") {
    DeskBench bench;
    bench.start();
    bench.await<ipc::Offer>();
    bench.camera.hangs = true;
    const auto asked_at = Monotonic::now();
    bench.desk->take(commandOf(7, CameraAction::Stop));
    std::optional<ipc::CommandAnswer> answer;
    while (!answer && Monotonic::now() - asked_at < seconds(8)) {
        answer = bench.next<ipc::CommandAnswer>(milliseconds(900));
        bench.desk->look();
    }
    REQUIRE(answer);
    CHECK(Monotonic::now() - asked_at < seconds(6));
    CHECK(answer->id == 7);
    CHECK(answer->error == "the camera has not taken it in time");
    bench.desk->stop();
    CHECK_FALSE(bench.desk->waitEnded(Deadline::in(milliseconds(100))));
    bench.camera.hangs = false;
    CHECK(bench.desk->waitEnded(Deadline::in(seconds(2))));
    CHECK_FALSE(bench.next<ipc::CommandAnswer>(milliseconds(50)));  // once is enough
}

TEST_CASE("stop interrupts a watch at once", "[companion]") {
    DeskBench bench;
    bench.patience.watch = milliseconds(60'000);
    bench.start();
    REQUIRE(eventually([&] { return bench.camera.watches > 0; }));
    bench.desk->stop();
    CHECK(bench.desk->waitEnded(Deadline::in(milliseconds(500))));
    CHECK(bench.camera.interrupts > 0);
}

TEST_CASE("a worker runs the companion beside its stream, and ends with it", "[companion]") {
    ScriptedCamera camera;
    camera.abilities.actions = bit(CameraAction::Keyframe);
    camera.abilities.is_detecting = true;
    WorkerBench bench;
    bench.plugins.companion = [&camera] { return std::make_unique<ScriptedCompanion>(camera); };
    bench.start();
    CHECK(bench.await<ipc::Offer>().is_there);
    bench.send(ipc::KeyframeRequest{});
    CHECK(eventually([&] { return camera.seen().size() == 1; }));
    bench.send(commandOf(5, CameraAction::GoHome));
    CHECK(bench.await<ipc::CommandAnswer>().id == 5);
    camera.hangs = true;
    std::this_thread::sleep_for(milliseconds(50));
    bench.await<ipc::FragmentReady>();
    CHECK(bench.await<ipc::Heartbeat>().capture_stuck_us < 500'000);
    bench.send(ipc::Stop{});
    CHECK(bench.waitEnded(seconds(3)));
    CHECK(bench.hasStuckThread());
    camera.hangs = false;
}

TEST_CASE("nothing is decoded for what the camera itself detects", "[companion]") {
    ScriptedCamera camera;
    camera.abilities.is_detecting = true;
    WorkerBench bench;
    bench.plugins.companion = [&camera] { return std::make_unique<ScriptedCompanion>(camera); };
    bench.setup.detect_plugin.clear();
    bench.setup.wants_camera_detections = true;
    bench.start();
    for (const bool is_on : {true, false, true, false}) {
        camera.change([&](ScriptedCamera& c) { c.detections = {motion(is_on)}; });
        CHECK(bench.await<ipc::CameraDetected>().is_on == is_on);
        bench.await<ipc::FragmentReady>();
    }
    const auto beat = bench.await<ipc::Heartbeat>([](const auto& b) { return b.packets > 100; });
    CHECK(beat.pictures_decoded <= 3);  // looks at keyframes: whether the stream is alive
    CHECK(beat.pictures_analysed == 0);
    // Only for the event's thumbnail.
    bench.send(ipc::StillRequest{7, 160, 75});
    CHECK(bench.await<ipc::Still>().error.empty());
    const auto after = bench.await<ipc::Heartbeat>();
    CHECK(after.pictures_decoded > beat.pictures_decoded);
    CHECK(bench.await<ipc::Heartbeat>([&](const auto& b) { return b.packets > after.packets + 50; })
              .pictures_decoded <= after.pictures_decoded + 3);
}

TEST_CASE("a camera without a sub stream is detected on its main one at once, and it is told once",
          "[companion]") {
    WorkerBench bench([](Script& script) { script.has_no_sub = true; });
    bench.setup.has_sub = true;
    bench.setup.sub.set("role", "sub");
    bench.setup.detect_plugin = "scripted";
    bench.setup.frame_timeout_us = 5'000'000;  // detection does not wait for it
    const auto began = Monotonic::now();
    bench.start();
    CHECK(bench.await<ipc::LogLine>([](const auto& line) { return line.component == "sub"; }).text ==
          "no smaller stream: detecting on the main stream");
    bench.await<ipc::DetectionReady>();
    CHECK(Monotonic::now() - began < seconds(5));
    const auto beat = bench.await<ipc::Heartbeat>();
    CHECK_FALSE(beat.is_detecting_on_main);
    CHECK(beat.sub_phase == ipc::CapturePhase::Ended);
}

TEST_CASE("a plugin without companion starts no thread for it, and its camera takes no commands",
          "[companion]") {
    WorkerBench bench;
    bench.start();
    bench.await<ipc::StreamStarted>();
    bench.send(commandOf(5, CameraAction::GoHome));
    CHECK(bench.await<ipc::CommandAnswer>().error == "plugin scripted tells its cameras nothing to do");
    CHECK(bench.count<ipc::Offer>(milliseconds(100)) == 0);
}

}  // namespace companion_desk_test
