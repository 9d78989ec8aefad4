/// Behind a proxy, and from links in other programs.
#include "fixture.h"
#include "support/catch.h"
#include "web/forwarded.h"

namespace proxy_test {

using namespace porchlight;
using namespace porchlight::web;
using namespace porchlight::web::testing;
using namespace std::chrono_literals;

namespace {

constexpr const char* kChange = "/api/v1/cameras/porch/detect";
constexpr const char* kOn = R"({"enabled":true})";

http::Peer seenBehind(const std::string& peer, const std::string& forwarded_for,
                      const std::string& forwarded_proto = "") {
    config::WebConfig web;
    web.trusted_proxies = {*base::parseNetwork("127.0.0.1"), *base::parseNetwork("10.1.0.0/16")};
    return clientOf({peer, false, false}, forwarded_for, forwarded_proto, web);
}

}  // namespace

TEST_CASE("a proxy is believed when the owner trusts it, and only about its own client") {
    CHECK(seenBehind("127.0.0.1", "203.0.113.9").address == "203.0.113.9");
    CHECK(seenBehind("203.0.113.1", "192.0.2.1").address == "203.0.113.1");
    CHECK(seenBehind("127.0.0.1", "").address == "127.0.0.1");
    // What the client wrote itself stands to the left.
    CHECK(seenBehind("127.0.0.1", "192.0.2.1, 203.0.113.9").address == "203.0.113.9");
    CHECK(seenBehind("127.0.0.1", "203.0.113.9 , 10.1.2.3").address == "203.0.113.9");
    CHECK(seenBehind("127.0.0.1", "203.0.113.9, nonsense").address == "127.0.0.1");
    CHECK(seenBehind("127.0.0.1", "2001:db8::7").address == "2001:db8::7");
    CHECK(seenBehind("127.0.0.1", "", "https").is_secure);
    CHECK(seenBehind("127.0.0.1", "", "http, HTTPS").is_secure);
    CHECK_FALSE(seenBehind("127.0.0.1", "", "https, http").is_secure);
    CHECK_FALSE(seenBehind("203.0.113.1", "", "https").is_secure);
}

TEST_CASE("regression: behind a proxy that names another host, web.url is the origin") {
    Site site(config::TlsMode::Off, {}, 4,
              [](config::WebConfig& web) { web.url = "https://porch.example/cams"; });
    const std::map<std::string, std::string> proxied{{"Origin", "https://porch.example"},
                                                     {"Host", "127.0.0.1:8443"}};
    const Answer login = site.request("POST", "/api/v1/login",
                                      R"({"username":"ada","password":"correct horse battery"})", proxied);
    REQUIRE(login.status == 204);
    CHECK(login.header("Set-Cookie").ends_with("; Secure"));
    site.cookie = login.header("Set-Cookie").substr(0, login.header("Set-Cookie").find(';'));
    CHECK(site.request("PUT", kChange, kOn, {{"Origin", "https://porch.example:443"}}).status == 200);
    for (const char* origin :
         {"http://porch.example", "https://porch.example:8443", "https://porch.example.evil.example",
          "https://x.porch.example", "https://porch.example@evil.example", "null", "https://evil.example"}) {
        INFO(origin);
        const Answer refused = site.request("PUT", kChange, kOn, {{"Origin", origin}});
        CHECK(refused.status == 403);
        CHECK(refused.body.find("the header Origin says " + std::string(origin)) != std::string::npos);
    }
    const Answer refused = site.request(
        "PUT", kChange, kOn, {{"Origin", "https://porch.example"}, {"Sec-Fetch-Site", "cross-site"}});
    CHECK(refused.status == 403);
    CHECK(refused.body.find("the header Sec-Fetch-Site says cross-site") != std::string::npos);
}

TEST_CASE("a refused origin says what to set") {
    Site site;
    const Answer refused = site.request("POST", "/api/v1/login", "{}",
                                        {{"Origin", "https://porch.example"}, {"Host", "127.0.0.1:8443"}});
    CHECK(refused.status == 403);
    CHECK(refused.body.find("the header Host 127.0.0.1:8443; behind a proxy set web.url") !=
          std::string::npos);
}

TEST_CASE("the audit log, sessions and limits see the client, not its proxy") {
    Site site(config::TlsMode::Off, {}, 4,
              [](config::WebConfig& web) { web.trusted_proxies = {*base::parseNetwork("127.0.0.1")}; });
    const std::string body = R"({"username":"ada","password":"correct horse battery"})";
    const Answer login = site.request("POST", "/api/v1/login", body,
                                      {{"X-Forwarded-For", "203.0.113.9"}, {"X-Forwarded-Proto", "https"}});
    REQUIRE(login.status == 204);
    CHECK(login.header("Set-Cookie").ends_with("; Secure"));
    CHECK(site.store->audit.newest(1).at(0).address == "203.0.113.9");
    site.cookie.clear();
    RawClient twice(site.server->port());  // a proxy that adds a header of its own to the client's
    twice.send(
        "POST /api/v1/login HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 192.0.2.1\r\nX-Forwarded-For: "
        "203.0.113.9\r\nContent-Length: " +
        std::to_string(body.size()) + "\r\n\r\n" + body);
    REQUIRE(twice.readUntil("\r\n\r\n", 10s).starts_with("HTTP/1.1 204"));
    CHECK(site.store->audit.newest(1).at(0).address == "203.0.113.9");
    for (int i = 0; i < 6; ++i)
        site.request("POST", "/api/v1/login", R"({"username":"vic","password":"guess"})",
                     {{"X-Forwarded-For", "198.51.100.1"}});
    const std::string vic = R"({"username":"vic","password":"correct horse battery"})";
    CHECK(site.request("POST", "/api/v1/login", vic, {{"X-Forwarded-For", "198.51.100.1"}}).status == 429);
    site.clock.advance(1s);  // strangers together try once a second
    CHECK(site.request("POST", "/api/v1/login", vic, {{"X-Forwarded-For", "192.0.2.44"}}).status == 204);
}

TEST_CASE("regression: a proxy is told not to hold back what lasts") {
    Site site;
    REQUIRE(site.login("vic") == 204);
    for (const char* path : {"/api/v1/stream", "/api/v1/cameras/porch/live.mjpeg"})
        CHECK(site.request("HEAD", path).header("X-Accel-Buffering") == "no");
}

TEST_CASE("regression: a link that a person follows leads to the dashboard, programs get the error") {
    Site site;
    const std::map<std::string, std::string> click{
        {"Sec-Fetch-Mode", "navigate"}, {"Sec-Fetch-Site", "cross-site"}, {"Accept", "text/html,*/*"}};
    const std::map<std::string, std::string> old_browser{{"Accept", "text/html,application/xhtml+xml"}};
    for (const auto& headers : {click, old_browser}) {
        const Answer clip = site.request("GET", "/api/v1/events/0123456789abcdef/clip.mp4", "", headers);
        CHECK(clip.status == 303);
        CHECK(clip.header("Location") ==
              "./../../../../#/event/0123456789abcdef");  // of /porch/api/..., too, should a proxy say that
        const Answer file =
            site.request("GET", "/api/v1/recordings/export.mp4?camera=porch&from=-1h%20", "", headers);
        CHECK(file.status == 303);
        CHECK(file.header("Location") ==
              "./../../../#/open?to=api%2Fv1%2Frecordings%2Fexport.mp4%3Fcamera%3Dporch%26from%3D-1h%2520");
    }
    const char* path = "/api/v1/events/0123456789abcdef/clip.mp4";
    CHECK(site.request("GET", path).status == 401);
    CHECK(site.request("GET", path, "", {{"Sec-Fetch-Mode", "no-cors"}, {"Accept", "text/html"}}).status ==
          401);
    CHECK(site.request("DELETE", "/api/v1/events/0123456789abcdef", "", old_browser).status == 401);
    REQUIRE(site.login("vic") == 204);
    CHECK(site.request("GET", path, "", click).status == 404);  // logged in: the answer itself
}

}  // namespace proxy_test
