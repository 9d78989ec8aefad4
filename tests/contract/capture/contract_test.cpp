/// What every capture plugin must keep to, whatever it captures from.
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <thread>

#include "contract/capture/fixture.h"
#include "support/catch.h"

namespace contract_test {

using namespace porchlight;
using namespace porchlight::contract;
using namespace std::chrono_literals;

namespace {

enum class Way {
    TestPattern,
    File,
    FileWithBFrames,
    H265File,
    MjpegFile,
    RtspTcp,
    RtspUdp,
    RtspH265,
    HttpMjpeg,
    HttpStill,
    FileStill,
    V4l2,
    V4l2Mjpeg,
    Libcamera
};

struct Case {
    Way way;
    const char* name;
    const char* plugin;
};

const std::vector<Case> kAllCases{
    {Way::TestPattern, "test pattern", "testpattern"},
    {Way::File, "file with sound", "ffmpeg"},
    {Way::FileWithBFrames, "file with B-frames", "ffmpeg"},
    {Way::H265File, "H.265 file", "ffmpeg"},
    {Way::MjpegFile, "MJPEG file", "ffmpeg"},
    {Way::RtspTcp, "RTSP over TCP", "ffmpeg"},
    {Way::RtspUdp, "RTSP over UDP", "ffmpeg"},
    {Way::RtspH265, "RTSP with H.265", "ffmpeg"},
    {Way::HttpMjpeg, "HTTP MJPEG", "ffmpeg"},
    {Way::HttpStill, "HTTP stills", "still"},
    {Way::FileStill, "still in a file", "still"},
    {Way::V4l2, "V4L2 camera", "v4l2"},
    {Way::V4l2Mjpeg, "V4L2 camera with MJPEG", "v4l2"},
    {Way::Libcamera, "libcamera", "libcamera"},
};

/// The cases for which this machine has what they need; says once which are left out.
/// PORCHLIGHT_CONTRACT_ONLY names a plugin that is tested alone.
std::vector<Case> casesHere() {
    const char* only = std::getenv("PORCHLIGHT_CONTRACT_ONLY");
    std::vector<Case> out;
    for (const Case& c : kAllCases) {
        if (only && std::string_view(only) != c.plugin) continue;
        const std::string lack = c.way == Way::V4l2        ? whyNoCamera("")
                                 : c.way == Way::V4l2Mjpeg ? whyNoCamera("mjpeg")
                                 : c.way == Way::Libcamera ? whyNoLibcamera()
                                                           : "";
        if (lack.empty())
            out.push_back(c);
        else
            std::printf("SKIP %s: %s\n0 passed, 0 failed, 1 skipped\n", c.name, lack.c_str());
    }
    return out;
}

const std::vector<Case>& usableCases() {
    static const std::vector<Case> here = casesHere();
    return here;
}

const CameraServer& server() {
    static const CameraServer running({"front=" + clip("baseline.mp4"), "h265=" + clip("h265.mp4"),
                                       "usb=" + clip("mjpeg.avi"), "mute=" + clip("baseline.mp4"), "--stall",
                                       "mute:0.2:60"});
    return running;
}

const CameraServer& stillServer() {
    static const CameraServer running({clip("still.jpg"), clip("other.jpg")}, "still_server.py");
    return running;
}

Settings working(const Case& c) {
    switch (c.way) {
        case Way::TestPattern:
            return settingsOf(c.plugin, {{"width", "320"}, {"height", "240"}});
        case Way::File:
            return settingsOf(c.plugin, {{"url", clip("baseline.mp4")}});
        case Way::FileWithBFrames:
            return settingsOf(c.plugin, {{"url", clip("bframes.mp4")}});
        case Way::H265File:
            return settingsOf(c.plugin, {{"url", clip("h265.mp4")}});
        case Way::MjpegFile:
            return settingsOf(c.plugin, {{"url", clip("mjpeg.avi")}});
        case Way::RtspTcp:
            return settingsOf(c.plugin, {{"url", server().rtsp("front")}});
        case Way::RtspUdp:
            return settingsOf(c.plugin, {{"url", server().rtsp("front")}, {"transport", "udp"}});
        case Way::RtspH265:
            return settingsOf(c.plugin, {{"url", server().rtsp("h265")}});
        case Way::HttpMjpeg:
            return settingsOf(c.plugin, {{"url", server().http("usb")}});
        case Way::HttpStill:
            return settingsOf(c.plugin, {{"url", stillServer().http("new.jpg")}, {"interval", "100000"}});
        case Way::FileStill:
            return settingsOf(c.plugin, {{"url", clip("still.jpg")}, {"interval", "100000"}});
        case Way::V4l2:
            return settingsOf(c.plugin, {{"device", cameraDevice("")}, {"width", "320"}, {"height", "240"}});
        case Way::V4l2Mjpeg:
            return settingsOf(c.plugin, {{"device", cameraDevice("mjpeg")},
                                         {"format", "mjpeg"},
                                         {"width", "320"},
                                         {"height", "240"}});
        case Way::Libcamera:
            return settingsOf(c.plugin, {{"camera", libcameraCamera()}, {"width", "320"}, {"height", "240"}});
    }
    throw std::logic_error("no such way");
}

/// Settings under which the source is not there, and the kind that this is.
std::pair<Settings, ErrorKind> missing(const Case& c) {
    if (c.way == Way::TestPattern)
        return {settingsOf(c.plugin, {{"light", "eclipse"}}), ErrorKind::Misconfigured};
    if (c.way == Way::RtspTcp || c.way == Way::RtspUdp || c.way == Way::RtspH265)
        return {settingsOf(c.plugin, {{"url", "rtsp://127.0.0.1:1/none"}}), ErrorKind::Unavailable};
    if (c.way == Way::V4l2 || c.way == Way::V4l2Mjpeg)
        return {settingsOf(c.plugin, {{"device", "/dev/v4l/by-id/usb-none-video-index0"}}),
                ErrorKind::Unavailable};
    if (c.way == Way::Libcamera)
        return {settingsOf(c.plugin, {{"camera", "/base/none@1a"}}), ErrorKind::Unavailable};
    if (c.way == Way::HttpMjpeg || c.way == Way::HttpStill)
        return {settingsOf(c.plugin, {{"url", "http://127.0.0.1:1/none"}}), ErrorKind::Unavailable};
    return {settingsOf(c.plugin, {{"url", clip("baseline.mp4") + ".gone"}}), ErrorKind::Misconfigured};
}

ErrorKind kindOfOpen(CaptureSource& source, const Settings& settings, Deadline deadline) {
    try {
        source.open(settings, deadline);
    } catch (const Error& error) {
        return error.kind();
    }
    FAIL("open succeeded");
    return ErrorKind::Internal;
}

void checkPacket(const Packet& packet, const StreamFormat& format, std::map<Track, std::int64_t>& last_dts) {
    CHECK(!packet.data.empty());
    CHECK(packet.owner != nullptr);
    CHECK(packet.pts_us >= packet.dts_us);
    CHECK(packet.duration_us > 0);
    if (packet.track == Track::Audio) CHECK(format.audio == Codec::Aac);
    const auto last = last_dts.find(packet.track);
    if (last == last_dts.end() && packet.track == Track::Video) CHECK(packet.is_key);
    if (last != last_dts.end()) CHECK(packet.dts_us > last->second);
    last_dts[packet.track] = packet.dts_us;
}

}  // namespace

TEST_CASE("the first packet is a keyframe and time rises, also over a loop", "[contract]") {
    for (const Case& c : usableCases()) {
        DYNAMIC_SECTION(c.name) {
            const auto source = make(c.plugin);
            const SourceInfo info = source->open(working(c), Deadline::in(30s));
            // vimc's pictures are a little narrower: its width is a multiple of six.
            CHECK((info.format.width_px == 320 || (c.way == Way::Libcamera && info.format.width_px == 318)));
            // vivid's own webcam has no 320x240; it gives what is nearest.
            CHECK((info.format.height_px == 240 || (c.way == Way::V4l2 && info.format.height_px == 180)));
            CHECK_FALSE(info.description.empty());
            std::map<Track, std::int64_t> last_dts;
            std::int64_t last_pts = -1;
            int videos = 0;
            const int wanted = info.is_live ? 12 : 40;  // the clips have 30
            const Deadline enough = Deadline::in(10s);
            while (videos < wanted && !enough.isPast()) {
                Sample sample;
                const auto before = Monotonic::now();
                if (source->read(sample, Deadline::in(1s)) != ReadStatus::Sample) continue;
                if (const auto* picture = std::get_if<Picture>(&sample)) {
                    CHECK(picture->pts_us > last_pts);
                    CHECK(picture->arrived_at >= before);
                    last_pts = picture->pts_us;
                    ++videos;
                    continue;
                }
                const Packet& packet = std::get<Packet>(sample);
                checkPacket(packet, info.format, last_dts);
                videos += packet.track == Track::Video ? 1 : 0;
            }
            CHECK(videos == wanted);
        }
    }
}

TEST_CASE("a missing source is told before the deadline, and destruction after it is safe", "[contract]") {
    for (const Case& c : usableCases()) {
        DYNAMIC_SECTION(c.name) {
            const auto [settings, kind] = missing(c);
            const auto before = Monotonic::now();
            {
                const auto source = make(c.plugin);
                CHECK(kindOfOpen(*source, settings, Deadline::in(3s)) == kind);
            }
            CHECK(Monotonic::now() - before < 3s);
        }
    }
}

TEST_CASE("read returns at its deadline, also a past one, and goes on afterwards", "[contract]") {
    for (const Case& c : usableCases()) {
        DYNAMIC_SECTION(c.name) {
            const auto source = make(c.plugin);
            source->open(working(c), Deadline::in(30s));
            int samples = 0;
            for (int i = 0; i < 300 && samples < 5; ++i) {
                const auto limit = i % 2 ? 20ms : 0ms;
                const auto before = Monotonic::now();
                Sample sample;
                samples += source->read(sample, Deadline::in(limit)) == ReadStatus::Sample ? 1 : 0;
                CHECK(Monotonic::now() - before < limit + kSlack);
            }
            CHECK(samples == 5);
        }
    }
}

TEST_CASE("interrupt ends a blocked read within 100 ms and stays", "[contract]") {
    for (const Case& c : usableCases()) {
        DYNAMIC_SECTION(c.name) {
            const auto source = make(c.plugin);
            Settings settings = working(c);
            if (c.way == Way::TestPattern) settings.set("fps", "0.1");
            if (c.way == Way::RtspTcp) settings.set("url", server().rtsp("mute"));
            if (c.way == Way::FileStill) settings.set("interval", "60000000");
            source->open(settings, Deadline::in(30s));
            Monotonic::time_point interrupted_at{};
            std::thread other([&] {
                std::this_thread::sleep_for(400ms);
                interrupted_at = Monotonic::now();
                source->interrupt();
            });
            Sample sample;
            const Deadline far = Deadline::in(1s);
            while (source->read(sample, Deadline::in(5s)) == ReadStatus::Sample && !far.isPast()) {
            }
            const auto returned_at = Monotonic::now();
            other.join();
            CHECK(returned_at >= interrupted_at);
            CHECK(returned_at - interrupted_at < kSlack);
            CHECK(source->read(sample, Deadline::in(5s)) == ReadStatus::Timeout);
            CHECK(Monotonic::now() - returned_at < kSlack);
        }
    }
}

TEST_CASE("fifty cycles leak no descriptor and no thread", "[contract]") {
    for (const Case& c : usableCases()) {
        DYNAMIC_SECTION(c.name) {
            const Settings good = working(c);
            const Settings bad = missing(c).first;
            Resources before{};
            for (int i = 0; i < 50; ++i) {
                const auto source = make(c.plugin);
                if (i % 2) {
                    kindOfOpen(*source, bad, Deadline::in(3s));
                } else {
                    source->open(good, Deadline::in(30s));
                    Sample sample;
                    source->read(sample, Deadline::in(1s));
                }
                if (i == 3) before = Resources::now();  // libraries have settled; this source is a failed one
            }
            const Resources after = Resources::now();
            CHECK(after.descriptors <= before.descriptors);
            CHECK(after.threads <= before.threads);
        }
    }
}

TEST_CASE("nothing is printed", "[contract]") {
    for (const Case& c : usableCases()) {
        DYNAMIC_SECTION(c.name) {
            const Settings good = working(c);
            const Settings bad = missing(c).first;
            Silence silence;
            {
                const auto source = make(c.plugin);
                source->open(good, Deadline::in(30s));
                Sample sample;
                for (int i = 0; i < 5; ++i) source->read(sample, Deadline::in(1s));
            }
            kindOfOpen(*make(c.plugin), bad, Deadline::in(3s));
            const std::string printed = silence.end();
            if (c.way == Way::Libcamera)
                CHECK(onlyWarningsOfLibcamera(printed));
            else
                CHECK(printed == "");
        }
    }
}

}  // namespace contract_test
