#include "base/clock_watch.h"

#include "support/catch.h"
#include "support/fake_clock.h"

namespace clock_watch_test {

using namespace porchlight;

namespace {

struct Bench {
    Bench() { watch.begin(clock.wallNow(), clock.now()); }
    microseconds step() const { return watch.stepAt(clock.wallNow(), clock.now()); }

    test::FakeClock clock;
    base::ClockWatch watch;
};

}  // namespace

TEST_CASE("a clock that runs is not set, however long nobody looks") {
    Bench bench;
    for (const microseconds span :
         {microseconds{0}, microseconds{1}, microseconds{std::chrono::hours(24 * 400)}}) {
        bench.clock.advance(span);
        CHECK(bench.step() == microseconds{0});
    }
}

TEST_CASE("a clock that is set is told with its step, either way, until the watch begins anew") {
    for (const microseconds step : {microseconds{seconds(-86'400)}, microseconds{-2'000'001},
                                    microseconds{2'000'001}, microseconds{seconds(86'400 * 365 * 50LL)}}) {
        INFO(step.count());
        Bench bench;
        bench.clock.stepWall(step);
        bench.clock.advance(seconds(7));
        CHECK(bench.step() == step);
        CHECK(bench.step() == step);
        bench.watch.begin(bench.clock.wallNow(), bench.clock.now());
        CHECK(bench.step() == microseconds{0});
        bench.clock.stepWall(-step);
        CHECK(bench.step() == -step);
    }
}

TEST_CASE("slewing is no step: up to two seconds since the watch began") {
    Bench bench;
    for (int i = 0; i < 20; ++i) {
        bench.clock.stepWall(milliseconds(100));
        CHECK(bench.step() == microseconds{0});
    }
    bench.clock.stepWall(microseconds(1));
    CHECK(bench.step() == seconds(2) + microseconds(1));
    bench.clock.stepWall(seconds(-4) - microseconds(1));
    CHECK(bench.step() == microseconds{0});
}

}  // namespace clock_watch_test
