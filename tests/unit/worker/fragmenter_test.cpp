#include "worker/stream/fragmenter.h"
#include "worker/stream/packet_check.h"

#include "clip.h"
#include "mp4_reader.h"
#include "support/catch.h"
#include "support/fake_clock.h"
#include "tone.h"

namespace fragmenter_test {

using namespace porchlight;
using namespace porchlight::test;
using worker::Fragmenter;

namespace {

/// Collects what a fragmenter makes of packets that arrive at their own pace.
struct Bench {
    test::FakeClock clock;
    std::vector<ipc::StreamStarted> streams;
    std::vector<ipc::FragmentReady> fragments;
    Fragmenter fragmenter{clock, [this](ipc::StreamStarted&& s) { streams.push_back(std::move(s)); },
                          [this](ipc::FragmentReady&& f) { fragments.push_back(std::move(f)); }};

    void feed(Packet packet, std::int64_t shift_us = 0) {
        packet.arrived_at = clock.now();
        packet.pts_us += shift_us;
        packet.dts_us += shift_us;
        fragmenter.add(packet);
        clock.advance(microseconds(66'667));
    }
    base::Bytes file(std::size_t epoch) const {
        base::Bytes bytes = streams[epoch].init;
        for (const auto& f : fragments)
            if (f.epoch == streams[epoch].epoch) bytes.insert(bytes.end(), f.bytes.begin(), f.bytes.end());
        return bytes;
    }
};

std::string boxesOf(const base::Bytes& bytes) {
    std::string names;
    for (std::size_t at = 0; at + 8 <= bytes.size();) {
        const std::size_t size = static_cast<std::size_t>(bytes[at]) << 24U | bytes[at + 1] << 16U |
                                 bytes[at + 2] << 8U | bytes[at + 3];
        names += std::string(bytes.begin() + static_cast<std::ptrdiff_t>(at) + 4,
                             bytes.begin() + static_cast<std::ptrdiff_t>(at) + 8) +
                 " ";
        if (size < 8) return names + "broken";
        at += size;
    }
    return names;
}

}  // namespace

TEST_CASE("fragments are one moof and one mdat, begin at keyframes and last less than a second", "[worker]") {
    const Clip clip = makeClip(320, 240, 60, 20);
    Bench bench;
    bench.fragmenter.begin(clip.format, "test");
    for (const Packet& packet : clip.packets) bench.feed(packet);
    bench.fragmenter.finish();

    REQUIRE(bench.streams.size() == 1);
    CHECK(bench.streams[0].width_px == 320);
    CHECK(boxesOf(bench.streams[0].init) == "ftyp moov ");
    REQUIRE(bench.fragments.size() == 6);
    for (std::size_t i = 0; i < bench.fragments.size(); ++i) {
        const auto& fragment = bench.fragments[i];
        CHECK(boxesOf(fragment.bytes) == "moof mdat ");
        CHECK(fragment.sequence == i);
        CHECK(fragment.duration_us <= 900'000);
        CHECK(fragment.starts_with_key == (i % 2 == 0));
        if (i > 0)
            CHECK(fragment.started_at_us ==
                  bench.fragments[i - 1].started_at_us + bench.fragments[i - 1].duration_us);
    }
}

TEST_CASE("muxing passes every payload through and durations add up", "[worker]") {
    const Clip clip = makeClip(320, 240, 50, 15);
    Bench bench;
    bench.fragmenter.begin(clip.format, "test");
    for (const Packet& packet : clip.packets) bench.feed(packet);
    bench.fragmenter.finish();

    const ReadFile file = readMp4(bench.file(0));
    REQUIRE(file.packets.size() == clip.packets.size());
    double end_s = 0;
    for (std::size_t i = 0; i < file.packets.size(); ++i) {
        CHECK(file.packets[i].is_key == clip.packets[i].is_key);
        CHECK(std::abs(file.packets[i].dts_s - end_s) < 1e-6);
        CHECK(std::abs(file.packets[i].dts_s - static_cast<double>(clip.packets[i].dts_us) / 1e6) < 2e-5);
        end_s = file.packets[i].dts_s + file.packets[i].duration_s;
        CHECK(nalUnits(file.packets[i].data, true) == nalUnits(clip.packets[i].data, false));
    }
    std::int64_t total_us = 0;
    for (const auto& fragment : bench.fragments) total_us += fragment.duration_us;
    CHECK(std::abs(static_cast<double>(total_us) / 1e6 - end_s) < 1e-4);
}

TEST_CASE("parameter sets and size are found in the first keyframe", "[worker]") {
    const Clip clip = withoutExtradata(makeClip(352, 288, 20, 10));
    Bench bench;
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
    Bench bench;
    bench.fragmenter.begin(clip.format, "test");
    for (const Packet& packet : clip.packets) bench.feed(packet);
    bench.fragmenter.finish();
    REQUIRE(bench.streams.size() == 1);
    CHECK(bench.streams[0].width_px == 320);
    CHECK(bench.streams[0].height_px == 240);
    Bench plain;  // the same camera, announced as it is
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
    Bench bench;
    bench.fragmenter.begin(clip.format, "test");
    bench.feed(clip.packets[0]);
    bench.fragmenter.finish();
    Bench plain;
    plain.fragmenter.begin(whole.format, "test");
    plain.feed(whole.packets[0]);
    plain.fragmenter.finish();
    REQUIRE(bench.streams.size() == 1);
    CHECK(bench.streams[0].init == plain.streams.at(0).init);

    // And the other half: the keyframe brings its SPS alone.
    std::vector<std::uint8_t> sps(whole.format.extradata.begin(), pps);
    sps.insert(sps.end(), whole.packets[0].data.begin(), whole.packets[0].data.end());
    clip.packets[0].data = sps;
    Bench other;
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
    CHECK(Monotonic::now() - began_at < seconds(1));
}

TEST_CASE("a jump of the time stamps loses no packet and starts an epoch at the next keyframe", "[worker]") {
    const std::int64_t jump = GENERATE(std::int64_t{20'000'000}, std::int64_t{-20'000'000});
    const Clip clip = makeClip(320, 240, 40, 10);
    Bench bench;
    bench.fragmenter.begin(clip.format, "test");
    for (std::size_t i = 0; i < clip.packets.size(); ++i) bench.feed(clip.packets[i], i >= 15 ? jump : 0);
    bench.fragmenter.finish();
    REQUIRE(bench.streams.size() == 2);
    CHECK(bench.streams[1].epoch > bench.streams[0].epoch);
    const ReadFile first = readMp4(bench.file(0));
    const ReadFile second = readMp4(bench.file(1));
    CHECK(first.packets.size() == 20);
    CHECK(second.packets.size() == 20);
    CHECK(second.packets.at(0).is_key);
    for (std::size_t i = 1; i < bench.fragments.size(); ++i)
        CHECK(bench.fragments[i].started_at_us >=
              bench.fragments[i - 1].started_at_us + bench.fragments[i - 1].duration_us);
}

TEST_CASE("a pause of the camera is no jump: one stream, in which the picture before it lasts", "[worker]") {
    const std::int64_t pause = 8'000'000;
    const Clip clip = makeClip(320, 240, 40, 10);
    Bench bench;
    bench.fragmenter.begin(clip.format, "test");
    for (std::size_t i = 0; i < clip.packets.size(); ++i) {
        if (i == 20) bench.clock.advance(microseconds(pause));
        bench.feed(clip.packets[i], i >= 20 ? pause : 0);
    }
    bench.fragmenter.finish();
    REQUIRE(bench.streams.size() == 1);
    const ReadFile file = readMp4(bench.file(0));
    REQUIRE(file.packets.size() == 40);
    for (std::size_t i = 1; i < file.packets.size(); ++i)
        CHECK(file.packets[i].dts_s - file.packets[i - 1].dts_s ==
              Approx(i == 20 ? 8.0667 : 0.0667).margin(0.001));
    for (std::size_t i = 1; i < bench.fragments.size(); ++i)
        CHECK(bench.fragments[i].started_at_us ==
              bench.fragments[i - 1].started_at_us + bench.fragments[i - 1].duration_us);
}

TEST_CASE("repeated and backward stamps become a rising line", "[worker]") {
    Clip clip = makeClip(320, 240, 20, 20);
    for (std::size_t i = 8; i < 12; ++i)
        clip.packets[i].pts_us = clip.packets[i].dts_us = clip.packets[5].dts_us;
    Bench bench;
    bench.fragmenter.begin(clip.format, "test");
    for (const Packet& packet : clip.packets) bench.feed(packet);
    bench.fragmenter.finish();
    CHECK(bench.streams.size() == 1);
    const ReadFile file = readMp4(bench.file(0));
    REQUIRE(file.packets.size() == 20);
    for (std::size_t i = 1; i < file.packets.size(); ++i)
        CHECK(file.packets[i].dts_s > file.packets[i - 1].dts_s);
}

TEST_CASE("a keyframe request cuts before the next picture", "[worker]") {
    const Clip clip = makeClip(320, 240, 10, 50);
    Bench bench;
    bench.fragmenter.begin(clip.format, "test");
    for (std::size_t i = 0; i < 5; ++i) bench.feed(clip.packets[i]);
    CHECK(bench.fragments.empty());
    bench.fragmenter.cutSoon();
    bench.feed(clip.packets[5]);
    REQUIRE(bench.fragments.size() == 1);
    CHECK(bench.fragments[0].duration_us == Approx(5 * 66'667).margin(5));
}

TEST_CASE("a hole in the arrivals moves the wall time forward", "[worker]") {
    const Clip clip = makeClip(320, 240, 40, 10);
    Bench bench;
    bench.fragmenter.begin(clip.format, "test");
    for (std::size_t i = 0; i < 20; ++i) bench.feed(clip.packets[i]);
    bench.clock.advance(seconds(2));
    for (std::size_t i = 20; i < 40; ++i) bench.feed(clip.packets[i]);
    bench.fragmenter.finish();
    REQUIRE(bench.fragments.size() == 4);
    const auto& before = bench.fragments[1];
    const std::int64_t hole = bench.fragments[2].started_at_us - (before.started_at_us + before.duration_us);
    CHECK(hole == Approx(2'000'000).margin(100'000));
}

TEST_CASE("a wall clock that is set moves what follows, over what was recorded already", "[worker]") {
    for (const auto step : {seconds(-3600), seconds(3600)}) {
        INFO(step.count());
        const Clip clip = makeClip(320, 240, 40, 10);
        Bench bench;
        bench.fragmenter.begin(clip.format, "test");
        for (std::size_t i = 0; i < 20; ++i) bench.feed(clip.packets[i]);
        bench.clock.stepWall(step);
        for (std::size_t i = 20; i < 40; ++i) bench.feed(clip.packets[i]);
        bench.fragmenter.finish();
        REQUIRE(bench.fragments.size() == 4);
        CHECK(bench.streams.size() == 1);  // the stream goes on
        const auto& before = bench.fragments[1];
        const auto& after = bench.fragments[2];
        const std::int64_t leap = after.started_at_us - (before.started_at_us + before.duration_us);
        CHECK(leap == Approx(microseconds(step).count()).margin(100'000));
        CHECK(after.duration_us == Approx(before.duration_us).margin(1'000));
    }
}

TEST_CASE("H.264 that cannot be muxed is bad data", "[worker]") {
    Bench bench;
    StreamFormat format;
    format.video = Codec::H264;
    bench.fragmenter.begin(format, "broken");
    const std::vector<std::uint8_t> garbage(100, 7);
    Packet packet;
    packet.data = garbage;
    packet.is_key = true;
    try {
        bench.fragmenter.add(packet);
        FAIL("no error");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::BadData);
    }
    CHECK(bench.streams.empty());
}

TEST_CASE("damaged parameter sets in the stream cost their pictures, not the camera", "[worker]") {
    Clip clip = withoutExtradata(makeClip(160, 120, 30, 10));
    // As a bad cable does it: the SPS of the second keyframe is cut down to its header.
    std::vector<std::uint8_t> damaged{0,    0, 0, 1, 0x67, 0,    0,    0, 1, 0x68,
                                      0xCE, 0, 0, 0, 1,    0x65, 0x88, 1, 2, 3};
    clip.packets[10].data = damaged;
    Bench bench;
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

TEST_CASE("sound that begins later is in the next epoch, and no picture is lost for it", "[worker]") {
    const Clip clip = makeClip(320, 240, 40, 10);
    const Sounding sound = makeTone({"AAC", Codec::Aac, "aac", 16'000});
    Bench bench;
    bench.fragmenter.begin(clip.format, "test");
    std::size_t sounds = 0;
    for (std::size_t i = 0; i < clip.packets.size(); ++i) {
        if (i == 15) bench.fragmenter.addSound(sound.format, ", audio aac");
        bench.feed(clip.packets[i]);
        for (; i >= 15 && sounds < sound.packets.size() &&
               sound.packets[sounds].dts_us + 1'000'000 < clip.packets[i].dts_us;
             ++sounds) {
            Packet packet = sound.packets[sounds];
            packet.dts_us = packet.pts_us += 1'000'000;
            bench.fragmenter.add(packet);
            bench.fragmenter.add(packet);  // one that stands where another one is
        }
    }
    bench.fragmenter.finish();
    REQUIRE(bench.streams.size() == 2);
    CHECK_FALSE(bench.streams[0].has_audio);
    CHECK(bench.streams[1].has_audio);
    CHECK(bench.streams[1].description == "test, audio aac");
    CHECK(readMp4(bench.file(0)).packets.size() == 20);
    const ReadFile file = readMp4(bench.file(1));
    CHECK(file.streams == 2);
    std::size_t pictures = 0;
    std::vector<double> sounds_s;
    for (const auto& packet : file.packets) {
        pictures += packet.stream == 0;
        if (packet.stream == 1) sounds_s.push_back(packet.dts_s);
    }
    for (std::size_t i = 2; i < sounds_s.size(); ++i)
        CHECK(sounds_s[i] - sounds_s[i - 1] == Approx(0.064).margin(0.001));
    CHECK(pictures == 20);
    CHECK(sounds_s.size() > 15);
}

}  // namespace fragmenter_test
