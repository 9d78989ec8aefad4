#include "worker/companion/lasting.h"

#include "support/catch.h"

namespace lasting_test {

using namespace porchlight;
using worker::Lasting;

namespace {

const Monotonic::time_point kStart{seconds(1'000)};
const WallTime kNow{seconds(1'790'000'000)};

CameraDetection person(bool is_on, const std::string& place = "gate") {
    CameraDetection detection;
    detection.at = kNow;
    detection.label = "person";
    detection.place = place;
    detection.is_on = is_on;
    return detection;
}

}  // namespace

TEST_CASE("a state is told when it begins and when it ends, however often the camera repeats it",
          "[lasting]") {
    Lasting lasting;
    CHECK(lasting.take({person(false)}, kStart, kNow).empty());  // the end of nothing
    const auto begun = lasting.take({person(true), person(true)}, kStart, kNow);
    REQUIRE(begun.size() == 1);
    CHECK(begun[0].label == "person");
    CHECK(begun[0].place == "gate");
    CHECK(begun[0].is_on);
    CHECK(lasting.take({person(true)}, kStart + seconds(5), kNow).empty());
    const auto over = lasting.take({person(false), person(false)}, kStart + seconds(9), kNow);
    REQUIRE(over.size() == 1);
    CHECK_FALSE(over[0].is_on);
}

TEST_CASE("a state that the camera says again is told again once a minute: it still lasts", "[lasting]") {
    Lasting lasting;
    CHECK(lasting.take({person(true)}, kStart, kNow).size() == 1);
    std::size_t told = 0;
    for (int second = 1; second <= 180; ++second)
        told += lasting.take({person(true)}, kStart + seconds(second), kNow).size();
    CHECK(told == 3);
    CHECK(lasting.take({person(false)}, kStart + seconds(181), kNow).size() == 1);
    CHECK(lasting.take({person(false)}, kStart + seconds(300), kNow).empty());
}

TEST_CASE("what lasts is said once a minute for a camera that tells changes only, for an hour", "[lasting]") {
    Lasting lasting;
    CHECK(lasting.take({person(true)}, kStart, kNow).size() == 1);
    CHECK(lasting.remind(kStart + seconds(59), kNow).empty());
    std::size_t told = 0;
    for (int minute = 1; minute <= 90; ++minute)
        for (const auto& news : lasting.remind(kStart + std::chrono::minutes(minute), kNow)) {
            CHECK(news.is_on);
            CHECK(news.label == "person");
            ++told;
        }
    CHECK(told == 59);
    CHECK(lasting.take({person(false)}, kStart + std::chrono::minutes(91), kNow).size() == 1);
    CHECK(lasting.remind(kStart + std::chrono::minutes(95), kNow).empty());
    CHECK(lasting.take({person(true)}, kStart + std::chrono::minutes(96), kNow).size() == 1);
    lasting.doubt();
    CHECK(lasting.remind(kStart + std::chrono::minutes(98), kNow).empty());
}

TEST_CASE("another place or label is another state", "[lasting]") {
    Lasting lasting;
    CHECK(lasting.take({person(true, "gate"), person(true, "yard")}, kStart, kNow).size() == 2);
    CHECK(lasting.take({person(false, "yard")}, kStart, kNow).size() == 1);
}

TEST_CASE("a moment has no end, and comes at most once a second", "[lasting]") {
    Lasting lasting;
    CameraDetection line = person(true);
    line.has_end = false;
    CHECK(lasting.take({line, line}, kStart, kNow).size() == 1);
    CHECK(lasting.take({line}, kStart + milliseconds(900), kNow).empty());
    CHECK(lasting.take({line}, kStart + milliseconds(1'000), kNow).size() == 1);
    lasting.doubt();
    CHECK_FALSE(lasting.isAnyDoubtful());
}

TEST_CASE("after a loss what the camera tells again lasts on, the rest is over", "[lasting]") {
    Lasting lasting;
    lasting.take({person(true, "gate"), person(true, "yard")}, kStart, kNow);
    lasting.doubt();
    CHECK(lasting.isAnyDoubtful());
    CHECK(lasting.take({person(true, "yard")}, kStart + seconds(1), kNow).empty());
    const auto ended = lasting.endDoubtful(kNow + seconds(15));
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].place == "gate");
    CHECK_FALSE(ended[0].is_on);
    CHECK(ended[0].at_us == (kNow + seconds(15)).time_since_epoch().count());
    CHECK_FALSE(lasting.isAnyDoubtful());
    CHECK(lasting.endDoubtful(kNow).empty());
    CHECK(lasting.take({person(true, "gate")}, kStart + seconds(20), kNow).size() == 1);
}

TEST_CASE("a storm is bounded, and each beginning that passed has its end", "[lasting]") {
    Lasting lasting;
    std::size_t begun = 0;
    std::size_t ended = 0;
    for (int round = 0; round < 1'000; ++round)
        for (const auto& news : lasting.take({person(true), person(false)}, kStart, kNow))
            ++(news.is_on ? begun : ended);
    CHECK(begun == 50);
    CHECK(ended == 50);
    CHECK(lasting.dropped() == 950);
    CHECK(lasting.take({person(true)}, kStart + milliseconds(100), kNow).size() == 1);
}

TEST_CASE("more states at once than anybody has are left out, and room is made of those that are over",
          "[lasting]") {
    Lasting lasting;
    for (int i = 0; i < 64; ++i)
        CHECK(lasting.take({person(true, std::to_string(i))}, kStart + seconds(i), kNow).size() == 1);
    CHECK(lasting.take({person(true, "more")}, kStart + seconds(64), kNow).empty());
    CHECK(lasting.dropped() == 1);
    CHECK(lasting.take({person(false, "7")}, kStart + seconds(65), kNow).size() == 1);
    CHECK(lasting.take({person(true, "more")}, kStart + seconds(66), kNow).size() == 1);
}

TEST_CASE("what a camera claims of time, score and text is bounded", "[lasting]") {
    Lasting lasting;
    CameraDetection odd = person(true, std::string(500, 'x') + "\n");
    odd.at = kNow + seconds(3'600);
    odd.score = 7;
    const auto news = lasting.take({odd}, kStart, kNow);
    REQUIRE(news.size() == 1);
    CHECK(news[0].at_us == kNow.time_since_epoch().count());
    CHECK(news[0].score == 1.F);
    CHECK(news[0].place.size() <= 64);
    odd.label.clear();
    CHECK(lasting.take({odd}, kStart, kNow).empty());
}

}  // namespace lasting_test
