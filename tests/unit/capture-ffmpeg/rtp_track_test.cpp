/// What the demuxer is told of a track: as it reads it, however cameras write it.
#include <string>
#include <vector>

#include "capture-ffmpeg/stream/rtp_feed.h"
#include "capture-ffmpeg/stream/rtp_track.h"
#include "support/catch.h"

namespace rtp_track_test {

using namespace porchlight::ffmpeg;

namespace {

const std::string kSets = "packetization-mode=1; sprop-parameter-sets=Z0IAHg==,aM48gA==";
const std::string kClean =
    "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=fmtp:96 " + kSets + "\r\na=framesize:96 640-480\r\n";

RtpTrack trackOf(const std::string& description) {
    std::vector<int> taken;
    return {description, 0, taken};
}

/// A track with its three lines about a type, each with what stands between name and value.
std::string described(const std::string& media, const std::string& type) {
    return media + "\r\na=rtpmap:" + type + "H264/90000\r\na=fmtp:" + type + kSets +
           "\r\na=framesize:" + type + "640-480\r\na=control:x\r\n";
}

class NoPackets final : public RtpSource {
  public:
    int next(Packet& /*packet*/) override { return AVERROR_EOF; }
};

}  // namespace

TEST_CASE("blanks, tabs and zeros of a camera are gone from what the demuxer is told") {
    CHECK(trackOf(kClean).text == kClean);
    for (const char* media : {"m=video 0 RTP/AVP 96", "m=video 0  RTP/AVP 96", "m=video\t0 \tRTP/AVP\t96 97",
                              "m= video 0 RTP/AVP 096"}) {
        for (const char* type : {"96 ", " 96 ", "\t96\t", "  96 \t ", "096 ", " 0096\t"}) {
            const RtpTrack track = trackOf(described(media, type));
            CHECK(track.type == 96);
            CHECK(track.text == kClean);
        }
    }
}

TEST_CASE("the only mapping of a track is that of its type, whatever type it names") {
    const RtpTrack track = trackOf(described("m=video 0 RTP/AVP 96", "97 "));
    CHECK(track.type == 96);  // of the packets
    CHECK(track.text == kClean);
    const std::string mixed = "m=video 0 RTP/AVP 96\r\na=rtpmap:97 H264/90000\r\na=fmtp:96 " + kSets +
                              "\r\na=framesize:97 640-480\r\na=fmtp:98 x=1\r\n";
    CHECK(trackOf(mixed).text == kClean);

    std::vector<int> taken{96};
    const RtpTrack second(described("m=video 0 RTP/AVP 96", "97 "), 2, taken);
    CHECK(second.given_type == 97);
    CHECK(second.text.starts_with("m=video 0 RTP/AVP 97\r\na=rtpmap:97 H264/90000\r\na=fmtp:97 "));
}

TEST_CASE("a mapping of another type is none where it is one of several, or the track's type has a meaning") {
    CHECK(
        trackOf("m=audio 0 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n").text ==
        "m=audio 0 RTP/AVP 0\r\n");
    CHECK(trackOf("m=video 0 RTP/AVP 96\r\na=rtpmap:97 H264/90000\r\na=rtpmap:98 H265/90000\r\n").text ==
          "m=video 0 RTP/AVP 96\r\n");
    CHECK(trackOf("m=video 0 RTP/AVP 96\r\na=rtpmap:98 H265/90000\r\na=rtpmap:96 H264/90000\r\n").text ==
          "m=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n");
    for (const char* none : {"", " ", "x ", "999 ", "-1 "})
        for (const char* type : {"0", "96"}) {
            const std::string media = "m=video 0 RTP/AVP " + std::string(type) + "\r\n";
            CHECK(trackOf(media + "a=rtpmap:" + none + "H264/90000\r\n").text == media);
        }
}

TEST_CASE("the demuxer finds the parameter sets that stand in the description only") {
    const std::vector<std::uint8_t> sets{0, 0, 0, 1, 0x67, 0x42, 0, 0x1E, 0, 0, 0, 1, 0x68, 0xCE, 0x3C, 0x80};
    for (const char* type : {"96 ", " 96 ", "\t96\t", "096 ", "97 "}) {
        NoPackets source;
        RtpFeed feed(source);
        feed.addTrack(described("m=video 0  RTP/AVP\t96", type), 0);
        Options options;
        InputPtr context;
        REQUIRE(feed.open(options, context) == 0);
        REQUIRE(context->nb_streams == 1);
        const AVCodecParameters& codec = *context->streams[0]->codecpar;
        CHECK(codec.codec_id == AV_CODEC_ID_H264);
        REQUIRE(codec.extradata_size > 0);
        CHECK(std::vector<std::uint8_t>(codec.extradata, codec.extradata + codec.extradata_size) == sets);
    }
}

}  // namespace rtp_track_test
