/// Network cameras that do not do as the books say: what is recorded of them all the same, and what is told.
#include <poll.h>
#include <sys/socket.h>

#include <atomic>
#include <map>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "contract/capture/fixture.h"
#include "support/catch.h"
#include "support/loopback_port.h"

namespace odd_camera_test {

using namespace porchlight;
using namespace porchlight::contract;
using namespace std::chrono_literals;

namespace {

std::string rtspPlan(const std::string& odd) {
    return R"("protocol": "rtsp", "codec": "h264", "rate_hz": 30, "video": ")" + clip("baseline.mp4") +
           R"(", "sound_file": ")" + clip("tone.aac") +
           R"(", "sound": {"codec": "aac", "rate_hz": 44100, "channels": 1}, "camera": {)" + odd + "}";
}

std::string jpegPlan(const std::string& protocol, const std::string& odd) {
    return R"("protocol": ")" + protocol + R"(", "codec": "mjpeg", "rate_hz": 30, "video": ")" +
           clip("mjpeg.avi") + R"(", "camera": {)" + odd + "}";
}

struct Seen {
    std::string description;
    std::vector<Packet> pictures;
    std::size_t sounds = 0;
};

/// Opens the URL and reads until so many pictures came.
Seen seenAt(Values values, const std::string& url, std::size_t pictures, Monotonic::duration limit = 8s) {
    values.emplace_back("url", url);
    const auto source = make("ffmpeg");
    Seen seen;
    seen.description = source->open(settingsOf("ffmpeg", values), Deadline::in(limit)).description;
    const Deadline enough = Deadline::in(limit);
    while (seen.pictures.size() < pictures && !enough.isPast()) {
        Sample sample;
        if (source->read(sample, Deadline::in(1s)) != ReadStatus::Sample) continue;
        Packet& packet = std::get<Packet>(sample);
        if (packet.track == Track::Audio)
            ++seen.sounds;
        else
            seen.pictures.push_back(std::move(packet));
    }
    return seen;
}

Error openError(Values values, const std::string& url) {
    values.emplace_back("url", url);
    return contract::openError(values, 8s);
}

/// An RTSP camera that lets nobody in, and counts how often it is told a password. **Owns** its thread.
class DeafCamera {
  public:
    /// `offers`: what it asks for, lines of a head.
    explicit DeafCamera(std::string offers) : offers_(std::move(offers)), thread_([this] { serve(); }) {}
    ~DeafCamera() {
        is_over_ = true;
        thread_.join();
    }
    DeafCamera(const DeafCamera&) = delete;
    DeafCamera& operator=(const DeafCamera&) = delete;

    std::string url() const {
        return "rtsp://viewer:other@127.0.0.1:" + std::to_string(port_.number()) + "/main";
    }
    int told() const noexcept { return told_; }
    int asked() const noexcept { return asked_; }

  private:
    void serve() {
        std::map<int, std::string> clients;
        while (!is_over_) {
            std::vector<pollfd> ready{{port_.fd(), POLLIN, 0}};
            for (const auto& [fd, text] : clients) ready.push_back({fd, POLLIN, 0});
            if (::poll(ready.data(), ready.size(), 20) <= 0) continue;
            for (const pollfd& one : ready) {
                if (one.revents == 0) continue;
                if (one.fd == port_.fd())
                    clients[port_.accept()];
                else if (!hear(one.fd, clients[one.fd]))
                    ::close(one.fd), clients.erase(one.fd);
            }
        }
        for (const auto& [fd, text] : clients) ::close(fd);
    }

    /// False when it has hung up.
    bool hear(int fd, std::string& text) {
        char block[4096];
        const ssize_t n = ::recv(fd, block, sizeof block, 0);
        if (n <= 0) return false;
        text.append(block, static_cast<std::size_t>(n));
        for (std::size_t end; (end = text.find("\r\n\r\n")) != std::string::npos; text.erase(0, end + 4)) {
            const std::string head = text.substr(0, end + 2);
            ++asked_;
            if (says(head, "\r\nAuthorization:")) ++told_;
            const std::size_t at = head.find("\r\nCSeq:");
            const std::string sequence =
                at == std::string::npos ? "" : head.substr(at + 2, head.find("\r\n", at + 2) - at);
            const std::string answer = "RTSP/1.0 401 Unauthorized\r\n" + sequence + offers_ + "\r\n";
            if (::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) return false;
        }
        return true;
    }

    const test::LoopbackPort port_;
    const std::string offers_;
    std::atomic<bool> is_over_{false};
    std::atomic<int> told_{0};
    std::atomic<int> asked_{0};
    std::thread thread_;
};

bool isWholeJpeg(const Packet& packet) {
    const auto data = packet.data;
    return data.size() > 4 && data[0] == 0xFF && data[1] == 0xD8 && data[data.size() - 2] == 0xFF &&
           data[data.size() - 1] == 0xD9;
}

}  // namespace

TEST_CASE("RTSP cameras that refuse a part: their sound, the transport, the codec") {
    const OddCameras cameras({
        {"sound-404", rtspPlan(R"("sound_status": 404)")},
        {"sound-461", rtspPlan(R"("sound_status": 461)")},
        {"sound-first-461", rtspPlan(R"("sound_status": 461, "sdp": "sound-first")")},
        {"udp-sound-404", rtspPlan(R"("sound_status": 404, "only": "udp")")},
        {"udp", rtspPlan(R"("only": "udp")")},
        {"udp-packets", rtspPlan(R"("only": "udp-packets")")},
        {"vp8", rtspPlan(R"("first_after_s": 60, "codec_name": "VP8")")},
        {"mpeg4", rtspPlan(R"("first_after_s": 60, "codec_name": "MP4V-ES")")},
    });

    // "not found (404)", and no picture
    for (const auto& [name, told] : Values{{"sound-404", "sound refused (404), left out"},
                                           {"sound-461", "sound refused (461), left out"},
                                           {"sound-first-461", "sound refused (461), left out"},
                                           {"udp-sound-404", "sound refused (404), left out"}}) {
        const Seen seen = seenAt({}, cameras.url("rtsp", name), 3);
        INFO(name << " -> " << seen.description);
        CHECK(says(seen.description, told));
        CHECK(seen.pictures.size() == 3);
        CHECK(seen.sounds == 0);
    }

    const Seen no_sound = seenAt({{"audio", "false"}}, cameras.url("rtsp", "sound-404"), 3);
    CHECK_FALSE(says(no_sound.description, "sound"));
    CHECK(no_sound.pictures.size() == 3);

    // "Protocol not supported", for ever
    for (int i = 0; i < 2; ++i) {
        const Seen seen = seenAt({}, cameras.url("rtsp", "udp"), 10);
        INFO(seen.description);
        CHECK(says(seen.description, "rtsp udp h264"));
        CHECK(seen.pictures.size() == 10);
        CHECK(seen.sounds > 0);
    }
    const Error refused = openError({{"transport", "tcp"}}, cameras.url("rtsp", "udp"));
    CHECK(refused.kind() == ErrorKind::Misconfigured);
    CHECK(says(refused.what(), "(461)"));

    // Its TCP brings no packet: at the third time it is asked for UDP.
    const std::string silent = cameras.url("rtsp", "udp-packets");
    CHECK(seenAt({}, silent, 1, 3200ms).pictures.empty());
    CHECK(seenAt({}, silent, 1, 3200ms).pictures.empty());
    CHECK(says(seenAt({}, silent, 3, 5s).description, "rtsp udp h264"));

    // Nothing was told before packets came, and none came.
    for (const char* name : {"vp8", "mpeg4"}) {
        const auto before = Monotonic::now();
        const Error error = openError({}, cameras.url("rtsp", name));
        INFO(error.what());
        CHECK(Monotonic::now() - before < 4s);  // of the 8 that it had
        CHECK(error.kind() == ErrorKind::NotSupported);
        CHECK(says(error.what(), "set the camera to H.264, H.265 or MJPEG"));
    }
}

TEST_CASE(
    "RTSP cameras that ask for SHA-256 are recorded as any other; a wrong password is told as refused") {
    const auto asking = [](const std::string& ways, const std::string& odd) {
        return R"("user": "viewer:a@b", "ask": [)" + ways + "], " + rtspPlan(odd);
    };
    const std::string sha = R"("sha256")";
    const OddCameras cameras({
        {"alone", asking(sha, "")},
        {"last", asking(R"("basic", "md5", "sha256")", R"("sdp": "sound-first")")},
        {"first", asking(R"("sha256", "md5")", "")},
        {"stale", asking(sha, R"("nonce_uses": 2, "session_s": 2, "redirected": true)")},
        {"odd", asking(sha, R"("sdp": "two-videos", "sound_status": 404, "rtp": "padding")")},
        {"absolute", asking(sha, R"("sdp": "absolute-control", "range": 1, "rtp": "extension")")},
        {"line-ends", asking(sha, R"("sdp": "lf", "sets": "none", "rtp": "big")")},
        {"gone", asking(sha, R"("status": 404)")},
        {"udp", asking(sha, R"("only": "udp")")},
        {"failing", asking(sha, R"("play_status": 500)")},
    });
    for (const char* name : {"alone", "last", "first", "absolute", "line-ends"}) {
        const Seen seen = seenAt({}, cameras.url("rtsp", name, "viewer:a%40b"), 20);
        INFO(name << " -> " << seen.description);
        CHECK(says(seen.description, "rtsp tcp h264 320x240"));
        REQUIRE(seen.pictures.size() == 20);
        CHECK(seen.pictures.front().is_key);
        CHECK(seen.pictures.back().dts_us - seen.pictures.front().dts_us == Approx(633'000).margin(150'000));
        CHECK(seen.sounds > 10);
        CHECK(says(openError({}, cameras.url("rtsp", name, "viewer:other")).what(), "auth refused"));
    }
    const Seen odd = seenAt({}, cameras.url("rtsp", "odd", "viewer:a%40b"), 3);
    CHECK(says(odd.description, "sound refused (404), left out"));
    CHECK(odd.pictures.size() == 3);
    CHECK(says(openError({}, cameras.url("rtsp", "gone", "viewer:a%40b")).what(), "404"));
    CHECK(says(openError({{"transport", "udp"}}, cameras.url("rtsp", "alone", "viewer:a%40b")).what(),
               "auth refused"));
    const Error udp = openError({}, cameras.url("rtsp", "udp", "viewer:a%40b"));
    CHECK(says(udp.what(), "asks for SHA-256"));
    CHECK(says(udp.what(), "(461)"));
    CHECK(says(openError({}, cameras.url("rtsp", "failing", "viewer:a%40b")).what(), "internal error (5xx)"));

    // Each answer to a nonce is its last but one: SETUP, PLAY and what keeps the session alive need others.
    // It hangs up 6 s after the last word that it admitted.
    const Seen stale = seenAt({}, cameras.url("rtsp", "stale", "viewer:a%40b"), 240, 15s);
    CHECK(stale.pictures.size() == 240);
}

TEST_CASE("an RTSP camera that our own session does not understand is left to libavformat's") {
    // No session of ours repeats what is no text.
    const OddCameras cameras({{"delete", rtspPlan(R"("session_end": "\u007f")")}});
    for (int i = 0; i < 2; ++i) {
        const Seen seen = seenAt({}, cameras.url("rtsp", "delete"), 20);
        INFO(seen.description);
        CHECK(says(seen.description, "rtsp tcp h264 320x240"));
        CHECK(seen.pictures.size() == 20);
        CHECK(seen.sounds > 10);
    }
}

TEST_CASE("a wrong password is told to an RTSP camera exactly once, in whatever ways it asks") {
    const std::string basic = "WWW-Authenticate: Basic realm=\"camera\"\r\n";
    const std::string digest = "WWW-Authenticate: Digest realm=\"camera\", nonce=\"61c288\", qop=\"auth\"";
    const std::string md5 = digest + ", algorithm=MD5\r\n";
    const std::string sha256 = digest + ", algorithm=SHA-256\r\n";
    for (const std::string& offers :
         {basic, md5, sha256, basic + md5, md5 + sha256, sha256 + md5, basic + md5 + sha256}) {
        INFO(offers);
        const DeafCamera camera(offers);
        const Error error = openError({}, camera.url());
        CHECK(says(error.what(), "auth refused"));
        CHECK_FALSE(says(error.what(), "other"));
        CHECK(camera.told() == 1);
        CHECK(camera.asked() < 10);
    }
}

TEST_CASE("audio: false leaves the sound of a file out") {
    const Seen seen = seenAt({{"audio", "false"}}, clip("baseline.mp4"), 5);
    CHECK_FALSE(says(seen.description, "audio"));
    CHECK(seen.sounds == 0);
}

TEST_CASE("pictures over HTTP are found by their own markers, whatever stands between them") {
    const char* const heads[] = {
        "none",         "late-boundary", "rubbish-first", "image-jpg", "charset", "no-type", "no-length",
        "short-length", "comment",       "chunked",       "quoted",    "dashed",  "lf",      "lower-case"};
    Values plan{{"bare", jpegPlan("jpegs", R"("jpeg": "padded")")}, {"still", jpegPlan("still", "")}};
    for (const std::string head : heads)
        plan.emplace_back(head, jpegPlan("multipart", R"("jpeg": "exif", "head": ")" + head + '"'));
    const std::string user = R"("user": "viewer:a@b", "ask": )";
    plan.emplace_back("sha256", user + R"(["sha256"], )" + jpegPlan("multipart", ""));
    plan.emplace_back("md5-sha256", user + R"(["md5", "sha256"], )" + jpegPlan("multipart", ""));
    plan.emplace_back("sha256-md5", user + R"(["sha256", "md5"], )" + jpegPlan("multipart", ""));
    const OddCameras cameras(plan);

    for (const char* head : heads) {
        const Seen seen = seenAt({}, cameras.url("http", head), 6);
        INFO(head << " -> " << seen.description);
        CHECK(says(seen.description, "mjpeg 320x240"));
        REQUIRE(seen.pictures.size() == 6);
        for (const Packet& picture : seen.pictures) CHECK(isWholeJpeg(picture));
    }

    // One after the other, no multipart: stamped as in a file of 25 pictures a second.
    const Seen bare = seenAt({}, cameras.url("http", "bare"), 16);
    REQUIRE(bare.pictures.size() == 16);
    CHECK(bare.pictures.back().dts_us - bare.pictures.front().dts_us == Approx(500'000).margin(150'000));
    for (const Packet& picture : bare.pictures) CHECK(isWholeJpeg(picture));

    for (const char* name : {"sha256", "md5-sha256", "sha256-md5"}) {
        INFO(name);
        CHECK(seenAt({}, cameras.url("http", name, "viewer:a%40b"), 3).pictures.size() == 3);
        CHECK(says(openError({}, cameras.url("http", name, "viewer:other")).what(), "auth refused"));
    }

    const Error single = openError({}, cameras.url("http", "still"));
    INFO(single.what());
    CHECK(single.kind() == ErrorKind::Misconfigured);
    CHECK(says(single.what(), "plugin still"));
}

}  // namespace odd_camera_test
