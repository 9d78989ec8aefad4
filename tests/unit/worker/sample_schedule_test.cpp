// When a keyframe is looked at that nobody needs: rarely while the pictures between change, soon when they do
// not.
#include "worker/analyse/sample_schedule.h"
#include "clip.h"
#include "support/catch.h"

namespace sample_schedule_test {

using namespace porchlight;
using namespace porchlight::test;
using namespace porchlight::worker;

namespace {

constexpr int kRateHz = 15;

/// A stream and the schedule that sees it, looking whenever it is time.
struct Watched {
    SampleSchedule schedule;
    Monotonic::time_point now{};
    int looks = 0;
    bool is_doubtful = false;

    /// Packets of that size for so long.
    void run(seconds span, std::size_t inter_bytes) {
        auto bytes = std::make_shared<std::vector<std::uint8_t>>(inter_bytes);
        Packet packet;
        packet.data = *bytes;
        packet.owner = bytes;
        for (std::int64_t i = 0; i < span.count() * kRateHz; ++i) pass(packet, i % (2 * kRateHz) == 0);
    }

    void pass(Packet packet, bool is_key) {
        packet.is_key = is_key;
        now += milliseconds(1'000 / kRateHz);
        schedule.pass(packet);
        if (!is_key || !schedule.isDue(now)) return;
        schedule.look(now, is_doubtful);
        ++looks;
    }

    int looksIn(seconds span, std::size_t inter_bytes) {
        const int before = looks;
        run(span, inter_bytes);
        return looks - before;
    }
};

}  // namespace

TEST_CASE("a stream that changes is looked at three times at once, then every two minutes", "[worker]") {
    Watched stream;
    CHECK(stream.schedule.isDue(stream.now));
    CHECK(stream.looksIn(seconds(120), 9'000) == 3);
    CHECK(stream.looksIn(seconds(242), 9'000) == 2);
    stream.schedule.restart();
    CHECK(stream.schedule.isDue(stream.now));
}

TEST_CASE("a stream of next to nothing is looked at every six seconds for as long as it is one", "[worker]") {
    Watched stream;
    stream.run(seconds(60), 9'000);
    CHECK(stream.looksIn(seconds(10), 120) >= 1);
    CHECK(stream.looksIn(seconds(60), 120) >= 9);
    stream.run(seconds(8), 9'000);
    CHECK(stream.looksIn(seconds(60), 9'000) == 0);
}

TEST_CASE("a stream that became far smaller is looked at some times, then taken as it is", "[worker]") {
    Watched stream;
    stream.run(seconds(60), 30'000);
    CHECK(stream.looksIn(seconds(30), 6'000) >= 2);
    stream.run(seconds(60), 6'000);
    CHECK(stream.looksIn(seconds(119), 6'000) <= 1);
}

TEST_CASE("after a look that gave doubt the next come within seconds, and after the doubt three more",
          "[worker]") {
    Watched stream;
    stream.run(seconds(60), 9'000);
    stream.is_doubtful = true;
    stream.run(seconds(120), 9'000);
    CHECK(stream.looksIn(seconds(60), 9'000) >= 9);
    stream.is_doubtful = false;
    CHECK(stream.looksIn(seconds(14), 9'000) == 4);
    CHECK(stream.looksIn(seconds(110), 9'000) == 0);
}

TEST_CASE("the same picture coded again and again makes the next look due", "[worker]") {
    Watched stream;
    for (const Packet& packet : makeClip(640, 480, 10 * kRateHz, 2 * kRateHz).packets)
        stream.pass(packet, packet.is_key);
    CHECK(stream.looks == 3);
    X264Encoder encoder({640, 480, kRateHz, 0, false});
    for (int i = 0; i < 12 * kRateHz; ++i) {
        Picture picture = makePicture(640, 480, 7);
        picture.pts_us = i * 1'000'000LL / kRateHz;
        encoder.encode(picture, i % (2 * kRateHz) == 0,
                       [&](Packet&& packet) { stream.pass(packet, packet.is_key); });
    }
    CHECK(stream.looks >= 4);
}

}  // namespace sample_schedule_test
