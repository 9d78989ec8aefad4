// Parameter sets: those that are announced, those that keyframes bring, and those that are damaged.
#include "fragmenter_bench.h"
#include "mp4_reader.h"
#include "support/catch.h"
#include "worker/stream/packet_check.h"

namespace parameter_sets_test {

using namespace porchlight;
using namespace porchlight::test;

TEST_CASE("parameter sets and size are found in the first keyframe", "[worker]") {
    const Clip clip = withoutExtradata(makeClip(352, 288, 20, 10));
    FragmenterBench bench;
    bench.fragmenter.begin(clip.format, "test");
    for (std::size_t i = 3; i < clip.packets.size(); ++i) bench.feed(clip.packets[i]);
    bench.fragmenter.finish();
    REQUIRE(bench.streams.size() == 1);
    CHECK(bench.streams[0].width_px == 352);
    CHECK(bench.streams[0].height_px == 288);
    const ReadFile file = readMp4(bench.file(0));
    CHECK(file.packets.size() == 10);  // the stream begins at the second keyframe
    CHECK(file.packets.at(0).is_key);
}

TEST_CASE("what a keyframe brings outranks what was announced", "[worker]") {
    const Clip whole = makeClip(320, 240, 20, 10);
    const std::vector<std::uint8_t>& sets = whole.format.extradata;
    Clip clip = withoutExtradata(whole);
    SECTION("half of the sets") {
        clip.format.extradata.assign(sets.begin(), sets.begin() + 12);
    }
    SECTION("rubbish under their names") {
        clip.format.extradata = {0, 0, 0, 1, 0x67, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 1, 0x68, 0xff, 0xff};
    }
    SECTION("of another size") {
        clip.format.extradata = makeClip(160, 120, 1, 1).format.extradata;
        clip.format.width_px = 160;
        clip.format.height_px = 120;
    }
    FragmenterBench bench;
    bench.fragmenter.begin(clip.format, "test");
    for (const Packet& packet : clip.packets) bench.feed(packet);
    bench.fragmenter.finish();
    REQUIRE(bench.streams.size() == 1);
    CHECK(bench.streams[0].width_px == 320);
    CHECK(bench.streams[0].height_px == 240);
    FragmenterBench plain;  // the same camera, announced as it is
    plain.fragmenter.begin(whole.format, "test");
    for (const Packet& packet : whole.packets) plain.feed(packet);
    plain.fragmenter.finish();
    CHECK(bench.streams[0].init == plain.streams.at(0).init);
    CHECK(readMp4(bench.file(0)).packets.size() == 20);
}

TEST_CASE("sets that only the announcement has are kept", "[worker]") {
    const Clip whole = makeClip(320, 240, 10, 10);
    Clip clip = whole;
    const auto pps = std::search(whole.format.extradata.begin() + 4, whole.format.extradata.end(),
                                 whole.format.extradata.begin(), whole.format.extradata.begin() + 4);
    REQUIRE(pps != whole.format.extradata.end());
    std::vector<std::uint8_t> key(pps, whole.format.extradata.end());  // the keyframe brings its PPS
    key.insert(key.end(), clip.packets[0].data.begin(), clip.packets[0].data.end());
    clip.packets[0].data = key;
    FragmenterBench bench;
    bench.fragmenter.begin(clip.format, "test");
    bench.feed(clip.packets[0]);
    bench.fragmenter.finish();
    FragmenterBench plain;
    plain.fragmenter.begin(whole.format, "test");
    plain.feed(whole.packets[0]);
    plain.fragmenter.finish();
    REQUIRE(bench.streams.size() == 1);
    CHECK(bench.streams[0].init == plain.streams.at(0).init);

    // And the other half: the keyframe brings its SPS alone.
    std::vector<std::uint8_t> sps(whole.format.extradata.begin(), pps);
    sps.insert(sps.end(), whole.packets[0].data.begin(), whole.packets[0].data.end());
    clip.packets[0].data = sps;
    FragmenterBench other;
    other.fragmenter.begin(clip.format, "test");
    other.feed(clip.packets[0]);
    other.fragmenter.finish();
    REQUIRE(other.streams.size() == 1);
    CHECK(other.streams[0].width_px == 320);
    CHECK(other.streams[0].init == plain.streams.at(0).init);
}

TEST_CASE("a keyframe of a hundred thousand parameter sets costs no time") {
    Clip clip = makeClip(320, 240, 1, 1);
    std::vector<std::uint8_t> many;
    for (std::uint32_t i = 0; i < 100'000; ++i) {
        const auto byte = [i](unsigned at) { return static_cast<std::uint8_t>(0x80U | (i >> at & 0x3fU)); };
        many.insert(many.end(), {0, 0, 1, 0x68, byte(0), byte(6), byte(12)});
    }
    Packet key = clip.packets[0];
    key.data = many;
    const auto began_at = Monotonic::now();
    CHECK(worker::parameterSetsOf(clip.format, key).size() < 1024);
    CHECK(worker::mergedParameterSets(clip.format, key).size() < 2048);
    CHECK(Monotonic::now() - began_at < seconds(3));
}

TEST_CASE("damaged parameter sets in the stream cost their pictures, not the camera", "[worker]") {
    Clip clip = withoutExtradata(makeClip(160, 120, 30, 10));
    // As a bad cable does it: the SPS of the second keyframe is cut down to its header.
    std::vector<std::uint8_t> damaged{0,    0, 0, 1, 0x67, 0,    0,    0, 1, 0x68,
                                      0xCE, 0, 0, 0, 1,    0x65, 0x88, 1, 2, 3};
    clip.packets[10].data = damaged;
    FragmenterBench bench;
    bench.fragmenter.begin(clip.format, "test");
    int refused = 0;
    for (const Packet& packet : clip.packets) {
        try {
            bench.feed(packet);
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::BadData);
            ++refused;
        }
    }
    bench.fragmenter.finish();
    CHECK(refused >= 1);
    REQUIRE(bench.streams.size() >= 2);
    CHECK(bench.streams.back().width_px == 160);
    CHECK(readMp4(bench.file(0)).packets.size() == 10);
    CHECK(readMp4(bench.file(bench.streams.size() - 1)).packets.size() == 10);
}

}  // namespace parameter_sets_test
