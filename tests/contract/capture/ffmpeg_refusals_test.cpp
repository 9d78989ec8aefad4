/// What the ffmpeg plugin refuses, and what it says then: kinds, texts, names of faults; who is asked for
/// nothing.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <optional>
#include <thread>

#include "contract/capture/fixture.h"
#include "porchlight/source_error.h"
#include "support/catch.h"
#include "support/loopback_port.h"

namespace ffmpeg_refusals_test {

using namespace porchlight;
using namespace porchlight::contract;
using namespace std::chrono_literals;

namespace {

std::optional<SourceFault> faultOf(const std::string& url) {
    const auto source = make("ffmpeg");
    try {
        source->open(settingsOf("ffmpeg", {{"url", url}}), Deadline::in(5s));
    } catch (const SourceError& error) {
        return error.fault();
    } catch (const Error&) {
        return std::nullopt;
    }
    return std::nullopt;
}

/// Listens at one address of this machine. Owns its thread, once it answers.
class Listener {
  public:
    explicit Listener(const char* address)
        : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)) {
        sockaddr_in place{};
        place.sin_family = AF_INET;
        ::inet_pton(AF_INET, address, &place.sin_addr);
        socklen_t size = sizeof place;
        REQUIRE(::bind(socket_, reinterpret_cast<sockaddr*>(&place), size) == 0);
        REQUIRE(::listen(socket_, 8) == 0);
        REQUIRE(::getsockname(socket_, reinterpret_cast<sockaddr*>(&place), &size) == 0);
        port_ = ntohs(place.sin_port);
    }
    ~Listener() {
        is_over_ = true;
        if (thread_.joinable()) thread_.join();
        ::close(socket_);
    }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    int port() const noexcept { return port_; }

    /// The same to everybody, once his request has come.
    void answerAll(std::string text) {
        thread_ = std::thread([this, text = std::move(text)] {
            while (!is_over_) {
                pollfd entry{socket_, POLLIN, 0};
                if (::poll(&entry, 1, 50) <= 0) continue;
                const int client = ::accept(socket_, nullptr, nullptr);
                char request[4096];
                (void)::recv(client, request, sizeof request, 0);
                (void)::send(client, text.data(), text.size(), MSG_NOSIGNAL);
                ::close(client);
            }
        });
    }

    /// Of all that connected and were not answered.
    std::size_t bytesHeard() const {
        std::size_t bytes = 0;
        for (int client = ::accept(socket_, nullptr, nullptr); client >= 0;
             client = ::accept(socket_, nullptr, nullptr)) {
            char block[4096];
            const ssize_t size = ::recv(client, block, sizeof block, MSG_DONTWAIT);
            bytes += size > 0 ? static_cast<std::size_t>(size) : 0;
            ::close(client);
        }
        return bytes;
    }

  private:
    int socket_;
    int port_ = 0;
    std::atomic<bool> is_over_{false};
    std::thread thread_;
};

struct Refusal {
    std::string url;
    ErrorKind kind;
    std::string text;
};

void check(const Refusal& expected) {
    const Error error = openError({{"url", expected.url}});
    INFO(expected.url << " -> " << error.what());
    CHECK(nameOf(error.kind()) == std::string(nameOf(expected.kind)));
    CHECK(says(error.what(), expected.text));
    CHECK_FALSE(says(error.what(), "secret"));
}

}  // namespace

TEST_CASE("a file that cannot be played says why") {
    check({"/", ErrorKind::Misconfigured, "is a directory"});
    check({clip("baseline.mp4") + ".gone", ErrorKind::Misconfigured, "no such file"});
    check({fileWith("empty.mp4", ""), ErrorKind::Misconfigured, "0 bytes"});
    check({fileWith("letter.mp4", std::string(4000, 'a')), ErrorKind::Misconfigured, "not a video"});
    check({clip("vp9.webm"), ErrorKind::NotSupported, "vp9"});
    check({"", ErrorKind::Misconfigured, "url is empty"});
}

TEST_CASE("a camera that refuses says why, without the password") {
    const CameraServer server(
        {"front=" + clip("baseline.mp4"), "usb=" + clip("mjpeg.avi"), "--auth", "digest"});
    const std::string wrong = "viewer:notsecret";
    const std::string right = "viewer:secret";
    check({server.rtsp("front", wrong), ErrorKind::Misconfigured, "auth refused"});
    check({server.rtsp("front"), ErrorKind::Misconfigured, "auth refused"});
    check({server.http("usb", wrong), ErrorKind::Misconfigured, "auth refused"});
    check({server.rtsp("status/403", right), ErrorKind::Misconfigured, "auth refused"});
    check({server.rtsp("none", right), ErrorKind::Misconfigured, "404"});
    check({server.http("none", right), ErrorKind::Misconfigured, "404"});
    check({server.rtsp("status/503", right), ErrorKind::Unavailable, "5xx"});
    check({server.http("status/500", right), ErrorKind::Unavailable, "5xx"});
    check({"rtsp://viewer:secret@127.0.0.1:1/x", ErrorKind::Unavailable, "connection refused"});
    check({"http://127.0.0.1:1/x?user=a&pwd=secret", ErrorKind::Unavailable, "connection refused"});
    check({"gopherx://viewer:secret@127.0.0.1/x", ErrorKind::NotSupported, "not supported"});
}

TEST_CASE("what the owner must do has a name of its own: refused user, nothing there") {
    const CameraServer server(
        {"front=" + clip("baseline.mp4"), "usb=" + clip("mjpeg.avi"), "--auth", "digest"});
    const std::string wrong = "viewer:notsecret";
    CHECK(faultOf(server.rtsp("front", wrong)) == SourceFault::AuthRefused);
    CHECK(faultOf(server.http("usb", wrong)) == SourceFault::AuthRefused);
    CHECK(faultOf(server.rtsp("none", "viewer:secret")) == SourceFault::NotFound);
    CHECK(faultOf(server.http("none", "viewer:secret")) == SourceFault::NotFound);
    CHECK(faultOf(clip("baseline.mp4") + ".gone") == SourceFault::NotFound);
    CHECK_FALSE(faultOf(fileWith("letters.mp4", std::string(4000, 'a'))).has_value());
}

TEST_CASE("a camera steered the appliance to other machines by redirects and playlists") {
    const Listener inner("127.0.0.2");  // all of 127/8 is here, but another host than the camera's
    const std::string other = "http://127.0.0.2:" + std::to_string(inner.port()) + "/inner.ts";
    const std::string playlist =
        "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n" + other + "\n#EXTINF:2,\n" + other + "\n";
    const std::string answers[] = {
        "HTTP/1.1 302 Found\r\nLocation: " + other + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.apple.mpegurl\r\nContent-Length: " +
            std::to_string(playlist.size()) + "\r\nConnection: close\r\n\r\n" + playlist,
    };
    for (const std::string& answer : answers) {
        Listener camera("127.0.0.1");
        camera.answerAll(answer);
        const Error error =
            openError({{"url", "http://127.0.0.1:" + std::to_string(camera.port()) + "/cam.m3u8"}}, 8s);
        INFO(error.what());
        CHECK(error.kind() == ErrorKind::Misconfigured);
        CHECK(says(error.what(), "127.0.0.2:" + std::to_string(inner.port()) + ", another machine"));
    }
    CHECK(inner.bytesHeard() == 0);
}

TEST_CASE("a redirect to the camera's own host is followed") {
    const CameraServer server({"usb=" + clip("mjpeg.avi")});
    const auto source = make("ffmpeg");
    CHECK(source->open(settingsOf("ffmpeg", {{"url", server.http("moved/usb")}}), Deadline::in(10s))
              .format.video == Codec::Mjpeg);
}

TEST_CASE("an unknown host is named") {
    const Error error = openError({{"url", "rtsp://viewer:secret@no-such-camera.invalid/main"}}, 10s);
    CHECK(says(error.what(), "no-such-camera.invalid"));
    CHECK_FALSE(says(error.what(), "secret"));
}

TEST_CASE("a server that accepts and says nothing") {
    const test::LoopbackPort mute;
    for (const char* scheme : {"rtsp", "http"}) {
        const std::string url = std::string(scheme) + "://127.0.0.1:" + std::to_string(mute.number()) + "/x";
        DYNAMIC_SECTION(scheme << ": open fails at its deadline") {
            const auto before = Monotonic::now();
            CHECK(openError({{"url", url}}, 600ms).kind() == ErrorKind::Unavailable);
            CHECK(Monotonic::now() - before < 600ms + 100ms + kSlack);  // libav has 100 ms to let go
        }
        DYNAMIC_SECTION(scheme << ": interrupt ends open within 100 ms") {
            const auto source = make("ffmpeg");
            Monotonic::time_point interrupted_at{};
            std::thread other([&] {
                std::this_thread::sleep_for(300ms);
                interrupted_at = Monotonic::now();
                source->interrupt();
            });
            CHECK_THROWS_AS(source->open(settingsOf("ffmpeg", {{"url", url}}), Deadline::in(10s)), Error);
            const auto returned_at = Monotonic::now();
            other.join();
            CHECK(returned_at - interrupted_at < kSlack);
        }
    }
}

}  // namespace ffmpeg_refusals_test
