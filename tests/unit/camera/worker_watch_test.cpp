#include "camera/worker/worker_watch.h"

#include "support/catch.h"
#include "support/fake_clock.h"

namespace worker_watch_test {

using namespace porchlight;
using namespace porchlight::camera;
using namespace std::chrono_literals;
using ipc::CapturePhase;

namespace {

/// A worker that beats once a second, seen ten times a second.
struct Scene {
    config::HealthConfig limits;
    test::FakeClock clock;
    WorkerWatch watch{limits, false, clock.now()};
    ipc::Heartbeat beat;

    Scene() {
        beat.phase = CapturePhase::Reading;
        beat.packet_age_us = 40'000;
        beat.distinct_age_us = 40'000;
        beat.rate_hz = 25;
        beat.descriptors = 30;
        beat.rss_bytes = 60U << 20U;
        watch.onStream(25, clock.now());
    }

    /// Lets time pass until a fault is found; returns how long it took.
    std::optional<std::pair<FaultKind, microseconds>> runUntilFault(
        seconds limit, const std::function<void(int second)>& each_beat = {}) {
        const auto began_at = clock.now();
        for (int tick = 0; tick < limit.count() * 10; ++tick) {
            if (tick % 10 == 0) {
                if (each_beat) each_beat(tick / 10);
                beat.packets += 25;
                watch.onHeartbeat(beat, clock.now());
            }
            if (const auto finding = watch.judge(clock.now()))
                return std::pair{finding->kind,
                                 std::chrono::duration_cast<microseconds>(clock.now() - began_at)};
            clock.advance(100ms);
        }
        return std::nullopt;
    }
};

}  // namespace

TEST_CASE("a worker that delivers is well, for hours") {
    Scene scene;
    CHECK(!scene.runUntilFault(3600s));
    CHECK(scene.watch.isDelivering(scene.clock.now()));
}

TEST_CASE("a read that hangs is found at frame_timeout, by name of the call") {
    Scene scene;
    scene.runUntilFault(10s);
    std::int64_t stuck_us = 0;
    const auto found = scene.runUntilFault(20s, [&](int) {
        scene.beat.packet_age_us += 1'000'000;
        scene.beat.capture_stuck_us = stuck_us += 1'000'000;
    });
    REQUIRE(found);
    CHECK(found->first == FaultKind::Hung);
    CHECK(found->second <= 5s);
    CHECK(found->second >= 3s);
    CHECK(scene.watch.judge(scene.clock.now())->detail.find("read of main") != std::string::npos);
}

TEST_CASE("a slow open is not a hang before open_timeout and a second, and a close is one after 3 s") {
    for (const auto& [phase, open_timeout, least, most] :
         {std::tuple{CapturePhase::Opening, 10s, 10s, 12s}, std::tuple{CapturePhase::Opening, 2s, 2s, 4s},
          std::tuple{CapturePhase::Closing, 10s, 2s, 4s}}) {
        Scene scene;
        scene.limits.open_timeout = open_timeout;
        scene.beat.phase = phase;
        scene.beat.packet_age_us = -1;
        std::int64_t stuck_us = -1'000'000;
        const auto found =
            scene.runUntilFault(30s, [&](int) { scene.beat.capture_stuck_us = stuck_us += 1'000'000; });
        REQUIRE(found);
        CHECK(found->first == FaultKind::Hung);
        CHECK(found->second >= least);
        CHECK(found->second <= most);
    }
}

TEST_CASE("a source may listen for a change for a minute, and hangs when it does not come back") {
    Scene scene;
    scene.beat.phase = CapturePhase::Resting;
    scene.beat.packet_age_us = -1;
    std::int64_t stuck_us = -1'000'000;
    const auto found =
        scene.runUntilFault(90s, [&](int) { scene.beat.capture_stuck_us = stuck_us += 1'000'000; });
    REQUIRE(found);
    CHECK(found->first == FaultKind::Hung);
    CHECK(found->second >= 62s);
    CHECK(found->second <= 68s);
}

TEST_CASE("an open that was slow and came back is no hang of the read that follows") {
    Scene scene;
    scene.runUntilFault(10s);
    scene.beat.phase = CapturePhase::Opening;
    scene.beat.capture_stuck_us = 6'000'000;
    scene.watch.onHeartbeat(scene.beat, scene.clock.now());
    CHECK(!scene.watch.judge(scene.clock.now()));
    scene.watch.onStream(25, scene.clock.now());
    CHECK(!scene.watch.judge(scene.clock.now()));
}

TEST_CASE("a host that stays slow is excused for a minute, then faults are found again") {
    Scene scene;
    scene.runUntilFault(10s);
    const auto found = scene.runUntilFault(180s, [&](int) {
        scene.watch.forgive(300ms, scene.clock.now());
        scene.beat.distinct_age_us += 1'000'000;
    });
    REQUIRE(found);
    CHECK(found->first == FaultKind::FrozenPicture);
    CHECK(found->second > 60s);
}

TEST_CASE("a sub stream that opens slowly does not harm a main stream that is read") {
    config::HealthConfig limits;
    test::FakeClock clock;
    WorkerWatch watch(limits, true, clock.now());
    ipc::Heartbeat beat;
    beat.phase = CapturePhase::Reading;
    beat.packet_age_us = 0;
    beat.sub_phase = CapturePhase::Opening;
    for (int second = 0; second < 11; ++second) {
        beat.sub_stuck_us = second * 1'000'000;
        watch.onHeartbeat(beat, clock.now());
        CHECK(!watch.judge(clock.now()));
        clock.advance(1s);
    }
}

TEST_CASE("each fault is found within its deadline and called by its name") {
    Scene scene;
    scene.runUntilFault(30s);
    struct Row {
        FaultKind kind;
        seconds most;
        std::function<void(Scene&, int)> harm;
    };
    const Row rows[] = {
        {FaultKind::FrameTimeout, 7s, [](Scene& s, int) { s.beat.packet_age_us += 1'000'000; }},
        {FaultKind::FrozenPicture, 31s, [](Scene& s, int) { s.beat.distinct_age_us += 1'000'000; }},
        {FaultKind::BlackPicture, 32s,
         [](Scene& s, int second) { s.beat.black_age_us = s.beat.distinct_age_us = second * 1'000'000; }},
        {FaultKind::BufferError, 7s, [](Scene& s, int) { s.beat.bad_packets += 24; }},
        {FaultKind::WorkerFlood, 3s, [](Scene& s, int) { s.beat.rate_hz = 20'000; }},
        {FaultKind::MemoryLimit, 1s,
         [](Scene& s, int) {
             s.beat.memory_max_bytes = 100U << 20U;
             s.beat.rss_bytes = 200U << 20U;
         }},
        {FaultKind::LowRate, 16s,
         [](Scene& s, int) {
             s.beat.rate_hz = 4;
             s.beat.packets -= 21;
         }},
        {FaultKind::Hung, 17s, [](Scene& s, int) { s.beat.encode_stuck_us += 1'000'000; }},
        {FaultKind::Hung, 12s, [](Scene& s, int) { s.beat.detect_stuck_us += 1'000'000; }},
        {FaultKind::DescriptorLeak, 8s, [](Scene& s, int) { s.beat.descriptors += 10; }},
        {FaultKind::CpuLimit, 61s,
         [](Scene& s, int) {
             s.limits.cpu_limit_cores = 1.2;
             s.beat.cpu_percent = 121;
         }},
        {FaultKind::CpuLimit, 6s,
         [](Scene& s, int) {
             s.beat.packet_age_us += 1'000'000;
             s.beat.capture_stuck_us += 1'000'000;
             s.beat.cpu_percent = 99;
         }},
    };
    for (const auto& row : rows) {
        Scene harmed;
        harmed.runUntilFault(30s);
        const auto found = harmed.runUntilFault(120s, [&](int second) { row.harm(harmed, second); });
        INFO(nameOf(row.kind));
        REQUIRE(found);
        CHECK(found->first == row.kind);
        CHECK(found->second <= row.most);
        CHECK(harmed.watch.isDelivering(harmed.clock.now()) ==
              (factsOf(row.kind).severity == Severity::Issue));
    }
}

TEST_CASE("a burst of CPU is no fault, and a host that stood still is not counted") {
    Scene scene;
    scene.limits.cpu_limit_cores = 1.2;
    CHECK(!scene.runUntilFault(600s, [&](int second) {
        scene.beat.cpu_percent = second % 60 < 15 ? 250 : 60;
        if (second == 300) scene.watch.forgive(8s, scene.clock.now());
    }));
    const auto found = scene.runUntilFault(60s, [&](int) { scene.beat.cpu_percent = 250; });
    REQUIRE(found);
    CHECK(found->first == FaultKind::CpuLimit);
}

TEST_CASE("a new worker that burns as much from its beginning is honestly busy: told, not ended") {
    Scene scene;
    scene.limits.cpu_limit_cores = 1.2;
    scene.watch.followCpuLimit();
    auto found = scene.runUntilFault(120s, [&](int) { scene.beat.cpu_percent = 180; });
    REQUIRE(found);
    CHECK(found->first == FaultKind::CpuBusy);
    CHECK(scene.watch.isDelivering(scene.clock.now()));
    CHECK(!scene.runUntilFault(0s));
    scene.beat.cpu_percent = 20;
    scene.watch.onHeartbeat(scene.beat, scene.clock.now());
    CHECK(!scene.watch.judge(scene.clock.now()));  // over at once, although the mean is still high
}

TEST_CASE("a new worker that was calm and runs away later is ended again") {
    Scene scene;
    scene.limits.cpu_limit_cores = 1.2;
    scene.watch.followCpuLimit();
    CHECK(!scene.runUntilFault(200s, [&](int) { scene.beat.cpu_percent = 30; }));
    const auto found = scene.runUntilFault(120s, [&](int) { scene.beat.cpu_percent = 180; });
    REQUIRE(found);
    CHECK(found->first == FaultKind::CpuLimit);
}

TEST_CASE("a worker that is stopped is missed after frame_timeout, between 2.5 s and 5 s") {
    for (const auto& [timeout, expected] :
         {std::pair{1s, 2500ms}, std::pair{3s, 3000ms}, std::pair{60s, 5000ms}}) {
        Scene scene;
        scene.limits.frame_timeout = timeout;
        scene.runUntilFault(10s);
        const auto began_at = scene.clock.now();
        while (!scene.watch.judge(scene.clock.now())) scene.clock.advance(100ms);
        CHECK(scene.watch.judge(scene.clock.now())->kind == FaultKind::HeartbeatMissing);
        CHECK(scene.clock.now() - began_at <= expected + 200ms);
        CHECK(scene.clock.now() - began_at >= expected - 1100ms);
    }
}

TEST_CASE("a stream that is being opened again does not deliver, however young its last picture") {
    using ipc::CapturePhase;
    for (const auto phase :
         {CapturePhase::Closing, CapturePhase::Resting, CapturePhase::Opening, CapturePhase::Reading}) {
        Scene scene;
        scene.runUntilFault(30s);
        scene.runUntilFault(1s, [&](int) { scene.beat.phase = phase; });
        CHECK(scene.watch.isDelivering(scene.clock.now()) == (phase == CapturePhase::Reading));
    }
}

TEST_CASE(
    "one bad packet now and then is no fault, and garbage that ends is over with the next good second") {
    Scene scene;
    CHECK(!scene.runUntilFault(300s, [&](int second) { scene.beat.bad_packets += second % 3 == 0 ? 2 : 0; }));
    CHECK(scene.runUntilFault(10s, [&](int) { scene.beat.bad_packets += 20; })->first ==
          FaultKind::BufferError);
    CHECK(!scene.runUntilFault(1s));
    CHECK(scene.watch.isDelivering(scene.clock.now()));
}

TEST_CASE("time in which the host stood still is nobody's fault") {
    Scene scene;
    scene.runUntilFault(10s);
    scene.clock.advance(60s);
    scene.watch.forgive(60s, scene.clock.now());
    CHECK(!scene.watch.judge(scene.clock.now()));
    // Its own clock stood still too, and then it tells of a long silence: still excused, for a while.
    scene.beat.packet_age_us = 61'000'000;
    scene.beat.distinct_age_us = 61'000'000;
    scene.beat.capture_stuck_us = 60'500'000;  // in the read that was under way
    scene.watch.onHeartbeat(scene.beat, scene.clock.now());
    CHECK(!scene.watch.judge(scene.clock.now()));
    // A hang that goes on after the stall is found all the same.
    const auto found = scene.runUntilFault(15s, [&](int) { scene.beat.capture_stuck_us += 1'000'000; });
    REQUIRE(found);
    CHECK(found->first == FaultKind::Hung);
}

}  // namespace worker_watch_test
