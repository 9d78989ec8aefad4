// Sound that is another one, stops, comes back or ends while its stream goes on.
#include "sound/recorded_sound.h"
#include "worker/sound/adts.h"
#include "worker/stream/stream_probe.h"

namespace sound_change_test {

using namespace porchlight;
using namespace porchlight::test;
using worker::Sound;

namespace {

/// No frame of any codec that has a mark to begin with.
Packet rubbish() {
    return packetOfBytes(std::vector<std::uint8_t>(200, 7), kBaseUs);
}

}  // namespace

TEST_CASE("sound that changes goes on as it was recorded before", "[worker]") {
    Sounding before = makeTone(kAdts, kBaseUs);
    Sounding after = makeTone(kAdts, kBaseUs);
    std::string told;  // empty: nobody tells of the change
    SECTION("frames of another rate, which nobody tells") {
        after = makeTone({"", Codec::AacAdts, "aac", 44'100, 2, "adts"}, kBaseUs);
    }
    SECTION("another codec") {
        after = makeTone(kMulaw, kBaseUs);
        told = ", audio mu-law 8 kHz mono is recorded as AAC";
    }
    SECTION("from one that is encoded to another") {
        before = makeTone(kMulaw, kBaseUs);
        after = makeTone({"", Codec::Opus, "libopus", 48'000, 2}, kBaseUs);
        told = ", audio opus 48 kHz stereo is recorded as AAC";
    }
    std::erase_if(before.packets, [](const Packet& packet) { return packet.pts_us >= kBaseUs + 1'000'000; });
    std::erase_if(after.packets, [](const Packet& packet) { return packet.pts_us < kBaseUs + 1'000'000; });
    Sound sound;
    sound.begin(before.format);
    const StreamFormat recorded_as = sound.recorded();
    Recorded recorded;
    recorded.feed(sound, before.packets);
    if (!told.empty()) {
        sound.change(after.format);
        CHECK(sound.told() == told);
    }
    recorded.feed(sound, after.packets);
    CHECK(recorded.refused == 0);
    CHECK_FALSE(sound.takeEnd());
    CHECK(worker::hasSameSound(sound.recorded(), recorded_as));
    checkTone(Heard(recorded_as, recorded.packets, kBaseUs));
}

TEST_CASE("when the first sound comes back it passes as it comes again", "[worker]") {
    const Sounding first = makeTone({"AAC", Codec::Aac, "aac", 16'000}, kBaseUs);
    const Sounding other = makeTone(kMulaw, kBaseUs + 2'000'000);
    const Sounding again = makeTone({"AAC", Codec::Aac, "aac", 16'000}, kBaseUs + 4'000'000);
    Sound sound;
    sound.begin(first.format);
    Recorded all;
    all.feed(sound, first.packets);
    sound.change(other.format);
    all.feed(sound, other.packets);
    sound.change(again.format);
    CHECK(sound.told() == ", audio aac");
    Recorded back;
    back.feed(sound, again.packets);
    REQUIRE(back.packets.size() == again.packets.size());
    for (std::size_t i = 0; i < again.packets.size(); ++i)
        CHECK(std::ranges::equal(back.packets[i].data, again.packets[i].data));
    CHECK(all.refused + back.refused == 0);
    all.packets.insert(all.packets.end(), back.packets.begin(), back.packets.end());
    const Heard heard(sound.recorded(), all.packets, kBaseUs);
    CHECK(heard.of_other_form == 0);
    for (const double from_s : {0.5, 2.5, 4.5}) {
        const auto [first_s, last_s] = heard.loud(from_s - 0.3, from_s + 1.3);
        CHECK(first_s == Approx(from_s).margin(kApart_s));
        CHECK(last_s == Approx(from_s + 1).margin(kApart_s));
    }
}

TEST_CASE(
    "sound that stops leaves the format of the recording as it is, and goes on in it when it comes back",
    "[worker]") {
    const Sounding given = makeTone(kMulaw, kBaseUs);
    Sound sound;
    sound.begin(given.format);
    const StreamFormat recorded_as = sound.recorded();
    sound.change({});
    CHECK(sound.told().empty());
    CHECK(worker::hasSameSound(sound.recorded(), recorded_as));
    Recorded recorded;
    recorded.feed(sound, given.packets);
    CHECK(recorded.packets.empty());
    sound.change(given.format);
    recorded.feed(sound, given.packets);
    checkTone(Heard(recorded_as, recorded.packets, kBaseUs));
}

TEST_CASE("sound that never decodes ends after 200 packets in a row, which is told once", "[worker]") {
    const SoundKind kind = GENERATE(SoundKind(kAdts), SoundKind{"MP2", Codec::Mp2, "mp2", 48'000, 2});
    const Sounding given = makeTone(kind, kBaseUs);
    Sound sound;
    sound.begin(given.format);
    Recorded recorded;
    recorded.feed(sound, std::vector<Packet>(199, rubbish()));
    CHECK(recorded.refused == 199);
    CHECK_FALSE(sound.takeEnd());
    recorded.feed(sound, given.packets);  // good ones: counted from the beginning again
    recorded.feed(sound, std::vector<Packet>(199, rubbish()));
    CHECK_FALSE(sound.takeEnd());
    CHECK(sound.recorded().audio == Codec::Aac);
    recorded.feed(sound, {rubbish()});
    CHECK(recorded.refused == 399);
    CHECK(sound.takeEnd());
    CHECK_FALSE(sound.takeEnd());
    CHECK(sound.recorded().audio == Codec::None);
    CHECK(sound.told().starts_with(kind.codec == Codec::Mp2
                                       ? ", audio mp2 48 kHz stereo left out (decode sound: "
                                       : ", audio aac-adts 16 kHz mono left out (no frame of AAC)"));
    recorded.packets.clear();
    recorded.feed(sound, given.packets);
    CHECK(recorded.packets.empty());
    CHECK(recorded.refused == 399);  // there is none now, and so none is missing
    sound.change(given.format);      // the source begins it anew
    CHECK(sound.recorded().audio == Codec::Aac);
    recorded.feed(sound, given.packets);
    checkTone(Heard(sound.recorded(), recorded.packets, kBaseUs));
}

TEST_CASE("a change that cannot be encoded as it was ends the sound, and told() says why", "[worker]") {
    StreamFormat surround;
    surround.audio = Codec::Aac;
    surround.sample_rate_hz = 48'000;
    surround.channels = 6;
    surround.audio_extradata = worker::aacConfig(48'000, 6);
    Sound sound;
    sound.begin(surround);
    REQUIRE(sound.recorded().channels == 6);
    const Sounding after = makeTone(kMulaw, kBaseUs);
    sound.change(after.format);
    Recorded recorded;
    recorded.feed(sound, after.packets);
    CHECK(recorded.packets.empty());
    CHECK(recorded.refused == 1);  // the first; of the others nothing is expected any more
    CHECK(sound.takeEnd());
    CHECK_FALSE(sound.takeEnd());
    CHECK(sound.recorded().audio == Codec::None);
    CHECK(sound.told() ==
          ", audio mu-law 8 kHz mono left out (it has changed, and cannot be encoded as it was)");
}

}  // namespace sound_change_test
