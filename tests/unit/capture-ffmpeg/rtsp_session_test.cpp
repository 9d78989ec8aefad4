/// A conversation with an RTSP camera, which here says what the test wants, over loopback.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "capture-ffmpeg/libav.h"
#include "capture-ffmpeg/reach/rtsp_session.h"
#include "support/catch.h"

namespace rtsp_session_test {

using namespace porchlight;
using namespace porchlight::ffmpeg;
using namespace std::chrono_literals;

namespace {

const std::string kDescription =
    "v=0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:track0\r\n"
    "m=audio 0 RTP/AVP 0\r\na=control:track1\r\n";

bool says(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::string packetOf(int channel, const std::string& data) {
    std::string out{'$', static_cast<char>(channel), 0, static_cast<char>(data.size())};
    return out + data;
}

/// An answer to `request`. `fields`: more lines of its head.
std::string answerOf(const std::string& request, int status, const std::string& fields = "",
                     const std::string& body = "") {
    const std::size_t sequence = request.find("CSeq: ");
    const std::string length = body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return "RTSP/1.0 " + std::to_string(status) + " So\r\n" +
           request.substr(sequence, request.find("\r\n", sequence) + 2 - sequence) + fields + length +
           "\r\n" + body;
}

/// A camera without oddities.
std::string usualAnswer(const std::string& request) {
    if (request.starts_with("OPTIONS")) return answerOf(request, 200, "Public: SETUP, GET_PARAMETER\r\n");
    if (request.starts_with("DESCRIBE")) return answerOf(request, 200, "", kDescription);
    if (request.starts_with("SETUP")) return answerOf(request, 200, "Session: AB;timeout=60\r\n");
    return answerOf(request, 200);
}

/// Listens, and answers each request, one client after the other. Owns its thread.
class Camera {
  public:
    using Answer = std::function<std::string(const std::string&)>;

    explicit Camera(Answer answer = usualAnswer)
        : answer_(std::move(answer)), socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in place{};
        place.sin_family = AF_INET;
        place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof place;
        REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&place), size) == 0);
        REQUIRE(::listen(socket_, 4) == 0);
        REQUIRE(::getsockname(socket_, reinterpret_cast<sockaddr*>(&place), &size) == 0);
        port_ = ntohs(place.sin_port);
        thread_ = std::thread([this] { serve(); });
    }
    ~Camera() {
        is_over_ = true;
        thread_.join();
        ::close(socket_);
    }
    Camera(const Camera&) = delete;
    Camera& operator=(const Camera&) = delete;

    Address address() const {
        return parseAddress("rtsp://viewer:secret@127.0.0.1:" + std::to_string(port_) + "/main");
    }

    /// All requests, and packets as "$<channel> <size>"
    std::vector<std::string> heard() {
        const std::lock_guard lock(mutex_);
        return heard_;
    }
    std::size_t countOf(const std::string& part) {
        const auto all = heard();
        return static_cast<std::size_t>(
            std::count_if(all.begin(), all.end(), [&](const std::string& one) { return says(one, part); }));
    }

  private:
    bool isReadable(int socket) const {
        pollfd entry{socket, POLLIN, 0};
        return ::poll(&entry, 1, 20) > 0;
    }
    void serve() {
        while (!is_over_) {
            if (!isReadable(socket_)) continue;
            const int client = ::accept(socket_, nullptr, nullptr);
            talk(client);
            ::close(client);
        }
    }
    void talk(int client) {
        std::string bytes;
        while (!is_over_) {
            if (!isReadable(client)) continue;
            char block[4096];
            const ssize_t size = ::recv(client, block, sizeof block, 0);
            if (size <= 0) return;
            bytes.append(block, static_cast<std::size_t>(size));
            while (takeOne(client, bytes)) {
            }
        }
    }
    bool takeOne(int client, std::string& bytes) {
        if (bytes.starts_with('$')) {
            if (bytes.size() < 4) return false;
            const std::size_t size = static_cast<unsigned char>(bytes[3]);
            note("$" + std::to_string(bytes[1]) + " " + std::to_string(size));
            bytes.erase(0, 4 + size);
            return true;
        }
        const std::size_t end = bytes.find("\r\n\r\n");
        if (end == std::string::npos) return false;
        const std::string request = bytes.substr(0, end + 4);
        bytes.erase(0, end + 4);
        note(request);
        if (request.starts_with("RTSP/")) return true;  // an answer to a question of ours
        const std::string text = answer_(request);
        (void)::send(client, text.data(), text.size(), MSG_NOSIGNAL);
        return true;
    }
    void note(std::string what) {
        const std::lock_guard lock(mutex_);
        heard_.push_back(std::move(what));
    }

    const Answer answer_;
    int socket_;
    int port_ = 0;
    std::atomic<bool> is_over_{false};
    std::mutex mutex_;
    std::vector<std::string> heard_;
    std::thread thread_;
};

/// One session with it.
struct Visit {
    explicit Visit(const Camera& camera, Monotonic::duration silence = 5s, bool is_last_resort = false)
        : session(camera.address(), {"127.0.0.1"}, silence, is_last_resort, stop) {}
    std::string next() {
        RtspPacket packet;
        const int result = session.next(packet);
        if (result < 0) return std::to_string(result);
        return std::to_string(packet.channel) + " " +
               std::string(reinterpret_cast<const char*>(packet.data.data()), packet.data.size());
    }
    std::atomic<bool> stop{false};
    RtspSession session;
};

std::string challenge(const std::string& nonce, const std::string& more = "") {
    return "WWW-Authenticate: Digest realm=\"x\", nonce=\"" + nonce + "\", qop=\"auth\", algorithm=SHA-256" +
           more + "\r\n";
}

}  // namespace

TEST_CASE(
    "packets before and behind the camera's answers come in their order, reports go back on their channel") {
    Camera camera([](const std::string& request) {
        if (request.starts_with("SETUP") && says(request, "track0"))
            return answerOf(request, 200, "Session: AB\r\nTransport: RTP/AVP/TCP;interleaved=4-5;ssrc=1\r\n");
        if (request.starts_with("PLAY"))
            return packetOf(4, "early") + answerOf(request, 100) + packetOf(5, "report") +
                   "OPTIONS rtsp://c/ RTSP/1.0\r\nCSeq: 77\r\n\r\n" + answerOf(request, 200) +
                   packetOf(6, "late");
        return usualAnswer(request);
    });
    {
        Visit visit(camera);
        REQUIRE(visit.session.open(true) == 0);
        REQUIRE(visit.session.tracks().size() == 2);
        CHECK(visit.session.tracks()[0].channel == 4);
        CHECK(visit.session.tracks()[1].channel == 6);
        CHECK(visit.session.tracks()[0].description.starts_with("m=video"));
        CHECK(visit.next() == "4 early");
        CHECK(visit.next() == "5 report");
        CHECK(visit.next() == "6 late");
        const std::uint8_t report[8] = {0x80, 201};
        CHECK(visit.session.send({5, report}) == 0);
    }
    const Deadline enough = Deadline::in(2s);
    while (camera.countOf("TEARDOWN") == 0 && !enough.isPast()) std::this_thread::sleep_for(5ms);
    CHECK(camera.countOf("TEARDOWN rtsp://127.0.0.1:") == 1);
    CHECK(camera.countOf("$5 8") == 1);
    CHECK(camera.countOf("RTSP/1.0 200 OK\r\nCSeq: 77") == 1);
    CHECK(camera.countOf("Session: AB\r\n") == 3);  // the second SETUP, PLAY, TEARDOWN
    CHECK(camera.countOf("secret") == 0);
}

TEST_CASE("a stale nonce is answered anew, a refused password is not told again") {
    std::atomic<int> admitted{0};
    const auto guarded = [&](const std::string& request) {
        if (says(request, "nonce=\"" + std::to_string(admitted / 2) + "\"")) {
            ++admitted;
            return usualAnswer(request);
        }
        const bool is_over = says(request, "Authorization");
        return answerOf(request, 401, challenge(std::to_string(admitted / 2), is_over ? ", stale=true" : ""));
    };
    Camera camera(guarded);
    Visit visit(camera, 5s, true);
    CHECK(visit.session.open(true) == 0);
    CHECK(visit.session.tracks().size() == 2);
    CHECK(admitted == 5);

    Camera strict([](const std::string& request) {
        static std::atomic<int> number{0};
        return answerOf(request, 401, challenge(std::to_string(++number)));
    });
    Visit other(strict);
    CHECK(other.session.open(true) == AVERROR_HTTP_UNAUTHORIZED);
    CHECK(strict.countOf("Authorization") == 1);

    Camera endless(
        [](const std::string& request) { return answerOf(request, 401, challenge("n", ", stale=true")); });
    Visit third(endless);
    CHECK(third.session.open(true) == AVERROR_HTTP_UNAUTHORIZED);
    CHECK(endless.heard().size() < 8);

    Camera basic([](const std::string& request) {
        return answerOf(request, 401, "WWW-Authenticate: Basic realm=\"x\"\r\n");
    });
    Visit last(basic, 5s, true);
    CHECK(last.session.open(true) == AVERROR_HTTP_UNAUTHORIZED);
    CHECK(basic.countOf("Authorization") == 0);  // libavformat told the password already
}

TEST_CASE("what a camera refuses has its name, and refused sound costs no picture") {
    const auto refusing = [](const std::string& part, int status) {
        return [part, status](const std::string& request) {
            return says(request, part) ? answerOf(request, status) : usualAnswer(request);
        };
    };
    const struct {
        const char* part;
        int status;
        int result;
    } rows[] = {{"DESCRIBE", 404, AVERROR_HTTP_NOT_FOUND},
                {"DESCRIBE", 403, AVERROR_HTTP_FORBIDDEN},
                {"DESCRIBE", 503, AVERROR_HTTP_SERVER_ERROR},
                {"DESCRIBE", 454, AVERROR_HTTP_OTHER_4XX},
                {"track0", 461, AVERROR(EPROTONOSUPPORT)},
                {"PLAY", 400, AVERROR_HTTP_BAD_REQUEST},
                {"OPTIONS", 501, 0},
                {"track1", 404, 0}};
    for (const auto& row : rows) {
        INFO(row.part << " " << row.status);
        Camera camera(refusing(row.part, row.status));
        Visit visit(camera);
        CHECK(visit.session.open(true) == row.result);
        const bool is_sound = row.part == std::string("track1");
        CHECK(visit.session.refusedSound() == (is_sound ? "404" : ""));
    }
    Camera silent;
    Visit pictures(silent);
    REQUIRE(pictures.session.open(false) == 0);
    CHECK(pictures.session.tracks().size() == 1);
    CHECK(silent.countOf("track1") == 0);
}

TEST_CASE("redirects are followed to the camera's own host, and nowhere else") {
    Camera camera([](const std::string& request) {
        if (request.starts_with("DESCRIBE") && says(request, "/main"))
            return answerOf(request, 302, "Location: /there/x\r\n");
        return usualAnswer(request);
    });
    Visit visit(camera);
    REQUIRE(visit.session.open(false) == 0);
    CHECK(camera.countOf("/there/x/track0") == 1);

    Camera guide([](const std::string& request) {
        return request.starts_with("DESCRIBE") ? answerOf(request, 301, "Location: rtsp://127.0.0.2:9/x\r\n")
                                               : usualAnswer(request);
    });
    Visit led(guide);
    CHECK(led.session.open(false) < 0);
    CHECK(led.session.steeredTo() == "127.0.0.2:9");

    Camera circle([](const std::string& request) {
        return request.starts_with("DESCRIBE") ? answerOf(request, 302, "Location: /main\r\n")
                                               : usualAnswer(request);
    });
    Visit lost(circle);
    CHECK(lost.session.open(false) == AVERROR_INVALIDDATA);
    CHECK(circle.countOf("DESCRIBE") < 10);
}

TEST_CASE("the session is kept alive in the time that the camera announced, with the method it has") {
    std::atomic<int> asked{0};
    Camera camera([&](const std::string& request) {
        if (request.starts_with("SETUP")) return answerOf(request, 200, "Session: AB; timeout=2\r\n");
        if (request.starts_with("GET_PARAMETER")) {
            ++asked;
            return answerOf(request, 501) + packetOf(0, "unknown");
        }
        if (request.starts_with("OPTIONS") && says(request, "Session"))
            return answerOf(request, 401, challenge("n")) + packetOf(0, "asked");
        return usualAnswer(request);
    });
    Visit visit(camera);
    REQUIRE(visit.session.open(false) == 0);
    const auto before = Monotonic::now();
    CHECK(visit.next() == "0 unknown");
    CHECK(Monotonic::now() - before > 900ms);
    CHECK(Monotonic::now() - before < 1500ms);
    CHECK(visit.next() == "0 asked");
    CHECK(asked == 1);
    CHECK(visit.next() == "0 asked");  // with an answer to the challenge that came
    CHECK(camera.countOf("Authorization: Digest") == 1);
}

TEST_CASE("silence has a bound, stop ends it at once, and lies end it as nonsense") {
    Camera mute;
    {
        Visit waiting(mute, 250ms);
        REQUIRE(waiting.session.open(false) == 0);
        const auto before = Monotonic::now();
        CHECK(waiting.next() == std::to_string(AVERROR(ETIMEDOUT)));
        CHECK(Monotonic::now() - before < 600ms);
    }

    Visit stopped(mute, 60s);
    REQUIRE(stopped.session.open(false) == 0);
    std::thread other([&stopped] {
        std::this_thread::sleep_for(100ms);
        stopped.stop = true;
    });
    const auto since = Monotonic::now();
    CHECK(stopped.next() == std::to_string(AVERROR_EXIT));
    other.join();
    CHECK(Monotonic::now() - since < 400ms);

    const auto openWith = [](const std::string& transport) {
        Camera camera([&transport](const std::string& request) {
            return request.starts_with("SETUP") ? answerOf(request, 200, "Transport: " + transport + "\r\n")
                                                : usualAnswer(request);
        });
        Visit visit(camera);
        return visit.session.open(true);
    };
    CHECK(openWith("RTP/AVP/TCP;interleaved=300-301") == AVERROR(EPROTONOSUPPORT));
    CHECK(openWith("RTP/AVP/TCP;interleaved=-2") == AVERROR(EPROTONOSUPPORT));
    CHECK(openWith("RTP/AVP;client_port=1-2") == AVERROR(EPROTONOSUPPORT));

    for (const char* nonsense :
         {"HTTP/1.1 400 Bad\r\n\r\n", "RTSP/1.0 200 OK\r\nContent-Length: 999999999\r\n\r\n"}) {
        Camera camera([nonsense](const std::string&) { return std::string(nonsense); });
        Visit visit(camera);
        CHECK(visit.session.open(true) == AVERROR(EPROTO));
    }
}

}  // namespace rtsp_session_test
