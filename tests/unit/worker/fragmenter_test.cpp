#include "worker/stream/fragmenter.h"

#include "fragmenter_bench.h"
#include "mp4_reader.h"
#include "support/catch.h"

namespace fragmenter_test {

using namespace porchlight;
using namespace porchlight::test;

namespace {

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
    FragmenterBench bench;
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
    FragmenterBench bench;
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

TEST_CASE("a jump of the time stamps loses no packet and starts an epoch at the next keyframe", "[worker]") {
    const std::int64_t jump = GENERATE(std::int64_t{20'000'000}, std::int64_t{-20'000'000});
    const Clip clip = makeClip(320, 240, 40, 10);
    FragmenterBench bench;
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
    FragmenterBench bench;
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
    FragmenterBench bench;
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
    FragmenterBench bench;
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
    FragmenterBench bench;
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
        FragmenterBench bench;
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
    FragmenterBench bench;
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

}  // namespace fragmenter_test
