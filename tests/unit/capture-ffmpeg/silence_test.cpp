/// What comes after a silence: a camera that paused, or a network that held everything back.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <optional>
#include <vector>

#include "capture-ffmpeg/stream/silence.h"
#include "capture-ffmpeg/stream/timeline.h"
#include "support/catch.h"

namespace silence_test {

using namespace porchlight;
using namespace porchlight::ffmpeg;

namespace {

struct Out {
    std::int64_t came_us;   ///< when it came
    std::int64_t given_us;  ///< when it was let go
    bool is_after_pause;
};

PacketPtr packetOf(int bytes) {
    PacketPtr packet(av_packet_alloc());
    packet->size = bytes;  // of no data: nobody looks at it
    return packet;
}

/// Pictures of one camera, each with its stamp and its arrival.
std::vector<Out> through(double rate_hz, int count, const std::function<double(double)>& stamp_s,
                         const std::function<double(double)>& arrival_s) {
    Silence silence;
    std::vector<Out> out;
    double last_s = 0;
    for (int i = 0; i < count; ++i) {
        const double at_s = i / rate_hz;
        last_s = std::max(last_s + 0.002, arrival_s(at_s));
        const auto now_us = static_cast<std::int64_t>(last_s * 1e6);
        const Monotonic::time_point now(microseconds(now_us + 1'000'000'000));
        silence.push({packetOf(1), now}, static_cast<std::int64_t>(stamp_s(at_s) * 1e6));
        while (auto arrival = silence.pop())
            out.push_back({std::chrono::duration_cast<microseconds>(arrival->at.time_since_epoch()).count() -
                               1'000'000'000,
                           now_us, arrival->is_after_pause});
    }
    return out;
}

int pauses(const std::vector<Out>& all) {
    int count = 0;
    for (const Out& one : all) count += one.is_after_pause ? 1 : 0;
    return count;
}

double longestWait(const std::vector<Out>& all) {
    std::int64_t longest = 0;
    for (const Out& one : all) longest = std::max(longest, one.given_us - one.came_us);
    return static_cast<double>(longest) / 1e6;
}

}  // namespace

TEST_CASE("a camera that pauses and says nothing of it in its stamps is told from a network that failed") {
    const auto right = [](double at_s) { return at_s; };
    for (const double rate : {2.0, 10.0, 25.0}) {
        INFO(rate);
        const auto paused = through(rate, static_cast<int>(20 * rate), right,
                                    [](double at_s) { return at_s < 10 ? at_s : at_s + 4; });
        CHECK(pauses(paused) == 1);
        CHECK(paused.size() == static_cast<std::size_t>(20 * rate));
        CHECK(longestWait(paused) < 0.51);
        const auto shaky = through(rate, static_cast<int>(20 * rate), right, [](double at_s) {
            return (at_s < 10 ? at_s : at_s + 4) + 0.15 * std::fmod(at_s * 7.7, 1.0);
        });
        CHECK(pauses(shaky) == 1);
        const auto failed = through(rate, static_cast<int>(20 * rate), right,
                                    [](double at_s) { return at_s >= 10 && at_s < 14 ? 14 : at_s; });
        CHECK(pauses(failed) == 0);
        CHECK(longestWait(failed) < 0.2);
    }
}

TEST_CASE("where pictures are given one late, the first one after a pause came before it") {
    Silence silence(true);
    std::vector<Out> all;
    for (int i = 0; i < 200; ++i) {
        const int given_ms = (i + 1) * 100 + (i + 1 >= 120 ? 4000 : 0);  // when picture i + 1 begins
        silence.push({packetOf(1), Monotonic::time_point(milliseconds(given_ms))}, i * 100'000);
        while (auto arrival = silence.pop())
            all.push_back({std::chrono::duration_cast<microseconds>(arrival->at.time_since_epoch()).count(),
                           0, arrival->is_after_pause});
    }
    REQUIRE(pauses(all) == 1);
    CHECK(all[120].is_after_pause);
    CHECK(std::abs(all[119].came_us - 12'000'000) < 10'000);
    CHECK(all[120].came_us == 16'100'000);
}

TEST_CASE(
    "what the network held back in the first seconds is no pause: the first distance is the usual one") {
    const auto right = [](double at_s) { return at_s; };
    const auto failed =
        through(10, 60, right, [](double at_s) { return at_s >= 0.2 && at_s < 1.8 ? 1.8 : at_s; });
    CHECK(pauses(failed) == 0);
    CHECK(longestWait(failed) < 0.1);
}

TEST_CASE("a stamp below the last one is no silence, as of a B picture or of a clock that was set") {
    for (const double back_s : {0.3, 2.0, 3600.0}) {
        INFO(back_s);
        const auto stamp = [back_s](double at_s) {
            return 4000 + at_s - (std::fmod(at_s, 1.0) < 0.05 ? back_s : 0);
        };
        const auto all = through(10, 100, stamp, [](double at_s) { return at_s; });
        CHECK(all.size() == 100);
        CHECK(pauses(all) == 0);
        CHECK(longestWait(all) == 0);
    }
}

TEST_CASE("no more than 4 MiB wait behind a silence, however fast they come") {
    Silence silence;
    std::size_t given = 0;
    const auto push = [&](int at_ms, std::int64_t stamp_us, int bytes) {
        silence.push({packetOf(bytes), Monotonic::time_point(milliseconds(at_ms))}, stamp_us);
        while (silence.pop()) ++given;
    };
    for (int i = 0; i < 20; ++i) push(10'000 + i * 20, i * 20'000, 1000);
    for (int i = 0; i < 4; ++i) push(14'400 + i * 20, 400'000 + i * 20'000, 1 << 20);
    CHECK(given == 20);
    push(14'480, 480'000, 1);
    CHECK(given == 25);
}

TEST_CASE("sound behind the last picture waits for 2 s, not for ever") {
    for (const bool is_one_late : {false, true}) {
        INFO(is_one_late);
        Silence silence(is_one_late);
        std::size_t given = 0;
        std::size_t paused = 0;
        const auto push = [&](int at_ms, std::optional<std::int64_t> stamp_us) {
            silence.push({packetOf(1), Monotonic::time_point(milliseconds(at_ms))}, stamp_us);
            while (const auto arrival = silence.pop()) {
                ++given;
                paused += arrival->is_after_pause ? 1 : 0;
            }
        };
        for (int i = 0; i < 20; ++i) push(10'000 + i * 100, i * 100'000);
        CHECK(given == 20);
        push(16'000, 2'000'000);  // one picture after 4 s, and none behind it
        for (int at_ms = 16'020; at_ms <= 18'000; at_ms += 20) push(at_ms, std::nullopt);
        CHECK(given == 20);
        push(18'020, std::nullopt);
        CHECK(given == 20 + 1 + 100 + 1);
        CHECK(paused == (is_one_late ? 0 : 1));  // given late, it came before the pause
        push(18'040, std::nullopt);
        CHECK(given == 20 + 1 + 100 + 2);
    }
}

TEST_CASE("what is slow as a rule, or whose stamps tell of the pause, waits for nothing") {
    const auto right = [](double at_s) { return at_s; };
    CHECK(longestWait(through(0.4, 20, right, right)) == 0);
    const auto counted = [](double at_s) { return at_s < 10 ? at_s : at_s + 4; };
    CHECK(longestWait(through(10, 200, counted, counted)) == 0);
}

TEST_CASE("after a pause time goes on where it is, pictures and sound together") {
    Timeline line(Timeline::Mode::Live);
    line.setNominal(Track::Video, 100'000);
    line.setNominal(Track::Audio, 64'000);
    for (int tick = 0; tick < 300; ++tick) {
        const std::int64_t told_us = tick * 100'000;
        const std::int64_t sent_us = told_us + (tick < 120 ? 0 : 4'000'000);
        const Monotonic::time_point now(microseconds(100'000'000 + sent_us));
        if (tick == 120) line.resume();
        const auto picture = line.map(Track::Video, told_us, told_us, 0, now);
        const auto sound = line.map(Track::Audio, told_us, told_us, 0, now);
        CHECK(std::abs(picture.pts_us - sent_us) < 50'000);
        CHECK(std::abs(sound.pts_us - sent_us) < 50'000);
    }
}

}  // namespace silence_test
