/// Sound beside its pictures in fragments: when it begins, changes, and stays out.
#include "fragmenter_bench.h"
#include "mp4_reader.h"
#include "sound/tone.h"
#include "support/catch.h"
#include "worker/stream/stream_probe.h"

namespace fragmenter_sound_test {

using namespace porchlight;
using namespace porchlight::test;

TEST_CASE("sound that begins later is in the next epoch, and no picture is lost for it", "[worker]") {
    const Clip clip = makeClip(320, 240, 40, 10);
    const Sounding sound = makeTone({"AAC", Codec::Aac, "aac", 16'000});
    FragmenterBench bench;
    bench.fragmenter.begin(clip.format, "test");
    std::size_t sounds = 0;
    for (std::size_t i = 0; i < clip.packets.size(); ++i) {
        if (i == 15) bench.fragmenter.setSound(sound.format, "test, audio aac");
        bench.feed(clip.packets[i]);
        for (; i >= 15 && sounds < sound.packets.size() &&
               sound.packets[sounds].dts_us + 1'000'000 < clip.packets[i].dts_us;
             ++sounds) {
            Packet packet = sound.packets[sounds];
            packet.dts_us = packet.pts_us += 1'000'000;
            CHECK(bench.fragmenter.add(packet));
            CHECK(bench.fragmenter.add(packet));  // one that stands where another one is
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
    for (std::size_t i = 1; i < sounds_s.size(); ++i)
        CHECK(sounds_s[i] - sounds_s[i - 1] == Approx(0.064).margin(0.001));
    CHECK(pictures == 20);
    CHECK(sounds_s.size() > 15);
}

TEST_CASE("sound that was told of and comes late stands where it begins", "[worker]") {
    const Clip clip = makeClip(320, 240, 40, 10);
    const Sounding sound = makeTone({"AAC", Codec::Aac, "aac", 16'000});
    StreamFormat format = clip.format;
    worker::copySound(sound.format, format);
    FragmenterBench bench;
    bench.fragmenter.begin(format, "test");
    for (const Packet& picture : clip.packets) {
        bench.feed(picture);
        for (Packet packet : sound.packets) {
            packet.dts_us = packet.pts_us += 1'300'000;
            if (packet.dts_us < picture.dts_us && packet.dts_us > picture.dts_us - 70'000)
                CHECK(bench.fragmenter.add(packet));
        }
    }
    bench.fragmenter.finish();
    REQUIRE(bench.streams.size() == 1);
    std::vector<double> sounds_s;
    for (const auto& packet : readMp4(bench.file(0)).packets)
        if (packet.stream == 1) sounds_s.push_back(packet.dts_s);
    REQUIRE(sounds_s.size() > 10);
    CHECK(sounds_s.front() == Approx(1.3).margin(0.1));
    CHECK(sounds_s[1] - sounds_s[0] == Approx(0.064).margin(0.001));
}

TEST_CASE("other sound, or none from now on, costs an epoch; the same sound does not", "[worker]") {
    const Clip clip = makeClip(320, 240, 40, 10);
    StreamFormat format = clip.format;
    worker::copySound(makeTone({"AAC", Codec::Aac, "aac", 16'000}).format, format);
    FragmenterBench bench;
    bench.fragmenter.begin(format, "test, audio aac");
    for (std::size_t i = 0; i < clip.packets.size(); ++i) {
        if (i == 5) bench.fragmenter.setSound(format, "test, audio mu-law is recorded as AAC");
        if (i == 15) CHECK(bench.streams.size() == 1);
        if (i == 25) bench.fragmenter.setSound({}, "test, audio left out");
        bench.feed(clip.packets[i]);
    }
    bench.fragmenter.finish();
    REQUIRE(bench.streams.size() == 2);
    CHECK(bench.streams[0].has_audio);
    CHECK_FALSE(bench.streams[1].has_audio);
    CHECK(bench.streams[1].description == "test, audio left out");
    CHECK(readMp4(bench.file(0)).packets.size() == 30);
    const ReadFile silent = readMp4(bench.file(1));
    CHECK(silent.streams == 1);
    CHECK(silent.packets.size() == 10);
}

TEST_CASE("after a pause of more than 3 s an epoch begins where there is sound, and none else", "[worker]") {
    const struct {
        std::size_t at;  ///< picture before which it is
        std::int64_t pause_us;
        bool has_sound;
        std::size_t last;  ///< of the first epoch, one after it
    } rows[] = {{20, 8'000'000, true, 20},
                {23, 8'000'000, true, 30},  // the keyframe after the pause
                {20, 3'100'000, true, 20},
                {20, 2'900'000, true, 40},
                {20, 8'000'000, false, 40}};
    const Clip clip = makeClip(320, 240, 40, 10);
    const Sounding sound = makeTone({"AAC", Codec::Aac, "aac", 16'000});
    for (const auto& row : rows) {
        INFO(row.pause_us << " us before " << row.at << (row.has_sound ? ", sound" : ""));
        StreamFormat format = clip.format;
        if (row.has_sound) worker::copySound(sound.format, format);
        FragmenterBench bench;
        bench.fragmenter.begin(format, "test");
        std::size_t sounds = 0;
        for (std::size_t i = 0; i < clip.packets.size(); ++i) {
            if (i == row.at) bench.clock.advance(microseconds(row.pause_us));
            const std::int64_t shift_us = i < row.at ? 0 : row.pause_us;
            bench.feed(clip.packets[i], shift_us);
            for (; row.has_sound && sounds < sound.packets.size() &&
                   sound.packets[sounds].dts_us < clip.packets[i].dts_us;
                 ++sounds) {
                Packet packet = sound.packets[sounds];
                packet.dts_us = packet.pts_us += shift_us;
                CHECK(bench.fragmenter.add(packet));
            }
        }
        bench.fragmenter.finish();
        const bool is_split = row.last < clip.packets.size();
        REQUIRE(bench.streams.size() == (is_split ? 2 : 1));
        const auto picturesIn = [&bench](std::size_t epoch) {
            const ReadFile file = readMp4(bench.file(epoch));
            return static_cast<std::size_t>(
                std::count_if(file.packets.begin(), file.packets.end(),
                              [](const ReadPacket& packet) { return packet.stream == 0; }));
        };
        CHECK(picturesIn(0) == row.last);
        if (is_split) {
            CHECK(picturesIn(1) == clip.packets.size() - row.last);
            CHECK(bench.streams[1].has_audio);
        }
        for (std::size_t i = 1; i < bench.fragments.size(); ++i) {
            const auto& before = bench.fragments[i - 1];
            const auto& after = bench.fragments[i];
            // A pause between two epochs is in neither.
            const bool is_between = after.epoch != before.epoch && clip.packets[row.at].is_key;
            CHECK(after.started_at_us - (before.started_at_us + before.duration_us) ==
                  Approx(is_between ? row.pause_us : 0).margin(10'000));
        }
    }
}

TEST_CASE("sound more than 2 s beside its pictures is refused, and so is more than a fragment holds",
          "[worker]") {
    const Clip clip = makeClip(320, 240, 45, 15);
    StreamFormat format = clip.format;
    worker::copySound(makeTone({"AAC", Codec::Aac, "aac", 16'000}).format, format);
    FragmenterBench bench;
    bench.fragmenter.begin(format, "test");
    const auto add = [&bench](std::int64_t at_us, std::size_t bytes = 200) {
        return bench.fragmenter.add(packetOfBytes(std::vector<std::uint8_t>(bytes, 1), at_us));
    };
    bench.feed(clip.packets[0]);
    CHECK(add(0));
    for (std::size_t i = 1; i < clip.packets.size(); ++i) bench.feed(clip.packets[i]);
    const std::int64_t now_us = clip.packets.back().dts_us;
    CHECK_FALSE(add(now_us - 2'100'000));
    CHECK_FALSE(add(now_us + 2'100'000));
    CHECK(add(now_us - 100'000));
    CHECK_FALSE(add(now_us, 5U << 20U));
    CHECK(add(now_us + 1'900'000));
    CHECK(add(now_us - 100'000));  // came already: nothing is missing
    bench.fragmenter.finish();
    std::vector<double> sounds_s;
    for (const ReadPacket& packet : readMp4(bench.file(0)).packets)
        if (packet.stream == 1) sounds_s.push_back(packet.dts_s);
    REQUIRE(sounds_s.size() == 2);  // the last one waits for what tells how long it is
    CHECK(sounds_s[0] == 0);
    CHECK(sounds_s[1] == Approx(static_cast<double>(now_us - 100'000) / 1e6).margin(0.01));
}

}  // namespace fragmenter_sound_test
