#include "camera/fleet/host_watch.h"

#include "support/catch.h"
#include "support/fake_clock.h"

namespace host_watch_test {

using namespace porchlight;
using namespace porchlight::camera;
using namespace std::chrono_literals;

namespace {

HostWatch::Verdict next(HostWatch& watch, test::FakeClock& clock, microseconds step = 100ms,
                        microseconds busy = 1ms, microseconds store_age = 0us) {
    clock.advance(step);
    return watch.round(busy, store_age);
}

}  // namespace

TEST_CASE("a host that runs is not blamed") {
    test::FakeClock clock;
    HostWatch watch(clock);
    for (int i = 0; i < 1000; ++i) {
        const auto verdict = next(watch, clock, i % 7 == 0 ? 900ms : 100ms);
        CHECK(verdict.stalls.empty());
        CHECK(verdict.excused == 0us);
    }
}

TEST_CASE("a round that comes late is a host stall, unless our own work took the time") {
    test::FakeClock clock;
    HostWatch watch(clock);
    next(watch, clock);
    const auto late = next(watch, clock, 8s);
    REQUIRE(late.stalls.size() == 1);
    CHECK(late.stalls[0].cause == "host_stall");
    CHECK(late.stalls[0].span > 7s);
    CHECK(late.stalls[0].to - late.stalls[0].from == late.stalls[0].span);
    CHECK(late.excused > 7s);
    const auto busy = next(watch, clock, 3s, 2900ms);
    CHECK(busy.stalls.empty());
    CHECK(busy.excused > 2s);  // cameras are excused all the same
}

TEST_CASE("a suspended machine is told from one with a stepped clock") {
    test::FakeClock clock;
    HostWatch watch(clock);
    next(watch, clock);
    clock.suspend(2h);
    const auto slept = next(watch, clock);
    REQUIRE(slept.stalls.size() == 1);
    CHECK(slept.stalls[0].cause == "suspend");
    CHECK(slept.stalls[0].span == 2h);
    CHECK(slept.excused == 0us);  // monotonic time stood still with the machine

    for (const microseconds step : {microseconds(1h), microseconds(-1h)}) {
        clock.stepWall(step);
        const auto stepped = next(watch, clock);
        REQUIRE(stepped.stalls.size() == 1);
        CHECK(stepped.stalls[0].cause == "clock_step");
        CHECK(stepped.stalls[0].span == step);
        CHECK(stepped.stalls[0].to - stepped.stalls[0].from == step);
        CHECK(stepped.excused == 0us);  // nothing is late because of it
        CHECK(next(watch, clock).stalls.empty());
    }
}

TEST_CASE("a database that stands still is told when it moves again") {
    test::FakeClock clock;
    HostWatch watch(clock);
    for (int i = 0; i < 40; ++i) CHECK(next(watch, clock, 100ms, 1ms, i * 100ms).stalls.empty());
    CHECK(next(watch, clock, 100ms, 1ms, 4s).is_store_stalled);
    const auto over = next(watch, clock, 100ms, 1ms, 50ms);
    REQUIRE(over.stalls.size() == 1);
    CHECK(over.stalls[0].cause == "store_stall");
    CHECK(over.stalls[0].span > 3s);
    CHECK(!over.is_store_stalled);
}

namespace {

/// A kernel that tells how long nothing could run.
struct Pressed {
    test::FakeClock clock;
    Pressure pressure;
    HostWatch watch{clock, [this] { return std::optional(pressure); }};
    microseconds excused{0};
    std::vector<HostStall> stalls;
    bool was_pressed = false;

    /// So many seconds, of each of which this share is lost.
    void run(int span_s, double memory, double io) {
        for (int round = 0; round < span_s * 10; ++round) {
            pressure.memory += microseconds(static_cast<std::int64_t>(memory * 1e5));
            pressure.io += microseconds(static_cast<std::int64_t>(io * 1e5));
            const auto verdict = next(watch, clock);
            excused += verdict.excused;
            was_pressed = was_pressed || verdict.is_pressed;
            stalls.insert(stalls.end(), verdict.stalls.begin(), verdict.stalls.end());
        }
    }
};

}  // namespace

TEST_CASE("a card that is synced all the time is no stall, nor is a little swapping") {
    Pressed host;
    host.run(300, 0.1, 0.5);
    CHECK(host.excused == 0us);
    CHECK(host.stalls.empty());
}

TEST_CASE("a host that swaps is a host stall: what was lost is excused, and told when it is over") {
    Pressed host;
    host.run(20, 0, 0);
    host.run(20, 0.6, 0.7);
    CHECK(host.was_pressed);
    CHECK(host.excused > 10s);
    CHECK(host.excused <= 20s);
    CHECK(host.stalls.empty());
    host.run(20, 0, 0);
    REQUIRE(host.stalls.size() == 1);
    CHECK(host.stalls[0].cause == "host_stall");
    CHECK(host.stalls[0].detail == "swapping");
    CHECK(host.stalls[0].to - host.stalls[0].from > 15s);
    CHECK(host.stalls[0].span == host.excused);
}

TEST_CASE(
    "a disk that stands still is a host stall; told once a minute, and lost connections are excused for a "
    "minute only") {
    Pressed host;
    host.run(10, 0, 0);
    host.run(200, 0, 0.95);
    CHECK(host.stalls.size() == 3);
    CHECK(host.stalls[0].detail == "waiting for a disk");
    CHECK(host.excused <= 180s);  // nine tenths: a dead camera is found even then
    host.was_pressed = false;
    host.run(10, 0, 0.95);
    CHECK(!host.was_pressed);
}

TEST_CASE("a host without a free processor is slow, which excuses nothing") {
    test::FakeClock clock;
    Pressure pressure;
    HostWatch watch(clock, [&] { return std::optional(pressure); });
    const auto isSlowAfter = [&](milliseconds waited_a_second) {
        bool is_slow = false;
        for (int round = 0; round < 100; ++round) {
            pressure.cpu += waited_a_second / 10;
            const auto verdict = next(watch, clock);
            CHECK(verdict.excused == 0us);
            is_slow = verdict.is_slow;
        }
        return is_slow;
    };
    CHECK(!isSlowAfter(500ms));
    CHECK(isSlowAfter(950ms));
    CHECK(!isSlowAfter(0ms));
}

TEST_CASE("without /proc/pressure nothing is excused") {
    test::FakeClock clock;
    HostWatch watch(clock, [] { return std::optional<Pressure>(); });
    for (int i = 0; i < 200; ++i) CHECK(next(watch, clock).excused == 0us);
}

}  // namespace host_watch_test
