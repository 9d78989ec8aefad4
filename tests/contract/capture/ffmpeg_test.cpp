/// What only the ffmpeg plugin does: codecs, loops, B-frames, authentication, cameras that hang up or pause.
#include "contract/capture/fixture.h"
#include "support/catch.h"

namespace ffmpeg_test {

using namespace porchlight;
using namespace porchlight::contract;
using namespace std::chrono_literals;

namespace {

std::vector<Packet> videoPackets(CaptureSource& source, std::size_t count) {
    std::vector<Packet> out;
    const Deadline enough = Deadline::in(15s);
    while (out.size() < count && !enough.isPast()) {
        Sample sample;
        const ReadStatus status = source.read(sample, Deadline::in(1s));
        if (status == ReadStatus::EndOfStream) break;
        if (status != ReadStatus::Sample) continue;
        Packet& packet = std::get<Packet>(sample);
        if (packet.track == Track::Video) out.push_back(std::move(packet));
    }
    return out;
}

}  // namespace

TEST_CASE("both ways of authentication admit the right password") {
    for (const char* auth : {"basic", "digest"}) {
        INFO(auth);
        const CameraServer server(
            {"front=" + clip("baseline.mp4"), "usb=" + clip("mjpeg.avi"), "--auth", auth});
        for (const std::string& url :
             {server.rtsp("front", "viewer:secret"), server.http("usb", "viewer:secret")}) {
            const auto source = make("ffmpeg");
            source->open(settingsOf("ffmpeg", {{"url", url}}), Deadline::in(5s));
            CHECK(videoPackets(*source, 3).size() == 3);
        }
    }
}

TEST_CASE("an RTSP camera delivers well within a second and a half") {
    const CameraServer server({"front=" + clip("baseline.mp4")});
    for (const char* transport : {"tcp", "udp"}) {
        const auto before = Monotonic::now();
        const auto source = make("ffmpeg");
        const SourceInfo info =
            source->open(settingsOf("ffmpeg", {{"url", server.rtsp("front")}, {"transport", transport}}),
                         Deadline::in(5s));
        CHECK(videoPackets(*source, 1).size() == 1);
        CHECK(Monotonic::now() - before < 1s + kSlack);
        CHECK(info.is_live);
        CHECK(info.format.audio == Codec::Aac);
        CHECK_FALSE(info.format.audio_extradata.empty());
    }
}

TEST_CASE("a camera that hangs up is Unavailable, again and again") {
    const CameraServer server({"front=" + clip("baseline.mp4"), "--kill", "front:0.4"});
    const auto source = make("ffmpeg");
    source->open(settingsOf("ffmpeg", {{"url", server.rtsp("front")}}), Deadline::in(5s));
    for (int i = 0; i < 2; ++i) {
        try {
            videoPackets(*source, 100);
            FAIL("the end was not told");
        } catch (const Error& error) {
            CHECK(error.kind() == ErrorKind::Unavailable);
        }
    }
}

TEST_CASE("a pause of the camera is a timeout and the stream goes on after it") {
    const CameraServer server({"front=" + clip("baseline.mp4"), "--stall", "front:0.4:1.2"});
    const auto source = make("ffmpeg");
    source->open(settingsOf("ffmpeg", {{"url", server.rtsp("front")}}), Deadline::in(5s));
    int timeouts = 0;
    int packets_after = 0;
    for (int i = 0; i < 400 && packets_after < 5; ++i) {
        Sample sample;
        if (source->read(sample, Deadline::in(200ms)) == ReadStatus::Timeout)
            ++timeouts;
        else if (timeouts >= 3)
            ++packets_after;
    }
    CHECK(timeouts >= 3);
    CHECK(packets_after == 5);
}

TEST_CASE("parameter sets that come only in the stream are found") {
    const CameraServer server({"front=" + clip("baseline.mp4"), "--no-parameter-sets"});
    const auto source = make("ffmpeg");
    const SourceInfo info =
        source->open(settingsOf("ffmpeg", {{"url", server.rtsp("front")}}), Deadline::in(5s));
    CHECK(info.format.width_px == 320);
    CHECK_FALSE(info.format.extradata.empty());
    CHECK(videoPackets(*source, 3).front().is_key);
}

TEST_CASE("B-frames keep the order of display, from a file and from a camera") {
    const CameraServer server({"front=" + clip("bframes.mp4")});
    for (const std::string& url : {clip("bframes.mp4"), server.rtsp("front")}) {
        INFO(url);
        const auto source = make("ffmpeg");
        source->open(settingsOf("ffmpeg", {{"url", url}}), Deadline::in(5s));
        const std::vector<Packet> packets = videoPackets(*source, 20);
        REQUIRE(packets.size() == 20);
        bool is_reordered = false;
        for (std::size_t i = 1; i < packets.size(); ++i) {
            CHECK(packets[i].dts_us > packets[i - 1].dts_us);
            CHECK(packets[i].pts_us >= packets[i].dts_us);
            is_reordered = is_reordered || packets[i].pts_us < packets[i - 1].pts_us;
        }
        CHECK(is_reordered);
    }
}

TEST_CASE("a file is replayed at its own speed and its loop has no seam") {
    const auto source = make("ffmpeg");
    const SourceInfo info =
        source->open(settingsOf("ffmpeg", {{"url", clip("bframes.mp4")}}), Deadline::in(5s));
    CHECK_FALSE(info.is_live);
    const auto start = Monotonic::now();
    const std::vector<Packet> packets = videoPackets(*source, 46);  // 30 in the file
    REQUIRE(packets.size() == 46);
    const double took_s = std::chrono::duration<double>(Monotonic::now() - start).count();
    CHECK(took_s == Approx(1.5).margin(0.3));
    CHECK(packets[30].is_key);
    for (std::size_t i = 1; i < packets.size(); ++i)
        CHECK(packets[i].dts_us - packets[i - 1].dts_us == Approx(33'333).margin(10));
    CHECK(packets[30].pts_us - packets[0].pts_us == Approx(1'000'000).margin(10));
}

TEST_CASE("without loop a file ends, without realtime at once") {
    const auto source = make("ffmpeg");
    source->open(
        settingsOf("ffmpeg", {{"url", clip("baseline.mp4")}, {"loop", "false"}, {"realtime", "false"}}),
        Deadline::in(5s));
    const auto start = Monotonic::now();
    CHECK(videoPackets(*source, 1000).size() == 30);
    CHECK(Monotonic::now() - start < 1s);
    Sample sample;
    CHECK(source->read(sample, Deadline::in(100ms)) == ReadStatus::EndOfStream);
}

TEST_CASE("a packet outlives its source") {
    std::vector<Packet> packets;
    {
        const auto source = make("ffmpeg");
        source->open(settingsOf("ffmpeg", {{"url", clip("baseline.mp4")}}), Deadline::in(5s));
        packets = videoPackets(*source, 2);
    }
    REQUIRE(packets.size() == 2);
    unsigned sum = 0;
    for (const std::uint8_t byte : packets[0].data) sum += byte;
    CHECK(sum > 0);
}

}  // namespace ffmpeg_test
