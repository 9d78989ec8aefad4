/// The time line of a stream, by stamps as cameras write them.
#include "capture-ffmpeg/stream/timeline.h"

#include <chrono>
#include <cstdint>

#include "support/catch.h"

namespace timeline_test {

using namespace porchlight;
using namespace porchlight::ffmpeg;
using namespace std::chrono_literals;

TEST_CASE("time stamps that jump, wrap or repeat become a line that rises with the time that passed") {
    Timeline line(Timeline::Mode::Live);
    line.setNominal(Track::Video, 100'000);
    const auto zero = Monotonic::time_point(10s);
    std::int64_t last = -1;
    for (int i = 0; i < 100; ++i) {
        std::int64_t stamp = i * 100'000;
        if (i >= 20) stamp += 3'600'000'000;                            // ahead by an hour
        if (i >= 40) stamp -= 7'200'000'000;                            // back by two
        if (i >= 60 && i < 64) stamp = (60 * 100'000) - 3'600'000'000;  // the same again
        if (i >= 80) stamp -= 47'721'858'844;                           // 2^32 ticks of 90 kHz
        const auto mapped = line.map(Track::Video, stamp, stamp, 0, zero + i * 100ms);
        CHECK(mapped.dts_us > last);
        CHECK(mapped.pts_us >= mapped.dts_us);
        CHECK(mapped.dts_us - last <= 250'000);
        if (i > 60 && i < 64) CHECK(mapped.dts_us - last == 100'000);  // as it came
        last = mapped.dts_us;
    }
    CHECK(last >= 9'500'000);
    CHECK(last <= 10'500'000);
}

TEST_CASE("reordered pictures keep their own times although a decoding time came twice") {
    Timeline line(Timeline::Mode::Live);
    line.setNominal(Track::Video, 100'000);
    const auto zero = Monotonic::time_point(10s);
    struct Row {
        std::int64_t pts_us;
        std::int64_t dts_us;
    };
    const Row rows[] = {{0, -100'000},      {300'000, -100'000}, {100'000, 0},      {200'000, 100'000},
                        {600'000, 200'000}, {400'000, 300'000},  {500'000, 400'000}};
    int i = 0;
    for (const Row& row : rows)
        CHECK(line.map(Track::Video, row.pts_us, row.dts_us, 0, zero + i++ * 100ms).pts_us == row.pts_us);
}

TEST_CASE("a clock that is set between the time of decoding and that of display moves no picture away") {
    Timeline line(Timeline::Mode::Live);
    line.setNominal(Track::Video, 100'000);
    const auto zero = Monotonic::time_point(10s);
    constexpr std::int64_t kSetUs = 2'900'000;
    std::int64_t last_dts = INT64_MIN;
    for (int i = 0; i < 120; ++i) {
        const std::int64_t shown = i * 100'000 + 200'000 - (i % 3 == 0 ? 0 : 200'000);  // P B B
        const std::int64_t pts = shown + (i >= 60 ? kSetUs : 0);
        const std::int64_t dts = (i - 2) * 100'000 + (i >= 62 ? kSetUs : 0);  // two pictures behind
        const auto mapped = line.map(Track::Video, pts, dts, 0, zero + i * 100ms);
        CHECK(mapped.dts_us > last_dts);
        CHECK(std::abs(mapped.pts_us - shown) <= 1'000);
        last_dts = mapped.dts_us;
    }
}

TEST_CASE(
    "a delay of decoding that libav finds out late moves no picture: a picture a second, two of them held") {
    Timeline line(Timeline::Mode::Live);
    line.setNominal(Track::Video, 1'000'000);
    const auto zero = Monotonic::time_point(10s);
    std::int64_t last = -1;
    for (int i = 0; i < 60; ++i) {
        const std::int64_t pts = i * 1'000'000;
        const std::int64_t dts = i < 3 ? pts : pts - 2'000'000;
        const auto mapped = line.map(Track::Video, pts, dts, 0, zero + i * 1s);
        CHECK(mapped.pts_us == pts);
        CHECK(mapped.dts_us > last);
        CHECK(mapped.dts_us <= mapped.pts_us);
        last = mapped.dts_us;
    }
    // A source that begins anew, of which libav still gives the decoding times of the old one, is no delay.
    Timeline other(Timeline::Mode::Live);
    other.setNominal(Track::Video, 40'000);
    last = -1'000'000;
    for (int i = 0; i < 500; ++i) {
        const bool is_new = i >= 250;
        const std::int64_t pts = i * 40'000 + (is_new ? 7'000'000'000 : 0);
        const std::int64_t dts = (i >= 250 && i < 253) ? 9'000'000 : pts - 80'000;
        const auto mapped = other.map(Track::Video, pts, dts, 0, zero + i * 40ms);
        CHECK(mapped.dts_us > last);
        if (i > 300) CHECK(mapped.dts_us - last == 40'000);
        last = mapped.dts_us;
    }
    CHECK(last < 22'000'000);
    // A clock that was set is one all the same.
    const auto set = line.map(Track::Video, 3'600'000'000, 3'598'000'000, 0, zero + 60s);
    CHECK(set.pts_us < 64'000'000);
}

}  // namespace timeline_test
