/// RTP out of memory through libavformat's depacketizers: which track a packet belongs to, reports both ways.
#include <cerrno>
#include <deque>
#include <string>
#include <vector>

#include "capture-ffmpeg/stream/rtp_feed.h"
#include "support/catch.h"

namespace rtp_feed_test {

using namespace porchlight::ffmpeg;

namespace {

using Bytes = std::vector<std::uint8_t>;

void put32(Bytes& out, std::uint32_t value) {
    for (const unsigned shift : {24U, 16U, 8U, 0U}) out.push_back(static_cast<std::uint8_t>(value >> shift));
}

Bytes mediaOf(int type, std::uint16_t sequence, std::uint32_t stamp, std::uint32_t source,
              const Bytes& payload) {
    Bytes out{0x80, static_cast<std::uint8_t>(type), static_cast<std::uint8_t>(sequence >> 8U),
              static_cast<std::uint8_t>(sequence)};
    put32(out, stamp);
    put32(out, source);
    out.insert(out.end(), payload.begin(), payload.end());
    return out;
}

/// A sender's report: `stamp` was at `second`.
Bytes reportOf(std::uint32_t source, std::uint32_t second, std::uint32_t stamp) {
    Bytes out{0x80, 200, 0, 6};
    for (const std::uint32_t word : {source, second, 0U, stamp, 0U, 0U}) put32(out, word);
    return out;
}

/// Plays packets from memory.
class Tape final : public RtpSource {
  public:
    void add(int channel, Bytes data) { packets_.push_back({channel, std::move(data)}); }
    int next(Packet& packet) override {
        if (packets_.empty()) return AVERROR_EOF;
        current_ = std::move(packets_.front());
        packets_.pop_front();
        packet = {current_.channel, current_.data};
        return 0;
    }

  private:
    struct Kept {
        int channel;
        Bytes data;
    };
    std::deque<Kept> packets_;
    Kept current_{};
};

struct Read {
    int stream;
    std::int64_t pts;
    Bytes data;
};

std::vector<Read> readAll(AVFormatContext& context) {
    std::vector<Read> out;
    const PacketPtr packet(av_packet_alloc());
    while (true) {
        const int result = av_read_frame(&context, packet.get());
        if (result == AVERROR(EAGAIN)) continue;
        if (result < 0) return out;
        out.push_back({packet->stream_index, packet->pts, Bytes(packet->data, packet->data + packet->size)});
        av_packet_unref(packet.get());
    }
}

const std::string kMuLaw = "m=audio 0 RTP/AVP 96\r\na=rtpmap:96 PCMU/8000\r\na=control:track0\r\n";
const std::string kALaw = "m=audio 0 RTP/AVP 96 13\r\na=rtpmap:96 PCMA/8000\r\na=rtpmap:13 CN/8000\r\n";

}  // namespace

TEST_CASE("packets belong to the track of their channel, even where two tracks have one type") {
    Tape tape;
    for (std::uint16_t i = 0; i < 4; ++i) {
        tape.add(0, mediaOf(96, i, 160U * i, 7, Bytes(160, 0xA0)));
        tape.add(2, mediaOf(96, i, 160U * i, 8, Bytes(160, 0xB0)));
        tape.add(2, mediaOf(13, i, 160U * i, 8, Bytes(1, 0xCC)));    // comfort noise: not announced first
        tape.add(6, mediaOf(96, i, 160U * i, 9, Bytes(160, 0xDD)));  // nobody's channel
        tape.add(0, Bytes{0x80});
    }
    RtpFeed feed(tape);
    feed.addTrack(kMuLaw, 0);
    feed.addTrack(kALaw, 2);
    Options options;
    InputPtr context;
    REQUIRE(feed.open(options, context) == 0);
    CHECK(options.names().empty());
    REQUIRE(context->nb_streams == 2);
    CHECK(context->streams[0]->codecpar->codec_id == AV_CODEC_ID_PCM_MULAW);
    CHECK(context->streams[1]->codecpar->codec_id == AV_CODEC_ID_PCM_ALAW);
    const auto packets = readAll(*context);
    REQUIRE(packets.size() == 8);
    for (const Read& packet : packets) CHECK(packet.data == Bytes(160, packet.stream == 0 ? 0xA0 : 0xB0));
}

TEST_CASE("reports that come before their media are not lost: both tracks are on one time line") {
    Tape tape;
    tape.add(1, reportOf(7, 1000, 800'000));
    tape.add(3, reportOf(8, 1001, 16'000));  // a second later
    for (std::uint16_t i = 0; i < 3; ++i) {
        tape.add(0, mediaOf(0, i, 800'000U + 160U * i, 7, Bytes(160, 1)));
        tape.add(2, mediaOf(8, i, 16'000U + 160U * i, 8, Bytes(160, 2)));
    }
    RtpFeed feed(tape);
    feed.addTrack("m=audio 0 RTP/AVP 0\r\n", 0);
    feed.addTrack("m=audio 0 RTP/AVP 8\r\n", 2);
    Options options;
    InputPtr context;
    REQUIRE(feed.open(options, context) == 0);
    std::int64_t last[2] = {};
    for (const Read& packet : readAll(*context)) last[packet.stream] = packet.pts;
    CHECK(last[1] - last[0] == 8000);
}

TEST_CASE("libavformat's reports go nowhere, and harm no packet") {
    Tape tape;
    for (std::uint16_t i = 0; i < 300; ++i) tape.add(4, mediaOf(0, i, 1000U * i, 0x0A0B0C0D, Bytes(1000, 3)));
    RtpFeed feed(tape);
    feed.addTrack("m=audio 0 RTP/AVP 0\r\n", 4);
    Options options;
    InputPtr context;
    REQUIRE(feed.open(options, context) == 0);
    CHECK(readAll(*context).size() == 300);  // one report for each 280 kB
}

TEST_CASE("a packet as large as they come goes through, and a description of nothing opens nothing") {
    Tape tape;
    tape.add(0, mediaOf(0, 1, 0, 7, Bytes(65'535 - 12, 4)));
    RtpFeed feed(tape);
    feed.addTrack("m=audio 0 RTP/AVP 0\r\n", 0);
    Options options;
    InputPtr context;
    REQUIRE(feed.open(options, context) == 0);
    const auto packets = readAll(*context);
    REQUIRE(packets.size() == 1);
    CHECK(packets[0].data.size() == 65'523);

    std::vector<int> taken{96, 97};
    const RtpTrack track(
        "m=video 0 RTP/AVPF 97 98\r\nc=IN IP4 x\r\na=rtpmap:97 H264/90000\r\na=rtpmap:98 JPEG/90000\r\n"
        "a=fmtp:97 packetization-mode=1\r\na=control:x\r\na=framerate:25\r\n",
        2, taken);
    CHECK(track.text ==
          "m=video 0 RTP/AVP 98\r\na=rtpmap:98 H264/90000\r\na=fmtp:98 "
          "packetization-mode=1\r\na=framerate:25\r\n");
    CHECK(taken == std::vector{96, 97, 98});
    for (const char* odd :
         {"m=", "m=video", "m=video 0 RTP/AVP", "m=video 0 RTP/AVP x", "m=video 0 RTP/AVP 999"}) {
        std::vector<int> none;
        CHECK(RtpTrack(odd, 0, none).type == 0);
    }
}

}  // namespace rtp_feed_test
