// Sound of every codec becomes AAC that stands where its sound belongs. The codecs are libavcodec's.
#include "worker/sound/sound.h"

#include "sound/recorded_sound.h"
#include "worker/sound/adts.h"

namespace sound_test {

using namespace porchlight;
using namespace porchlight::test;
using worker::Sound;

namespace {

constexpr SoundKind kKinds[] = {
    kMulaw,
    {"A-law", Codec::PcmAlaw, "pcm_alaw"},
    {"A-law of two channels", Codec::PcmAlaw, "pcm_alaw", 8'000, 2},
    {"G.722", Codec::G722, "g722", 16'000},
    {"G.726", Codec::G726, "g726le"},
    {"G.726 of AAL2", Codec::G726Aal2, "g726"},
    {"L16", Codec::PcmS16Be, "pcm_s16be", 16'000},
    {"PCM at a rate that AAC has not", Codec::PcmS16Le, "pcm_s16le", 18'900, 2},
    {"Opus", Codec::Opus, "libopus", 48'000, 2},
    {"MP2", Codec::Mp2, "mp2", 48'000, 2},
    {"MP3", Codec::Mp3, "libmp3lame", 44'100, 2},
    {"AAC", Codec::Aac, "aac", 44'100, 2},
    kAdts,
    {"ADTS of two channels", Codec::AacAdts, "aac", 48'000, 2, "adts"},
    {"LATM", Codec::AacLatm, "aac", 48'000, 1, "latm"},
};

/// Of 300 bytes each.
std::vector<Packet> noise(int packets, std::int64_t base_us) {
    std::vector<Packet> made;
    std::uint32_t state = 4711;
    for (int i = 0; i < packets; ++i) {
        std::vector<std::uint8_t> bytes(300);
        for (std::uint8_t& byte : bytes) {
            state = state * 1664525U + 1013904223U;
            byte = static_cast<std::uint8_t>(state >> 24U);
        }
        made.push_back(packetOfBytes(std::move(bytes), base_us + i * 20'000));
    }
    return made;
}

/// Whether a packet of it is told from any other bytes by what it begins with.
bool hasMark(Codec codec) {
    return codec == Codec::AacAdts || codec == Codec::AacLatm || codec == Codec::Mp2 || codec == Codec::Mp3;
}

}  // namespace

TEST_CASE("a tone of any codec is heard in the recording, at its time and of its length", "[worker]") {
    for (const SoundKind& kind : kKinds) {
        DYNAMIC_SECTION(kind.name) {
            const Sounding given = makeTone(kind, kBaseUs);
            Sound sound;
            sound.begin(given.format);
            REQUIRE(sound.recorded().audio == Codec::Aac);
            CHECK(sound.recorded().channels == kind.channels);
            CHECK(sound.recorded().sample_rate_hz >= kind.rate_hz);
            Recorded recorded;
            recorded.feed(sound, given.packets);
            CHECK(recorded.refused == 0);
            checkTone(Heard(sound.recorded(), recorded.packets, kBaseUs));
        }
    }
}

TEST_CASE("AAC is not encoded again, whatever stands before its frames", "[worker]") {
    const Sounding raw = makeTone({"AAC", Codec::Aac, "aac", 16'000}, kBaseUs);
    const bool is_announced = GENERATE(true, false);
    Sounding given = makeTone(kAdts, kBaseUs);
    if (!is_announced) given.format.sample_rate_hz = given.format.channels = 0;  // MPEG-TS that nobody probed
    Sound sound;
    sound.begin(given.format);
    CHECK((sound.recorded().audio == Codec::Aac) == is_announced);
    CHECK(sound.learn(given.packets.front()) == !is_announced);
    CHECK(sound.recorded().sample_rate_hz == 16'000);
    CHECK(sound.recorded().audio_extradata == worker::aacConfig(16'000, 1));
    CHECK(sound.told() == ", audio aac");
    Recorded recorded;
    recorded.feed(sound, given.packets);
    REQUIRE(recorded.packets.size() == raw.packets.size());
    for (std::size_t i = 0; i < raw.packets.size(); ++i) {
        CHECK(std::ranges::equal(recorded.packets[i].data, raw.packets[i].data));
        CHECK(recorded.packets[i].dts_us == raw.packets[i].dts_us);
    }

    // Two frames in one packet come one after the other.
    std::vector<std::uint8_t> both(given.packets[4].data.begin(), given.packets[4].data.end());
    both.insert(both.end(), given.packets[5].data.begin(), given.packets[5].data.end());
    Recorded again;
    again.feed(sound, {packetOfBytes(both, raw.packets[4].dts_us)});
    REQUIRE(again.packets.size() == 2);
    CHECK(std::ranges::equal(again.packets[1].data, raw.packets[5].data));
    CHECK(again.packets[1].dts_us == raw.packets[5].dts_us);
}

TEST_CASE("headers of frames are read as they are, and none where there is none", "[worker]") {
    const Sounding given = makeTone({"", Codec::AacAdts, "aac", 44'100, 2, "adts"});
    std::vector<std::uint8_t> frame(given.packets[3].data.begin(), given.packets[3].data.end());
    const auto header = worker::readAdts(frame);
    REQUIRE(header);
    CHECK(header->object_type == 2);
    CHECK(header->rate_hz == 44'100);
    CHECK(header->channels == 2);
    CHECK(header->blocks == 1);
    CHECK(header->header_bytes == 7);
    CHECK(header->frame_bytes == frame.size());
    CHECK_FALSE(worker::readAdts(std::span(frame).first(6)));
    frame[2] |= 0x3cU;  // a rate that nobody has defined
    CHECK_FALSE(worker::readAdts(frame));
    CHECK_FALSE(
        worker::readAdts(std::vector<std::uint8_t>{0xff, 0xf1, 0x50, 0x80, 0, 0, 0, 1}));  // of no bytes
    CHECK(worker::aacConfig(44'100, 2) == std::vector<std::uint8_t>{0x12, 0x10});
    CHECK(worker::aacConfig(8'000, 1) == std::vector<std::uint8_t>{0x15, 0x88});
    CHECK(worker::aacConfig(44'000, 2).empty());
    CHECK(worker::aacConfig(44'100, 7).empty());
}

TEST_CASE("what is done with the sound is told", "[worker]") {
    Sound sound;
    sound.begin(makeTone(kMulaw).format);
    CHECK(sound.told() == ", audio mu-law 8 kHz mono is recorded as AAC");
    sound.begin(makeTone(kKinds[7]).format);
    CHECK(sound.told() == ", audio pcm-s16le 18.9 kHz stereo is recorded as AAC");
    CHECK(sound.recorded().sample_rate_hz == 22'050);
    sound.begin({});
    CHECK(sound.told().empty());
    CHECK(sound.recorded().audio == Codec::None);
    StreamFormat surround;
    surround.audio = Codec::PcmS16Be;
    surround.channels = 6;
    sound.begin(surround);
    CHECK(sound.told() == ", audio pcm-s16be 48 kHz 6 channels is recorded as AAC");
    CHECK(sound.recorded().channels == 2);
    StreamFormat bare;
    bare.audio = Codec::Aac;
    sound.begin(bare);
    CHECK(sound.told() == ", audio aac left out (nothing tells its rate)");
    CHECK(sound.recorded().audio == Codec::None);
    CHECK_FALSE(sound.takeEnd());
}

TEST_CASE("of a stream with pictures the sound alone is told as recorded", "[worker]") {
    StreamFormat given = makeTone(kMulaw).format;
    given.video = Codec::H264;
    given.width_px = 320;
    given.extradata = {1, 2, 3};
    Sound sound;
    sound.begin(given);
    CHECK(sound.recorded().audio == Codec::Aac);
    CHECK(sound.recorded().video == Codec::None);
    CHECK(sound.recorded().width_px == 0);
    CHECK(sound.recorded().extradata.empty());
}

TEST_CASE("a gap in the sound is silence and moves nothing that follows", "[worker]") {
    const auto [late_us, resumes_s] =
        GENERATE(std::pair<std::int64_t, double>{0, 1.2}, std::pair<std::int64_t, double>{5'000'000, 6.2});
    Sounding given = makeTone(kMulaw, kBaseUs);
    std::erase_if(given.packets, [](const Packet& packet) {
        const std::int64_t at_us = packet.pts_us - kBaseUs;
        return at_us >= 900'000 && at_us < 1'200'000;
    });
    for (Packet& packet : given.packets)
        if (packet.pts_us - kBaseUs >= 1'200'000) packet.dts_us = packet.pts_us += late_us;
    Sound sound;
    sound.begin(given.format);
    Recorded recorded;
    recorded.feed(sound, given.packets);
    const Heard heard(sound.recorded(), recorded.packets, kBaseUs);
    const auto before = heard.loud(0, resumes_s - 0.15);
    const auto after = heard.loud(resumes_s - 0.15, resumes_s + 1);
    CHECK(before.first == Approx(0.5).margin(kApart_s));
    CHECK(before.second == Approx(0.9).margin(kApart_s));
    CHECK(after.first == Approx(resumes_s).margin(kApart_s));
    CHECK(after.second == Approx(resumes_s + 0.3).margin(kApart_s));
}

TEST_CASE("stamps that tremble or run away tear no hole, and the sound stays with them", "[worker]") {
    Sounding given = makeTone(kMulaw, kBaseUs);
    SECTION("by 20 ms") {
        for (std::size_t i = 0; i < given.packets.size(); ++i)
            given.packets[i].pts_us += i % 2 == 0 ? 20'000 : -20'000;
    }
    SECTION("from a wrong crystal") {
        for (Packet& packet : given.packets) packet.pts_us += (packet.pts_us - kBaseUs) / 500;
    }
    Sound sound;
    sound.begin(given.format);
    Recorded recorded;
    recorded.feed(sound, given.packets);
    const Heard heard(sound.recorded(), recorded.packets, kBaseUs);
    checkTone(heard);
    for (int window = 60; window < 140; ++window) CHECK(heard.isLoud(window));
}

TEST_CASE("samples are held within 25 ms of steady stamps, for hours", "[worker]") {
    const double rate = GENERATE(0.999, 1.001);
    worker::SampleLine line(8'000);
    std::int64_t next = 0;
    std::int64_t worst = 0;
    int steps = 0;
    int beginnings = 0;
    for (std::int64_t i = 0; i < 50LL * 3'600 * 3; ++i) {
        const auto at = static_cast<std::int64_t>(static_cast<double>(i * 160) * rate);
        const worker::SampleLine::Step step = line.place(at, 160);
        beginnings += step.is_new;
        next += step.silence + 160 - step.skip;
        steps += step.silence > 0 || step.skip > 0;
        worst = std::max<std::int64_t>(worst, std::abs(next - 160 - at));
    }
    CHECK(beginnings == 1);
    CHECK(worst <= 210);
    CHECK(steps > 100);
    CHECK(steps < 1'000);
}

TEST_CASE("sound that comes twice is left out, however many packets it takes", "[worker]") {
    worker::SampleLine line(8'000);
    std::int64_t next = 0;
    for (std::int64_t i = 0; i < 100; ++i) {
        const std::int64_t at = i < 50 ? i * 160 : i * 160 - 1'000;  // 125 ms
        const worker::SampleLine::Step step = line.place(at, 160);
        CHECK(step.silence == 0);
        CHECK_FALSE(step.is_new == (i > 0));
        next += 160 - step.skip;
        if (i > 57) CHECK(next - 160 == at);
    }
}

TEST_CASE("noise costs no good sound after it, and is refused where a codec can tell it from sound",
          "[worker]") {
    for (const SoundKind& kind : kKinds) {
        if (kind.codec == Codec::Aac) continue;  // passes as it comes
        DYNAMIC_SECTION(kind.name) {
            const Sounding given = makeTone(kind, kBaseUs);
            Sound sound;
            sound.begin(given.format);
            Recorded recorded;
            recorded.feed(sound, noise(50, kBaseUs - 2'000'000));
            if (hasMark(kind.codec)) CHECK(recorded.refused == 50);
            if (!hasMark(kind.codec) && kind.codec != Codec::Opus) CHECK(recorded.refused == 0);
            const int refused = recorded.refused;
            recorded.feed(sound, {packetOfBytes(std::vector<std::uint8_t>(300'000), kBaseUs - 900'000)});
            CHECK(recorded.refused == refused + 1);  // larger than any sound
            recorded.packets.clear();
            recorded.feed(sound, given.packets);
            const Heard heard(sound.recorded(), recorded.packets, kBaseUs);
            CHECK(heard.loud(0.4, 2).first == Approx(0.5).margin(kApart_s));
            CHECK(heard.loud(0.4, 2).second == Approx(1.5).margin(kApart_s));
        }
    }
}

}  // namespace sound_test
