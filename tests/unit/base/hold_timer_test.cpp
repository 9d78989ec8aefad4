#include "base/hold_timer.h"

#include <string>
#include <vector>

#include "base/log.h"
#include "support/catch.h"
#include "support/fake_clock.h"
#include "support/logged.h"

namespace hold_timer_test {

using namespace porchlight;
using namespace porchlight::base;
using namespace std::chrono_literals;

using Texts = std::vector<std::string>;

TEST_CASE("who holds something for more than a second is named, with how long") {
    test::FakeClock clock;
    HoldLog log("recorder", clock);
    test::Logged lines;
    const auto hold = [&](std::string_view label, microseconds span) {
        const HoldTimer timer(log, label);
        clock.advance(span);
    };
    hold("tick", 1s);
    CHECK(lines.take().empty());
    hold("tick", 1400ms);
    CHECK(lines.take() == Texts{"recorder tick: held for 1400 ms"});
    CHECK(lines.hasOnly(LogLevel::Warning));
}

TEST_CASE("a label is told once a minute, whatever the others do") {
    test::FakeClock clock;
    HoldLog log("store", clock);
    test::Logged lines;
    log.note("COMMIT", 2s);
    clock.advance(30s);
    log.note("COMMIT", 3s);
    log.note("SELECT 1", 4s);
    CHECK(lines.take() == Texts{"store COMMIT: held for 2000 ms", "store SELECT 1: held for 4000 ms"});
    clock.advance(30s);
    log.note("COMMIT", 5s);
    log.note("SELECT 1", 5s);
    CHECK(lines.take() == Texts{"store COMMIT: held for 5000 ms"});
    CHECK(lines.hasOnly(LogLevel::Warning));
}

TEST_CASE("ever new labels are no flood: 64 a minute") {
    test::FakeClock clock;
    HoldLog log("store", clock);
    test::Logged lines;
    for (int i = 0; i < 100; ++i) log.note("SELECT " + std::to_string(i), 2s);
    CHECK(lines.take().size() == 64);
    clock.advance(60s);
    log.note("SELECT 99", 2s);
    CHECK(lines.take().size() == 1);
    CHECK(lines.hasOnly(LogLevel::Warning));
}

}  // namespace hold_timer_test
