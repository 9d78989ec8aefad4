// Sound as the ffmpeg plugin hands it on: by its kind, from the moment at which it begins.
#include "contract/capture/fixture.h"
#include "support/catch.h"
#include "support/folder.h"

namespace sound_test {

using namespace porchlight;
using namespace porchlight::contract;
using namespace std::chrono_literals;

namespace {

std::string planWith(const std::string& file, const std::string& sound) {
    return R"("protocol": "rtsp", "codec": "h264", "rate_hz": 30, "video": ")" + clip("baseline.mp4") +
           R"(", "sound_file": ")" + clip(file) + R"(", "sound": {)" + sound + R"(}, "camera": {})";
}

/// Reads until sound comes; nothing when none does.
std::optional<Packet> soundOf(CaptureSource& source, int samples = 60) {
    for (int i = 0; i < samples; ++i) {
        Sample sample;
        const ReadStatus status = source.read(sample, Deadline::in(1s));
        if (status == ReadStatus::EndOfStream) break;
        if (status == ReadStatus::Sample && std::get<Packet>(sample).track == Track::Audio)
            return std::get<Packet>(sample);
    }
    return std::nullopt;
}

}  // namespace

TEST_CASE("an RTSP camera's sound is handed on under the name of its codec") {
    struct Kind {
        const char* name;
        Codec codec;
        int rate_hz;
        int channels;
        std::size_t least_bytes;
    };
    const OddCameras cameras({
        {"mu-law", planWith("tone.mulaw", R"("codec": "pcm_mulaw", "rate_hz": 8000, "channels": 1)")},
        {"a-law", planWith("tone.alaw", R"("codec": "pcm_alaw", "rate_hz": 8000, "channels": 1)")},
        {"g726", planWith("tone.g726le", R"("codec": "g726le", "rate_hz": 8000, "channels": 1)")},
        {"opus", planWith("tone.opus", R"("codec": "libopus", "rate_hz": 48000, "channels": 2)")},
    });
    for (const Kind& kind :
         {Kind{"mu-law", Codec::PcmMulaw, 8'000, 1, 160}, Kind{"a-law", Codec::PcmAlaw, 8'000, 1, 160},
          Kind{"g726", Codec::G726, 8'000, 1, 80}, Kind{"opus", Codec::Opus, 48'000, 2, 3}}) {
        INFO(kind.name);
        const auto source = make("ffmpeg");
        const StreamFormat format =
            source->open(settingsOf("ffmpeg", {{"url", cameras.url("rtsp", kind.name)}}), Deadline::in(5s))
                .format;
        CHECK(format.audio == kind.codec);
        CHECK(format.sample_rate_hz == kind.rate_hz);
        CHECK(format.channels == kind.channels);
        if (kind.codec == Codec::G726) CHECK(format.audio_extradata == std::vector<std::uint8_t>{4});
        const auto sound = soundOf(*source);
        REQUIRE(sound);
        CHECK(sound->data.size() >= kind.least_bytes);
    }
}

TEST_CASE("the sound of files is handed on, or left out and said so") {
    for (const auto& [name, codec] : std::vector<std::pair<std::string, Codec>>{
             {"pcm.mkv", Codec::PcmS16Le}, {"sound.ts", Codec::AacAdts}, {"flac.mkv", Codec::None}}) {
        INFO(name);
        const auto source = make("ffmpeg");
        const SourceInfo info = source->open(
            settingsOf("ffmpeg", {{"url", clip(name)}, {"realtime", "false"}}), Deadline::in(5s));
        CHECK(info.format.audio == codec);
        CHECK(soundOf(*source).has_value() == (codec != Codec::None));
        const bool is_told = info.description.find("flac left out") != std::string::npos;
        CHECK(is_told == (codec == Codec::None));
    }
}

TEST_CASE("sound that begins later in MPEG-TS comes, though nobody could tell its rate at first") {
    const std::string path =
        fileWith("late.ts", test::readAll(clip("mute.ts")) + test::readAll(clip("loud.ts")));
    const bool is_wanted = GENERATE(true, false);
    const auto source = make("ffmpeg");
    const SourceInfo info = source->open(settingsOf("ffmpeg", {{"url", path},
                                                               {"realtime", "false"},
                                                               {"loop", "false"},
                                                               {"audio", is_wanted ? "true" : "false"}}),
                                         Deadline::in(5s));
    CHECK(info.format.audio == (is_wanted ? Codec::AacAdts : Codec::None));
    CHECK(info.format.sample_rate_hz == 0);
    CHECK(soundOf(*source, 300).has_value() == is_wanted);
}

}  // namespace sound_test
