/// Answers that last: live pictures, the event stream, stopping under load.
#include <thread>

#include "fixture.h"
#include "support/catch.h"
#include "support/eventually.h"

namespace stream_test {

using namespace porchlight;
using namespace porchlight::web;
using namespace porchlight::web::testing;
using namespace std::chrono_literals;
using test::eventually;

namespace {

std::string get(const Site& site, const std::string& path) {
    return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + site.cookieHeader() + "\r\n";
}

}  // namespace

TEST_CASE("live pictures arrive as they are published") {
    Site site;
    REQUIRE(site.login("vic") == 204);
    RawClient viewer(site.server->port());
    viewer.send(get(site, "/api/v1/cameras/porch/live.mjpeg"));
    REQUIRE(viewer.readUntil("\r\n\r\n", 3s).find("multipart/x-mixed-replace; boundary=porchlight") !=
            std::string::npos);
    REQUIRE(eventually([&] { return site.cameras.live().viewers("porch") == 1; }, 3s));
    for (int i = 0; i < 3; ++i) {
        const std::string picture = "JPEG-" + std::to_string(i);
        site.cameras.live().publish("porch", site.clock.wallNow(), {picture.begin(), picture.end()});
        CHECK(viewer.readUntil(picture, 3s).find("Content-Type: image/jpeg\r\nContent-Length: 6\r\n") !=
              std::string::npos);
    }
    CHECK(site.request("GET", "/api/v1/cameras/nothing/live.mjpeg").status == 404);
}

TEST_CASE("more viewers than allowed are told so, and a place becomes free again") {
    Site site(config::TlsMode::Off, {}, 2);
    REQUIRE(site.login("vic") == 204);
    {
        RawClient one(site.server->port()), two(site.server->port());
        one.send(get(site, "/api/v1/cameras/porch/live.mjpeg"));
        two.send(get(site, "/api/v1/cameras/yard/live.mjpeg"));
        one.readUntil("\r\n\r\n", 3s);
        two.readUntil("\r\n\r\n", 3s);
        CHECK(site.request("GET", "/api/v1/cameras/porch/live.mjpeg").status == 503);
    }
    // Who went away is noticed when the next pictures cannot be delivered.
    CHECK(eventually(
        [&] {
            site.cameras.live().publish("porch", site.clock.wallNow(), {1, 2, 3});
            site.cameras.live().publish("yard", site.clock.wallNow(), {1, 2, 3});
            return site.cameras.live().viewers("porch") + site.cameras.live().viewers("yard") == 0;
        },
        5s));
}

TEST_CASE("a viewer that stops reading is cut off while another goes on") {
    Site site;
    REQUIRE(site.login("vic") == 204);
    RawClient stalled(site.server->port(), 4096), healthy(site.server->port());
    stalled.send(get(site, "/api/v1/cameras/porch/live.mjpeg"));
    healthy.send(get(site, "/api/v1/cameras/porch/live.mjpeg"));
    REQUIRE(eventually([&] { return site.cameras.live().viewers("porch") == 2; }, 3s));
    std::atomic<bool> is_done{false};
    std::thread reader([&] {
        while (!is_done) healthy.readUntil("\x01never", 50ms);
    });
    const bool was_evicted = eventually(
        [&] {
            site.cameras.live().publish("porch", site.clock.wallNow(),
                                        std::vector<std::uint8_t>(200'000, 'x'));
            return site.cameras.live().viewers("porch") == 1;
        },
        12s);
    is_done = true;
    reader.join();
    CHECK(was_evicted);
    CHECK_FALSE(healthy.isAtEnd());
}

TEST_CASE("a live view ends when its session is gone") {
    Site site;
    REQUIRE(site.login("vic") == 204);
    RawClient viewer(site.server->port());
    viewer.send(get(site, "/api/v1/cameras/porch/live.mjpeg"));
    REQUIRE(eventually([&] { return site.cameras.live().viewers("porch") == 1; }, 3s));
    CHECK(site.request("POST", "/api/v1/logout").status == 204);
    CHECK(eventually([&] { return site.cameras.live().viewers("porch") == 0; }, 8s));
}

TEST_CASE("the stream tells changes with what changed") {
    Site site;
    REQUIRE(site.login("vic") == 204);
    RawClient client(site.server->port());
    client.send(get(site, "/api/v1/stream"));
    const std::string head = client.readUntil("event: hello", 3s);
    CHECK(head.find("Content-Type: text/event-stream") != std::string::npos);
    CHECK(head.find("retry: 2000") != std::string::npos);
    site.addEvent("0123456789abcdef");
    site.changes.publish("event", "porch", "0123456789abcdef", "opened");
    CHECK(client.readUntil("\"camera\":\"porch\"", 3s)
              .find("event: event\ndata: {\"id\":\"0123456789abcdef\"") != std::string::npos);
    site.changes.publish("camera", "yard", "", "state");
    CHECK(client.readUntil("\"name\":\"yard\"", 3s).find("event: camera\n") != std::string::npos);
    site.changes.publish("storage", "", "", "changed");
    CHECK(client.readUntil("\"recorded_bytes\"", 3s).find("event: storage\n") != std::string::npos);
    site.changes.publish("event", "porch", "fedcba9876543210", "deleted");
    CHECK(client.readUntil("\"deleted\"", 3s).find("fedcba9876543210") != std::string::npos);
}

TEST_CASE("regression: stopping is bounded though live views, streams and idle connections are open") {
    for (const auto tls : {config::TlsMode::Off, config::TlsMode::Auto}) {
        Site site(tls);
        REQUIRE(site.login("vic") == 204);
        std::vector<std::unique_ptr<RawClient>> clients;
        for (int i = 0; i < 3; ++i) {
            for (const char* path : {"/api/v1/cameras/porch/live.mjpeg", "/api/v1/stream", "/healthz"}) {
                clients.push_back(std::make_unique<RawClient>(site.server->port(), 4096));
                clients.back()->send(get(site, path));
            }
        }
        std::this_thread::sleep_for(200ms);
        for (int i = 0; i < 20; ++i)
            site.cameras.live().publish("porch", site.clock.wallNow(),
                                        std::vector<std::uint8_t>(500'000, 'x'));
        const auto started = Monotonic::now();
        site.server->stop();
        CHECK(Monotonic::now() - started < 3s);
        CHECK_FALSE(std::filesystem::exists(site.config.controlSocket()));
    }
}

TEST_CASE("connections that come and go leave no socket behind") {
    Site site;
    REQUIRE(site.login("vic") == 204);
    site.request("GET", "/api/v1/cameras");
    const std::size_t before = countSockets();  // up to four database connections may come, and stay
    for (int i = 0; i < 60; ++i) {
        RawClient client(site.server->port());
        client.send(get(site, i % 3 == 0 ? "/api/v1/stream" : i % 3 == 1 ? "/api/v1/cameras" : "/"));
        if (i % 2 == 0) client.readUntil("HTTP/1.1 200", 1s);
    }
    site.changes.publish("camera", "porch", "", "state");
    CHECK(eventually(
        [&] {
            site.changes.publish("camera", "porch", "", "state");
            return countSockets() <= before;
        },
        10s));
}

}  // namespace stream_test
