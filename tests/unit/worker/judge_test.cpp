// What is said of pictures: black, frozen; of packets: garbage; of streams: undecodable.
#include <random>
#include <thread>

#include "clip.h"
#include "support/catch.h"
#include "worker/analyse/decode_watch.h"
#include "worker/analyse/decoder.h"
#include "worker/analyse/picture_judge.h"
#include "worker/picture/luma_scaler.h"
#include "worker/stream/packet_check.h"

namespace judge_test {

using namespace porchlight;
using namespace porchlight::test;
using namespace porchlight::worker;

namespace {

constexpr int kWidth = 320;
constexpr int kHeight = 180;

/// Luma around `level` with noise of that deviation.
std::vector<std::uint8_t> noisyPlane(double level, double deviation, unsigned seed) {
    std::mt19937 random(seed);
    std::normal_distribution<double> noise(level, std::max(deviation, 1e-9));
    std::vector<std::uint8_t> plane(std::size_t{kWidth} * kHeight);
    for (auto& value : plane) value = static_cast<std::uint8_t>(std::clamp(noise(random), 0.0, 255.0));
    return plane;
}

LumaPicture lumaOf(const std::vector<std::uint8_t>& plane) {
    return {plane.data(), kWidth, kHeight, kWidth, 0};
}

Packet packetOf(std::vector<std::uint8_t> bytes, bool is_key = false) {
    auto owner = std::make_shared<std::vector<std::uint8_t>>(std::move(bytes));
    Packet packet;
    packet.data = *owner;
    packet.owner = owner;
    packet.is_key = is_key;
    return packet;
}

}  // namespace

TEST_CASE("black is dark and without structure; night is not", "[worker]") {
    CHECK(isBlack(statisticsOf(lumaOf(noisyPlane(0, 0, 1)))));
    CHECK(isBlack(statisticsOf(lumaOf(noisyPlane(16, 0, 1)))));  // video range
    CHECK(isBlack(statisticsOf(lumaOf(noisyPlane(20, 2, 1)))));  // a covered lens with its noise
    CHECK_FALSE(isBlack(statisticsOf(lumaOf(noisyPlane(20, 5, 1)))));
    CHECK_FALSE(isBlack(statisticsOf(lumaOf(noisyPlane(60, 1, 1)))));
    auto night = noisyPlane(18, 1, 1);  // a dark garden and one lamp
    for (int y = 20; y < 40; ++y)
        for (int x = 100; x < 130; ++x) night[static_cast<std::size_t>(y * kWidth + x)] = 120;
    CHECK_FALSE(isBlack(statisticsOf(lumaOf(night))));
}

TEST_CASE("the time since a picture is black begins with the first black one and ends with the first other",
          "[worker]") {
    Progress progress;
    PictureJudge judge(progress);
    judge.judge(lumaOf(noisyPlane(90, 20, 1)), false);
    CHECK(progress.black_since_us == 0);
    judge.judge(lumaOf(noisyPlane(3, 1, 2)), false);
    const std::int64_t since_us = progress.black_since_us;
    CHECK(since_us > 0);
    judge.judge(lumaOf(noisyPlane(3, 1, 3)), false);
    CHECK(progress.black_since_us == since_us);
    judge.judge(lumaOf(noisyPlane(90, 20, 4)), false);
    CHECK(progress.black_since_us == 0);
}

TEST_CASE("a picture straight from the sensor is distinct when a sampled byte differs", "[worker]") {
    Progress progress;
    PictureJudge judge(progress);
    auto plane = noisyPlane(90, 3, 1);
    judge.judge(lumaOf(plane), false);
    const std::int64_t first_us = progress.last_distinct_us;
    CHECK(first_us > 0);
    std::this_thread::sleep_for(milliseconds(2));
    judge.judge(lumaOf(plane), false);
    CHECK(progress.last_distinct_us == first_us);
    CHECK(progress.last_judged_us > first_us);
    plane[std::size_t{kWidth} * 20 + 5] ^= 1;
    judge.judge(lumaOf(plane), false);
    CHECK(progress.last_distinct_us > first_us);
}

TEST_CASE("the same picture coded again and again is frozen, a live one with little noise is not",
          "[worker]") {
    av_log_set_level(AV_LOG_FATAL);
    Progress progress;
    PictureJudge judge(progress);
    X264Encoder encoder({640, 360, 15, 3000, false});
    Decoder decoder(encoder.format());
    LumaScaler scaler;
    const bool is_frozen = GENERATE(true, false);
    int distinct = 0;
    for (int i = 0; i < 90; ++i) {
        Picture picture = makePicture(640, 360, is_frozen ? 3 : i / 5);  // a square that wanders a little
        picture.pts_us = i * 66'667;
        encoder.encode(picture, i % 30 == 0, [&](Packet&& packet) {
            decoder.decode(packet, [&](Picture&& decoded) {
                const std::int64_t before_us = progress.last_distinct_us;
                judge.judge(scaler.scale(decoded, 2), true);
                distinct += i >= 30 && progress.last_distinct_us != before_us ? 1 : 0;
            });
        });
    }
    if (is_frozen)
        CHECK(distinct == 0);
    else
        CHECK(distinct >= 10);
}

TEST_CASE("packets that are none of their codec are told apart", "[worker]") {
    StreamFormat annex_b;
    annex_b.video = Codec::H264;
    CHECK(hasFormOf(annex_b, packetOf({0, 0, 0, 1, 0x65, 1, 2, 3})));
    CHECK(hasFormOf(annex_b, packetOf({0, 0, 1, 0x41, 1, 2, 3})));
    CHECK_FALSE(hasFormOf(annex_b, packetOf({0, 0, 0, 1, 0xe5, 1, 2, 3})));  // forbidden bit
    CHECK_FALSE(hasFormOf(annex_b, packetOf({9, 8, 7, 6, 5, 4, 3, 2})));
    CHECK_FALSE(hasFormOf(annex_b, packetOf({0, 0, 1})));
    StreamFormat boxed = annex_b;
    boxed.extradata = {1, 100, 0, 31, 0xff, 0xe1, 0};  // avcC: lengths of four bytes
    CHECK(hasFormOf(boxed, packetOf({0, 0, 0, 2, 0x65, 1, 0, 0, 0, 1, 0x41})));
    CHECK_FALSE(hasFormOf(boxed, packetOf({0, 0, 0, 9, 0x65, 1})));
    StreamFormat mjpeg;
    mjpeg.video = Codec::Mjpeg;
    CHECK(hasFormOf(mjpeg, packetOf({0xff, 0xd8, 0xff, 0xdb, 0})));
    CHECK_FALSE(hasFormOf(mjpeg, packetOf({0, 0, 0, 0, 0})));
    const Clip clip = makeClip(160, 120, 5, 5);
    for (const Packet& packet : clip.packets) CHECK(hasFormOf(clip.format, packet));
}

TEST_CASE("parameter sets are found at the head of a keyframe only", "[worker]") {
    const Clip clip = withoutExtradata(makeClip(160, 120, 2, 1));
    const auto sets = parameterSetsOf(clip.format, clip.packets[0]);
    CHECK(sets.size() > 20);
    CHECK(sets == parameterSetsOf(clip.format, clip.packets[1]));
    CHECK(parameterSetsOf(clip.format, makeClip(160, 120, 2, 1).packets[1]).empty());
    std::vector<std::uint8_t> twice = sets;
    twice.insert(twice.end(), clip.packets[0].data.begin(), clip.packets[0].data.end());
    CHECK(parameterSetsOf(clip.format, packetOf(twice)) ==
          sets);  // GStreamer's cameras: not another format at each keyframe
}

TEST_CASE("a stream is undecodable after the limit and three packets without a good picture", "[worker]") {
    DecodeWatch watch(seconds(5));
    const Monotonic::time_point start{seconds(1000)};
    for (int i = 0; i < 4; ++i) watch.feed(start + seconds(i));
    CHECK(watch.isSuspect());
    CHECK_FALSE(watch.failure(start + seconds(4)));
    CHECK(watch.failure(start + seconds(5)).value().find("4 packets") != std::string::npos);
    watch.succeed();
    CHECK_FALSE(watch.failure(start + seconds(60)));
    watch.feed(start);
    CHECK_FALSE(watch.failure(start + seconds(9)));  // one packet only: a very slow camera
    watch.begin();
    watch.missKey(start);
    CHECK_FALSE(watch.failure(start + seconds(59)));
    CHECK(watch.failure(start + seconds(60)).value().find("keyframe") != std::string::npos);
}

}  // namespace judge_test
