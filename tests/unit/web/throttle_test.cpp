/// Guessing is slow for strangers, and keeps no owner out.
#include "web/guard/throttle.h"

#include "base/network.h"
#include "support/catch.h"
#include "support/fake_clock.h"

namespace throttle_test {

using namespace porchlight;
using namespace porchlight::web;
using namespace std::chrono_literals;

namespace {

const Attempt kOwnerAtHome{"ada", "192.0.2.9", "", true};
const Attempt kOwnersPhone{"ada", "198.51.100.7", "1.abc", false};

std::string addressOf(int number) {
    return std::to_string(11 + number / 65536) + "." + std::to_string(number / 256 % 256) + "." +
           std::to_string(number % 256) + ".5";
}

struct Siege {
    int judged = 0;  ///< guesses of strangers that were hashed
    int owner_refused = 0;
};

/// Two minutes in which `strangers` addresses in turn guess at one account every 80 ms, and the owner logs in
/// every 4 s.
Siege besiege(int strangers, const Attempt& owner) {
    test::FakeClock clock;
    Throttle throttle(clock);
    Siege siege;
    for (int round = 0; round < 1500; ++round) {
        const int tries = strangers > 50 ? 8 : 1;  // as many as it takes to hear from all
        for (int i = 0; i < tries; ++i)
            siege.judged +=
                throttle.attempt({"ada", addressOf((round * tries + i) % strangers), "", false}) == 0;
        if (round % 50 == 49) {
            if (throttle.attempt(owner) != 0)
                ++siege.owner_refused;
            else
                throttle.succeed(owner);
        }
        clock.advance(80ms);
    }
    return siege;
}

}  // namespace

TEST_CASE("regression: a stranger who guesses keeps no owner out, and guesses stay few") {
    for (const int strangers : {1, 50, 10'000}) {
        for (const Attempt& owner : {kOwnerAtHome, kOwnersPhone}) {
            INFO(strangers << " addresses");
            const Siege siege = besiege(strangers, owner);
            CHECK(siege.owner_refused == 0);
            CHECK(siege.judged >= 8);
            CHECK(siege.judged <= 13);
        }
    }
}

TEST_CASE("regression: an owner at a new address gets in while one stranger guesses") {
    const Siege siege =
        besiege(1, {"ada", "203.0.113.80", "", false});  // at each try as if for the first time
    CHECK(siege.owner_refused == 0);
    CHECK(siege.judged <= 12);
}

TEST_CASE("a try that the account refused counts nothing against its address") {
    test::FakeClock clock;
    Throttle throttle(clock);
    for (int i = 0; i < 40; ++i) throttle.attempt({"ada", addressOf(i * 256), "", false});
    int refused = 0;
    for (int i = 0; i < 10; ++i) refused += throttle.attempt({"ada", "203.0.113.80", "", false}) != 0;
    REQUIRE(refused == 10);
    clock.advance(1s);
    CHECK(throttle.attempt({"vic", "203.0.113.80", "", false}) == 0);
}

TEST_CASE("a known address and a known device are slowed down for their own failures") {
    for (const Attempt& owner : {kOwnerAtHome, kOwnersPhone}) {
        test::FakeClock clock;
        Throttle throttle(clock);
        for (int i = 0; i < 5; ++i) CHECK(throttle.attempt(owner) == 0);
        for (const int expected : {1, 2, 4, 8, 16, 32, 60, 60}) {
            CHECK(throttle.attempt(owner) == expected);
            clock.advance(seconds{expected});
            CHECK(throttle.attempt(owner) == 0);
        }
        clock.advance(16min);
        for (int i = 0; i < 5; ++i) CHECK(throttle.attempt(owner) == 0);
    }
}

TEST_CASE("regression: the throttle forgets nobody who must wait, however many come") {
    test::FakeClock clock;
    DelayTable table;
    for (int i = 0; i < 11; ++i) table.count("guesser", clock.now());
    clock.advance(61s);  // may try again, and is the oldest of all
    for (int i = 0; i < 2200; ++i) table.count(addressOf(i), clock.now());
    CHECK(table.size() <= 2048);
    CHECK(table.failuresOf("guesser", clock.now()) == 11);
    for (int i = 0; i < 5; ++i) table.count("waiting", clock.now());
    for (int i = 0; i < 2200; ++i) table.count(addressOf(i), clock.now());
    CHECK(table.waitOf("waiting", clock.now()) == 1s);
}

TEST_CASE("a full table of keys that all must wait lets no new one try") {
    test::FakeClock clock;
    DelayTable table;
    for (int key = 0; key < 2048; ++key)
        for (int i = 0; i < 6; ++i) table.count(addressOf(key), clock.now());
    CHECK(table.waitOf("new", clock.now()) > 0s);
    clock.advance(3s);
    CHECK(table.waitOf("new", clock.now()) == 0s);
}

TEST_CASE("all strangers together hash no more than a guess a second") {
    test::FakeClock clock;
    Throttle throttle(clock);
    int judged = 0;
    for (int i = 0; i < 6000; ++i) {  // a minute, each from another address at another name
        judged += throttle.attempt({"name" + std::to_string(i), addressOf(i), "", false}) == 0;
        clock.advance(10ms);
    }
    CHECK(judged <= 70);
    CHECK(throttle.attempt(kOwnerAtHome) == 0);
    CHECK(throttle.attempt(kOwnersPhone) == 0);
    CHECK(throttle.size() <= 2048);
}

TEST_CASE("addresses that one stranger has together are one group") {
    CHECK(base::throttleKey("2001:db8:1:2:3:4:5:6") == base::throttleKey("2001:db8:1:2::9"));
    CHECK(base::throttleKey("192.0.2.1") == "192.0.2.1");
    CHECK(base::addressGroup("203.0.113.4") == base::addressGroup("203.0.113.200"));
    CHECK(base::addressGroup("::ffff:203.0.113.4") == base::addressGroup("203.0.113.200"));
    CHECK(base::addressGroup("203.0.113.4") != base::addressGroup("203.0.114.4"));
    CHECK(base::addressGroup("2001:db8:1:2::1") == base::addressGroup("2001:db8:1:7::1"));
    CHECK(base::addressGroup("192.168.1.4") != base::addressGroup("192.168.1.5"));
    CHECK(base::addressGroup("fd00::1:1") == base::addressGroup("fd00::2"));
}

}  // namespace throttle_test
