/// Who guesses passwords and floods the door, and who gets in all the same.
#include <algorithm>
#include <utility>

#include "fixture.h"
#include "http/local_client.h"
#include "support/catch.h"
#include "support/logged.h"

namespace strangers_test {

using namespace porchlight;
using namespace porchlight::web;
using namespace porchlight::web::testing;
using namespace std::chrono_literals;

namespace {

Answer logIn(Site& site, const std::string& name, const std::string& password,
             const std::map<std::string, std::string>& headers = {}) {
    return site.request("POST", "/api/v1/login",
                        R"({"username":")" + name + R"(","password":")" + password + "\"}", headers);
}

/// Strangers behind a proxy, each from an address of its own.
std::map<std::string, std::string> from(const std::string& address) {
    return {{"X-Forwarded-For", address}};
}

void trustLoopback(config::WebConfig& web) {
    web.trusted_proxies = {*base::parseNetwork("127.0.0.0/8")};
}

}  // namespace

TEST_CASE("regression: an owner's browser and address get in while a stranger guesses") {
    Site site(config::TlsMode::Off, {}, 4, trustLoopback);
    const auto home = from("203.0.113.9");
    const Answer login = logIn(site, "ada", Site::kPassword, home);
    REQUIRE(login.status == 204);
    const std::string session = cookiesOf(login).at(0);
    auto with_session = home;
    with_session["Cookie"] = session.substr(0, session.find(';'));
    const auto marks = cookiesOf(site.request("GET", "/api/v1/me", "", with_session));
    REQUIRE(marks.size() == 1);
    const std::string device = marks[0].substr(0, marks[0].find(';'));
    CHECK(marks[0].find("HttpOnly; SameSite=Strict") != std::string::npos);
    for (int i = 0; i < 300; ++i)
        CHECK(logIn(site, "ada", "guess", from("198.51.100." + std::to_string(i % 250))).status != 204);
    CHECK(logIn(site, "ada", "guess", from("198.51.100.3")).status == 429);
    SECTION("at an address that logged in before") {
        CHECK(logIn(site, "ada", Site::kPassword, home).status == 204);
    }
    SECTION("with a browser that logged in before, from the stranger's own address") {
        auto abroad = from("198.51.100.3");
        abroad["Cookie"] = device;
        CHECK(logIn(site, "ada", Site::kPassword, abroad).status == 204);
    }
    SECTION("a device cookie that was made up, or is of another account, opens no door") {
        for (const std::string& value :
             {device + "0", cookieName(device) + "=1.00.ff", cookieName(device) + "=..",
              cookieName(device) + "=" + std::string(300, '.')}) {
            auto abroad = from("198.51.100.3");
            abroad["Cookie"] = value;
            CHECK(logIn(site, "ada", Site::kPassword, abroad).status == 429);
        }
    }
}

TEST_CASE("regression: failed logins push nothing out of the audit log, and stay bounded") {
    Site site;
    REQUIRE(site.login("ada") == 204);
    CHECK(site.request("POST", "/api/v1/tokens", R"({"name":"backup","role":"viewer"})").status == 201);
    for (int i = 0; i < 3000; ++i) {
        site.clock.advance(1s);
        site.store->audit.noteFailedLogin(i % 2 ? "ada" : "unknown",
                                          "10.0." + std::to_string(i / 200) + "." + std::to_string(i % 200),
                                          site.clock.wallNow());
    }
    CHECK(site.store->audit.failedLogins(5000).size() == 1000);
    const std::string audit = site.request("GET", "/api/v1/audit").body;
    CHECK(audit.find("token_add") != std::string::npos);
    CHECK(audit.find("\"address\":\"10.0.14.199\"") != std::string::npos);
    site.store->audit.noteFailedLogin("ada", "10.0.14.199", site.clock.wallNow());
    CHECK(site.store->audit.failedLogins(1).at(0).tries == 2);
}

TEST_CASE("regression: a flood of refused logins leaves a line a minute in the log") {
    Site site(config::TlsMode::Off, {}, 4, trustLoopback);
    test::Logged log;
    for (int minute = 0; minute < 3; ++minute) {
        for (int i = 0; i < 200; ++i)
            logIn(site, "ada", "guess", from(i < 100 ? "203.0.113.9" : "198.51.100." + std::to_string(i)));
        site.clock.advance(61s);
    }
    site.server->stop();
    site.server.reset();
    const std::string all = log.takeText();
    INFO(all);
    CHECK(std::count(all.begin(), all.end(), '\n') <= 45);
    CHECK(all.find("login from 203.0.113.9 refused") != std::string::npos);
    CHECK(all.find("times more within a minute") != std::string::npos);
    CHECK(all.find("further attempts refused, from other addresses") != std::string::npos);
}

TEST_CASE("callers without a session may ask only so much; sessions of the same address go on") {
    Site site;
    REQUIRE(site.login("vic") == 204);
    const std::string cookie = std::exchange(site.cookie, "");
    int refused = 0;
    Answer last;
    for (int i = 0; i < 700; ++i) {
        last = site.request("GET", i % 2 ? "/api/v1/cameras" : "/");
        refused += last.status == 429;
    }
    CHECK(refused >= 90);
    CHECK(refused <= 101);
    CHECK(last.header("Retry-After") == "1");
    CHECK(site.request("GET", "/", "", {{"Cookie", cookie}}).status == 200);
    CHECK(site.request("GET", "/api/v1/cameras", "", {{"Cookie", cookie}}).status == 200);
    http::LocalClient local(site.config.controlSocket());
    CHECK(local.get("/api/v1/cameras").status == 200);
    site.clock.advance(1s);
    CHECK(site.request("GET", "/").status == 200);
}

}  // namespace strangers_test
