/// RTSP through HTTP, over wires out of memory; and wires to those that speak no TLS.
#include "capture-ffmpeg/rtsp/rtsp_tunnel.h"

#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "capture-ffmpeg/libav/libav.h"
#include "capture-ffmpeg/reach/tls_wire.h"
#include "support/catch.h"
#include "support/loopback_port.h"

namespace rtsp_tunnel_test {

using namespace porchlight;
using namespace porchlight::ffmpeg;
using namespace std::chrono_literals;

namespace {

/// What was sent on a connection, and what comes.
struct Line {
    std::string sent;
    std::string comes;
};

class MemoryWire final : public Wire {
  public:
    explicit MemoryWire(std::shared_ptr<Line> line) : line_(std::move(line)) {}

    int receive(std::span<std::uint8_t> room, Deadline) override {
        const std::size_t size = std::min({room.size(), line_->comes.size(), std::size_t{7}});
        if (size == 0) return AVERROR_EOF;
        std::memcpy(room.data(), line_->comes.data(), size);
        line_->comes.erase(0, size);
        return static_cast<int>(size);
    }
    int send(std::string_view bytes, Deadline) override {
        line_->sent += bytes;
        return 0;
    }
    bool takesBytes() override { return true; }
    bool isCutOff() const noexcept override { return false; }

  private:
    std::shared_ptr<Line> line_;
};

/// A camera whose connections answer one after the other as they are told to.
struct Camera {
    explicit Camera(std::vector<std::string> answers) : answers_(std::move(answers)) {}

    int open(RtspLogin& login, std::unique_ptr<Wire>& wire) {
        const ConnectWire connect = [this](std::unique_ptr<Wire>& opened) {
            lines.push_back(std::make_shared<Line>());
            if (lines.size() <= answers_.size()) lines.back()->comes = answers_[lines.size() - 1];
            opened = std::make_unique<MemoryWire>(lines.back());
            return 0;
        };
        return openTunnel(connect, "192.0.2.7:80", "/main?a=b", login, 5s, wire);
    }
    std::vector<std::shared_ptr<Line>> lines;

  private:
    const std::vector<std::string> answers_;
};

const std::string kOk = "HTTP/1.0 200 OK\r\nContent-Type: application/x-rtsp-tunnelled\r\n\r\n";
const std::string kAsks =
    "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"n\", "
    "qop=\"auth\", algorithm=SHA-256\r\nContent-Length: 0\r\n\r\n";

bool says(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::string cookieOf(const std::string& request) {
    const std::size_t at = request.find("x-sessioncookie: ");
    return request.substr(at, request.find("\r\n", at) - at);
}

}  // namespace

TEST_CASE("a tunnel has a GET that brings and a POST that carries base64, of one cookie") {
    Camera camera({kOk + "RTSP early"});
    RtspLogin login(std::nullopt);
    std::unique_ptr<Wire> wire;
    REQUIRE(camera.open(login, wire) == 0);
    REQUIRE(camera.lines.size() == 2);
    const std::string get = camera.lines[0]->sent;
    const std::string post = camera.lines[1]->sent;
    CHECK(get.starts_with("GET /main?a=b HTTP/1.0\r\nHost: 192.0.2.7:80\r\n"));
    CHECK(says(get, "Accept: application/x-rtsp-tunnelled\r\n"));
    CHECK(post.starts_with("POST /main?a=b HTTP/1.0\r\n"));
    CHECK(cookieOf(get).size() > 30);
    CHECK(cookieOf(get) == cookieOf(post));

    REQUIRE(wire->send("OPTIONS * RTSP/1.0\r\n\r\n", Deadline::in(1s)) == 0);
    CHECK(camera.lines[1]->sent == post + "T1BUSU9OUyAqIFJUU1AvMS4wDQoNCg==");
    CHECK(camera.lines[0]->sent == get);
    camera.lines[0]->comes += " and late";
    std::string heard;
    for (std::uint8_t block[4]; heard.size() < 19;) {
        const int size = wire->receive(block, Deadline::in(1s));
        REQUIRE(size > 0);
        heard.append(reinterpret_cast<const char*>(block), static_cast<std::size_t>(size));
    }
    CHECK(heard == "RTSP early and late");
}

TEST_CASE("a login that HTTP asks for is told with both requests, a refused one never again") {
    Camera camera({kAsks, kOk});
    RtspLogin login(Login{"viewer", "secret"});
    std::unique_ptr<Wire> wire;
    REQUIRE(camera.open(login, wire) == 0);
    REQUIRE(camera.lines.size() == 3);
    CHECK_FALSE(says(camera.lines[0]->sent, "Authorization"));
    CHECK(says(camera.lines[1]->sent, "Authorization: Digest"));
    CHECK(says(camera.lines[2]->sent, "Authorization: Digest"));
    CHECK(says(camera.lines[2]->sent, "uri=\"/main?a=b\""));
    CHECK(login.isFree());

    Camera strict({kAsks, kAsks, kOk});
    RtspLogin refused(Login{"viewer", "wrong"});
    CHECK(strict.open(refused, wire) == AVERROR_HTTP_UNAUTHORIZED);
    CHECK(strict.lines.size() == 2);
    CHECK_FALSE(refused.isFree());
}

TEST_CASE("what is no tunnel is told by what the camera answers") {
    RtspLogin login(std::nullopt);
    std::unique_ptr<Wire> wire;
    const std::string begin = "HTTP/1.1 ";
    CHECK(Camera({begin + "404 Not Found\r\n\r\n"}).open(login, wire) == AVERROR_HTTP_NOT_FOUND);
    CHECK(Camera({begin + "401 No\r\n\r\n"}).open(login, wire) == AVERROR_HTTP_UNAUTHORIZED);
    CHECK(Camera({begin + "503 Busy\r\n\r\n"}).open(login, wire) == AVERROR_HTTP_SERVER_ERROR);
    CHECK(Camera({begin + "302 There\r\nLocation: x\r\n\r\n"}).open(login, wire) == AVERROR_INVALIDDATA);
    CHECK(Camera({"RTSP/1.0 400 Bad Request\r\n\r\n"}).open(login, wire) == AVERROR(EPROTO));
    CHECK(Camera({begin + "OK\r\n\r\n"}).open(login, wire) == AVERROR(EPROTO));
    CHECK(Camera({begin + "200 OK\r\nX: " + std::string(20'000, 'x')}).open(login, wire) == AVERROR(EPROTO));
    CHECK(Camera({begin + "200 OK\r\n"}).open(login, wire) == AVERROR_EOF);
    CHECK(wire == nullptr);
}

TEST_CASE("who speaks no TLS, or says nothing, is found out in time") {
    const std::atomic<bool> stop{false};
    const test::LoopbackPort port;
    const Address place = parseAddress("rtsps://127.0.0.1:" + std::to_string(port.number()));
    std::unique_ptr<Wire> wire;

    Socket silent = connectTo(place, stop);
    const Socket its_end(port.accept());
    const auto before = Monotonic::now();
    CHECK(openTls(std::move(silent), "camera", Deadline::in(300ms), stop, wire) == AVERROR(ETIMEDOUT));
    CHECK(Monotonic::now() - before < 600ms);

    Socket other = connectTo(place, stop);
    const Socket answering(port.accept());
    const std::string_view answer = "RTSP/1.0 400 Bad Request\r\n\r\n";
    REQUIRE(::send(answering.fd(), answer.data(), answer.size(), MSG_NOSIGNAL) > 0);
    CHECK(openTls(std::move(other), "camera", Deadline::in(2s), stop, wire) == AVERROR(EIO));

    Socket last = connectTo(place, stop);
    ::close(port.accept());
    CHECK(openTls(std::move(last), "camera", Deadline::in(2s), stop, wire) == AVERROR(EIO));

    std::atomic<bool> is_over{false};
    Socket kept = connectTo(place, is_over);
    const Socket quiet(port.accept());
    std::thread ender([&is_over] {
        std::this_thread::sleep_for(100ms);
        is_over = true;
    });
    const auto since = Monotonic::now();
    CHECK(openTls(std::move(kept), "camera", Deadline::in(5s), is_over, wire) == AVERROR_EXIT);
    CHECK(Monotonic::now() - since < 1s);
    ender.join();
    CHECK(wire == nullptr);
}

}  // namespace rtsp_tunnel_test
