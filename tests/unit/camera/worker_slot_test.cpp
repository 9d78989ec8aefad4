// The pure parts of a worker's place: when the next one starts, and when a killed one is given up.
#include "camera/worker/backoff.h"
#include "camera/worker/budgets.h"
#include "camera/worker/dying.h"
#include "support/catch.h"
#include "support/fake_clock.h"

namespace worker_slot_test {

using namespace porchlight;
using namespace porchlight::camera;
using namespace std::chrono_literals;

TEST_CASE("a worker that ends again and again is started after 0.3 s, doubling to 2 s, and to 10 s at rest") {
    test::FakeClock clock;
    Backoff backoff(clock.now());
    CHECK(backoff.isDue(clock.now()));
    CHECK(backoff.noteEnd(1s, false, clock.now()) == 300ms);
    CHECK(!backoff.isDue(clock.now() + 299ms));
    CHECK(backoff.isDue(clock.now() + 300ms));
    std::vector<milliseconds> delays;
    for (int i = 0; i < 5; ++i) delays.push_back(backoff.noteEnd(1s, i > 3, clock.now()));
    CHECK(delays == std::vector<milliseconds>{600ms, 1200ms, 2000ms, 2000ms, 4000ms});
    for (int i = 0; i < 5; ++i) backoff.noteEnd(1s, true, clock.now());
    CHECK(backoff.noteEnd(1s, true, clock.now()) == 10s);
    CHECK(backoff.noteEnd(11s, true, clock.now()) == 300ms);  // it had lived: all is forgotten
}

TEST_CASE("who ends a worker on purpose has the next one in 0.3 s, whatever the back-off had become") {
    test::FakeClock clock;
    Backoff backoff(clock.now());
    for (int i = 0; i < 5; ++i) backoff.noteEnd(1s, false, clock.now());
    backoff.noteWantedEnd(clock.now());
    CHECK(backoff.isDue(clock.now() + 300ms));
    Backoff owners(clock.now());
    for (int i = 0; i < 5; ++i) CHECK(owners.noteWantedEnd(clock.now()) == 300ms);
    CHECK(owners.noteEnd(1s, false, clock.now()) ==
          300ms);  // and what ends by itself later pays nothing for them
    backoff.noteFailure(clock.now());
    CHECK(!backoff.isDue(clock.now() + 1999ms));
    backoff.startAt(clock.now());
    CHECK(backoff.isDue(clock.now()));
}

TEST_CASE("a killed worker is wedged once each look finds it asleep for a second, and not before") {
    test::FakeClock clock;
    Dying dying({FaultKind::Hung, "stuck in read"}, false, clock.now());
    for (int i = 0; i < 9; ++i) {
        dying.look(true, false, clock.now());
        clock.advance(100ms);
    }
    dying.look(false, false, clock.now());  // it moves
    clock.advance(100ms);
    dying.look(true, false, clock.now());
    clock.advance(900ms);
    dying.look(true, false, clock.now());
    CHECK(!dying.isWedged());
    clock.advance(100ms);
    dying.look(true, false, clock.now());
    CHECK(dying.isWedged());
    dying.look(false, false, clock.now());
    CHECK(dying.isWedged());  // until it is gone
}

TEST_CASE(
    "a slow host, and one that stood still, make no killed worker wedged; a minute does, asleep or not") {
    test::FakeClock clock;
    Dying dying({FaultKind::Hung, ""}, false, clock.now());
    dying.look(true, true, clock.now());
    clock.advance(2900ms);
    dying.look(true, true, clock.now());
    CHECK(!dying.isWedged());
    clock.advance(40s);
    dying.forgive(40s, clock.now());
    dying.look(true, true, clock.now());
    CHECK(!dying.isWedged());
    clock.advance(58s);
    dying.look(false, false, clock.now());
    CHECK(dying.isWedged());
}

}  // namespace worker_slot_test
