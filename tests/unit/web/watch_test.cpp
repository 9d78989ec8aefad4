/// Recorded streams over a WebSocket: who may open one, what comes, and when it ends.
#include <thread>

#include "fixture.h"
#include "http/websocket.h"
#include "support/catch.h"
#include "support/eventually.h"
#include "support/tiny_mp4.h"

namespace watch_test {

using namespace porchlight;
using namespace porchlight::web;
using namespace porchlight::web::testing;
using namespace std::chrono_literals;
using test::eventually;

namespace {

std::string opening(const Site& site, const std::string& more = {}) {
    return "GET /api/v1/live HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: keep-alive, "
           "Upgrade\r\n"
           "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
           more + site.cookieHeader() + "\r\n";
}

/// A short text as a client sends it, with a mask of zeros.
std::string text(const std::string& json) {
    return std::string("\x81") + static_cast<char>(0x80U | json.size()) + std::string(4, '\0') + json;
}

struct Stream {
    explicit Stream(Site& site) : hub(site.cameras.live().parts()) {
        auto made = std::make_shared<StreamInit>();
        made->video = Codec::H264;
        made->bytes = test::tinyInit();
        hub.begin("porch", made);
    }
    void part(std::int64_t at_ms, std::size_t more_bytes = 0) {
        ipc::LivePart part;
        part.start_us = at_ms * 1000;
        part.lasts_us = 80'000;
        part.is_key = true;
        part.bytes = test::tinyFragment({static_cast<std::uint64_t>(at_ms), 80, true});
        part.bytes.resize(part.bytes.size() + more_bytes);
        hub.addPart("porch", std::move(part));
    }
    camera::PartHub& hub;
};

}  // namespace

TEST_CASE("a page gets the streams of the cameras that it asks for over one connection") {
    Site site;
    REQUIRE(site.login("vic") == 204);
    Stream stream(site);
    RawClient page(site.server->port());
    page.send(opening(site));
    CHECK(page.readUntil("\r\n\r\n", 3s).find("Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=") !=
          std::string::npos);
    page.send(text(R"({"watch": "porch", "number": 513})"));
    const std::string got = page.readUntil("moov", 3s);
    const auto head = got.find('\x82');
    REQUIRE(head != std::string::npos);
    const std::size_t at = head + 4;  // a length of two bytes
    CHECK(got[at] == 1);
    CHECK(got[at + 2] == 1);
    CHECK(got[at + 3] == 2);
    stream.part(0);
    CHECK(page.readUntil("mdat", 3s).find("moof") != std::string::npos);
    page.send(text(R"({"watch": "nothing", "number": 5})"));
    CHECK(page.readUntil(std::string("\x04\0\x05\0", 4), 3s).find(std::string("\x04\0\x05\0", 4)) !=
          std::string::npos);
    page.send(text(R"({"leave": 513})"));
    CHECK(eventually([&] { return stream.hub.viewers("porch") == 0; }, 3s));
    page.send(text(R"({"shout": 1})"));
    page.readToEnd(3s);
    CHECK(page.isAtEnd());
}

TEST_CASE("a WebSocket is for pages of this appliance and people who are logged in") {
    Site site;
    RawClient stranger(site.server->port());
    stranger.send(opening(site));
    CHECK(stranger.readUntil("\r\n\r\n", 3s).find(" 401 ") != std::string::npos);
    REQUIRE(site.login("vic") == 204);
    RawClient lured(site.server->port());
    lured.send(opening(site, "Origin: https://evil.example\r\n"));
    CHECK(lured.readUntil("\r\n\r\n", 3s).find(" 403 ") != std::string::npos);
    RawClient own(site.server->port());
    own.send(opening(site, "Origin: http://localhost\r\n"));
    CHECK(own.readUntil("\r\n\r\n", 3s).find(" 101 ") != std::string::npos);
    CHECK(site.request("GET", "/api/v1/live").status == 426);
}

TEST_CASE("pages are few, and one that stops reading is cut off while another goes on") {
    Site site(config::TlsMode::Off, {}, 2);
    REQUIRE(site.login("vic") == 204);
    Stream stream(site);
    RawClient stalled(site.server->port(), 4096), healthy(site.server->port());
    for (RawClient* page : {&stalled, &healthy}) {
        page->send(opening(site));
        page->readUntil("\r\n\r\n", 3s);
        page->send(text(R"({"watch": "porch", "number": 1})"));
    }
    REQUIRE(eventually([&] { return stream.hub.viewers("porch") == 2; }, 3s));
    RawClient third(site.server->port());
    third.send(opening(site));
    CHECK(third.readUntil("\r\n\r\n", 3s).find(" 503 ") != std::string::npos);
    std::atomic<bool> is_done{false};
    std::thread reader([&] {
        while (!is_done) healthy.readUntil("\x01never", 50ms);
    });
    std::int64_t at_ms = 0;
    const bool was_cut = eventually(
        [&] {
            stream.part(at_ms += 40, 200'000);
            return stream.hub.viewers("porch") == 1;
        },
        15s);
    is_done = true;
    reader.join();
    CHECK(was_cut);
    CHECK_FALSE(healthy.isAtEnd());
}

TEST_CASE("the socket of a person who may no longer come in ends") {
    Site site;
    REQUIRE(site.login("vic") == 204);
    RawClient page(site.server->port());
    page.send(opening(site));
    page.readUntil("\r\n\r\n", 3s);
    REQUIRE(site.request("POST", "/api/v1/logout").status == 204);
    page.readToEnd(5s);
    CHECK(page.isAtEnd());
}

TEST_CASE("a page that never ceases to talk is ended with its session like any other") {
    Site site;
    REQUIRE(site.login("vic") == 204);
    RawClient page(site.server->port());
    page.send(opening(site));
    page.readUntil("\r\n\r\n", 3s);
    std::string babble;
    for (int i = 0; i < 2000; ++i) babble += text("{}");
    REQUIRE(site.request("POST", "/api/v1/logout").status == 204);
    const auto began = Monotonic::now();
    while (!page.isAtEnd() && Monotonic::now() - began < 8s) {
        page.send(babble);
        page.readUntil("never", 1ms);
    }
    CHECK(page.isAtEnd());
    CHECK(Monotonic::now() - began < 6s);
}

}  // namespace watch_test
