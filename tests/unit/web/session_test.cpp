/// Sessions, cookies, tokens and the audit log as browsers, scripts and strangers meet them.
#include <algorithm>
#include <atomic>
#include <fstream>
#include <thread>
#include <utility>

#include "base/log.h"
#include "fixture.h"
#include "http/local_client.h"
#include "store/sql/database.h"
#include "support/catch.h"
#include "web/backend.h"

namespace session_test {

using namespace porchlight;
using namespace porchlight::web;
using namespace porchlight::web::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto kLongAgo = std::chrono::hours(24 * 7);

std::vector<std::string> cookiesOf(const Answer& answer) {
    std::vector<std::string> out;
    for (auto [at, end] = answer.headers.equal_range("Set-Cookie"); at != end; ++at)
        out.push_back(at->second);
    return out;
}

std::string nameOf(const std::string& cookie) {
    return cookie.substr(0, cookie.find('='));
}

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

/// Removes an account or a token as who may use the control socket; the head of the answer, and its body.
std::string removeBy(RawClient& client, const std::string& path) {
    client.send("DELETE " + path + " HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    return client.readToEnd(10s);
}

/// What the log says while it lives.
class LogCapture {
  public:
    LogCapture() {
        base::setLogSink([this](base::LogLevel, std::string_view, std::string_view text) {
            const std::lock_guard lock(mutex_);
            lines_.emplace_back(text);
        });
    }
    ~LogCapture() { base::setLogSink({}); }
    std::vector<std::string> lines() {
        const std::lock_guard lock(mutex_);
        return lines_;
    }

  private:
    std::mutex mutex_;
    std::vector<std::string> lines_;
};

}  // namespace

TEST_CASE("regression: a session in use is renewed under parallel requests, none is refused") {
    Site site;
    REQUIRE(site.login("vic") == 204);
    std::atomic<int> refused{0};
    // Old code refused one in eleven rounds: ten of them often went well.
    for (int round = 0; round < 100; ++round) {
        site.clock.advance(kLongAgo);
        std::vector<std::thread> clients;
        for (int i = 0; i < 6; ++i)
            clients.emplace_back([&] { refused += site.request("GET", "/api/v1/cameras").status != 200; });
        for (auto& client : clients) client.join();
    }
    CHECK(refused == 0);
}

TEST_CASE("regression: with a session its cookie is renewed, too") {
    Site site;
    REQUIRE(site.login("vic") == 204);
    CHECK(cookiesOf(site.request("GET", "/api/v1/cameras")).empty());
    for (int week = 0; week < 8; ++week) {
        site.clock.advance(kLongAgo);
        const auto renewed = cookiesOf(site.request("GET", "/api/v1/cameras"));
        REQUIRE(renewed.size() == 1);
        CHECK(renewed[0].starts_with(site.cookie + ";"));
        CHECK(renewed[0].find("Max-Age=2592000") != std::string::npos);
        CHECK(cookiesOf(site.request("GET", "/api/v1/cameras")).empty());
    }
}

TEST_CASE("a database that takes no writes locks out nobody who is logged in") {
    Site site;
    REQUIRE(site.login("ada") == 204);
    const Answer made = site.request("POST", "/api/v1/tokens", R"({"name":"prometheus","role":"viewer"})");
    REQUIRE(made.status == 201);
    const std::string token = made.body.substr(made.body.find("\"token\":\"") + 9, 64);
    site.clock.advance(kLongAgo);
    store::Database blocker(site.config.databaseFile());
    blocker.run("BEGIN IMMEDIATE");
    CHECK(site.request("GET", "/api/v1/system").status == 200);
    CHECK(site.request("GET", "/api/v1/cameras", "", {{"Authorization", "Bearer " + token}}).status == 200);
    blocker.run("ROLLBACK");
    CHECK(cookiesOf(site.request("GET", "/api/v1/cameras")).size() ==
          1);  // renewed as soon as that is possible
}

TEST_CASE("regression: two appliances on one host do not log each other out") {
    Site porch;
    Site shed;
    REQUIRE(porch.login("ada") == 204);
    REQUIRE(shed.login("ada") == 204);
    CHECK(nameOf(porch.cookie) != nameOf(shed.cookie));
    const std::string both =
        porch.cookie + "; " + shed.cookie;  // a browser sends all cookies of the host to each port
    porch.cookie = shed.cookie = both;
    for (Site* site : {&porch, &shed}) CHECK(site->request("GET", "/api/v1/cameras").status == 200);
    const auto deleted = cookiesOf(porch.request("POST", "/api/v1/logout"));
    REQUIRE(deleted.size() == 1);
    CHECK(both.starts_with(nameOf(deleted[0])));
    CHECK(shed.request("GET", "/api/v1/cameras").status == 200);
}

TEST_CASE("regression: a login with a newer hash cost ends no other session and undoes no new password") {
    Site site;
    REQUIRE(site.login("vic") == 204);
    const std::string phone = site.cookie;
    const std::string old_hash = hashPassword(Site::kPassword, HashCost{1, 16384});
    const auto vic = site.store->accounts.byName("vic").value();
    site.store->accounts.replaceHash(vic.id, vic.password_hash, old_hash);
    site.cookie.clear();
    REQUIRE(site.login("vic") == 204);
    CHECK(site.store->accounts.byName("vic")->password_hash != old_hash);
    CHECK(site.request("GET", "/api/v1/me", "", {{"Cookie", phone}}).status == 200);
    const std::string current = site.store->accounts.byName("vic")->password_hash;
    site.store->accounts.replaceHash(vic.id, old_hash, "of a password that was changed meanwhile");
    CHECK(site.store->accounts.byName("vic")->password_hash == current);
}

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
        for (const std::string& value : {device + "0", nameOf(device) + "=1.00.ff", nameOf(device) + "=..",
                                         nameOf(device) + "=" + std::string(300, '.')}) {
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

TEST_CASE("the audit log is read in pages and by filters") {
    Site site;
    REQUIRE(site.login("ada") == 204);
    for (int i = 0; i < 7; ++i)
        site.store->audit.insert(
            {site.clock.wallNow(), i % 2 ? "bob" : "ada", "", "tested", std::to_string(i)});
    const auto details = [](const std::string& body) {
        std::string out;
        for (auto at = body.find("\"detail\":\""); at != std::string::npos;
             at = body.find("\"detail\":\"", at + 1))
            out += body[at + 10];
        return out;
    };
    std::string body = site.request("GET", "/api/v1/audit?action=tested&limit=3").body;
    CHECK(details(body) == "654");
    std::string cursor = body.substr(body.find("\"next_cursor\":\"") + 15);
    body = site.request("GET",
                        "/api/v1/audit?action=tested&limit=5&cursor=" + cursor.substr(0, cursor.find('"')))
               .body;
    CHECK(details(body) == "3210");
    CHECK(body.find("\"next_cursor\":null") != std::string::npos);
    CHECK(details(site.request("GET", "/api/v1/audit?user=bob").body) == "531");
    CHECK(details(site.request("GET", "/api/v1/audit?action=tested&to=-1h").body).empty());
    CHECK(site.request("GET", "/api/v1/audit?cursor=x").status == 400);
    CHECK(site.request("GET", "/api/v1/audit?limit=501").status == 400);
}

TEST_CASE("regression: a flood of refused logins leaves a line a minute in the log") {
    Site site(config::TlsMode::Off, {}, 4, trustLoopback);
    LogCapture log;
    for (int minute = 0; minute < 3; ++minute) {
        for (int i = 0; i < 200; ++i)
            logIn(site, "ada", "guess", from(i < 100 ? "203.0.113.9" : "198.51.100." + std::to_string(i)));
        site.clock.advance(61s);
    }
    site.server->stop();
    site.server.reset();
    std::string all;
    for (const auto& line : log.lines()) all += line + "\n";
    INFO(all);
    CHECK(log.lines().size() <= 45);
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

TEST_CASE("regression: a removed administrator's tokens end with him, those of the others stay") {
    Site site;
    http::LocalClient local(site.config.controlSocket());
    REQUIRE(local.post("/api/v1/users", R"({"name":"eve","password":"long enough for us","role":"admin"})")
                .status == 201);
    REQUIRE(site.login("eve", "long enough for us") == 204);
    const auto bearerOf = [](const std::string& body) {
        return std::map<std::string, std::string>{
            {"Authorization", "Bearer " + body.substr(body.find("\"token\":\"") + 9, 64)}};
    };
    const auto first =
        bearerOf(site.request("POST", "/api/v1/tokens", R"({"name":"first","role":"admin"})").body);
    site.cookie.clear();
    // A token that a token made is that person's, too.
    const auto second =
        bearerOf(site.request("POST", "/api/v1/tokens", R"({"name":"second","role":"admin"})", first).body);
    const auto machine = bearerOf(local.post("/api/v1/tokens", R"({"name":"machine","role":"viewer"})").body);
    for (const auto& token : {first, second, machine})
        CHECK(site.request("GET", "/api/v1/cameras", "", token).status == 200);
    const std::string list = local.get("/api/v1/tokens").body;
    CHECK(list.find("\"maker\":\"eve\"") != std::string::npos);
    CHECK(list.find("\"maker\":\"token first\"") != std::string::npos);
    CHECK(list.find("\"maker\":\"local\"") != std::string::npos);
    CHECK(list.find("\"last_used_at\":null") == std::string::npos);
    REQUIRE(site.login("ada") == 204);
    CHECK(site.request("DELETE", "/api/v1/users/eve").status == 204);
    site.cookie.clear();
    CHECK(site.request("POST", "/api/v1/users",
                       R"({"name":"back","password":"long enough for us","role":"admin"})", first)
              .status == 401);
    CHECK(site.request("GET", "/api/v1/cameras", "", second).status == 401);
    CHECK(site.request("GET", "/api/v1/cameras", "", machine).status == 200);
}

TEST_CASE("regression: administrators who remove each other at the same moment leave one") {
    for (int round = 0; round < 20; ++round) {
        Site site;
        store::UserRow eve = site.store->accounts.byName("ada").value();
        eve.name = "eve";
        site.store->accounts.insert(eve);
        RawClient one(site.config.controlSocket());
        RawClient two(site.config.controlSocket());
        std::thread other([&] { removeBy(one, "/api/v1/users/ada"); });
        removeBy(two, "/api/v1/users/eve");
        other.join();
        const auto users = site.store->accounts.all();
        CHECK(std::count_if(users.begin(), users.end(),
                            [](const auto& user) { return user.role == store::Role::Admin; }) == 1);
    }
}

TEST_CASE("regression: a viewer cannot write over a note, and notes are in the audit log") {
    Site site;
    site.addEvent("0123456789abcdef");
    const std::string path = "/api/v1/events/0123456789abcdef";
    REQUIRE(site.login("ada") == 204);
    CHECK(site.request("PATCH", path, R"({"note":"the thief"})").status == 200);
    CHECK(site.store->audit.newest(1).at(0).action == "event_note");
    REQUIRE(site.login("vic") == 204);
    const Answer refused = site.request("PATCH", path, R"({"reviewed":true,"note":""})");
    CHECK(refused.status == 403);
    CHECK(refused.body.find("\"field\":\"note\"") != std::string::npos);
    CHECK(site.store->events.byId("0123456789abcdef")->note == "the thief");
    CHECK_FALSE(site.store->events.byId("0123456789abcdef")->is_reviewed);
    CHECK(site.request("PATCH", path, R"({"reviewed":true})").status == 200);
}

TEST_CASE("answers that last end within five seconds of the session, account or token they were for") {
    Site site;
    site.addEvent("0123456789abcdef", store::EventState::Active);
    http::LocalClient local(site.config.controlSocket());
    REQUIRE(local.post("/api/v1/users", R"({"name":"eve","password":"long enough for us"})").status == 201);
    const std::string token_body = local.post("/api/v1/tokens", R"({"name":"script","role":"viewer"})").body;
    REQUIRE(site.login("eve", "long enough for us") == 204);
    const std::string eve = "Cookie: " + std::exchange(site.cookie, "");
    REQUIRE(site.login("vic") == 204);
    const std::string token =
        "Authorization: Bearer " + token_body.substr(token_body.find("\"token\":\"") + 9, 64);
    std::vector<std::unique_ptr<RawClient>> clients;
    for (const std::string& who : {"Cookie: " + site.cookie, eve, token})
        for (const char* path : {"/api/v1/cameras/porch/live.mjpeg", "/api/v1/stream",
                                 "/api/v1/events/0123456789abcdef/clip.mp4"}) {
            clients.push_back(std::make_unique<RawClient>(site.server->port()));
            clients.back()->send(std::string("GET ") + path + " HTTP/1.1\r\nHost: localhost\r\n" + who +
                                 "\r\n\r\n");
            REQUIRE(clients.back()->readUntil("\r\n\r\n", 3s).starts_with("HTTP/1.1 200"));
        }
    CHECK(site.request("POST", "/api/v1/logout").status == 204);
    for (const char* path : {"/api/v1/users/eve", "/api/v1/tokens/script"}) {
        RawClient client(site.config.controlSocket());
        CHECK(removeBy(client, path).find(" 204 ") != std::string::npos);
    }
    const Deadline deadline = Deadline::in(5s);
    for (const auto& client : clients) {
        client->readToEnd(deadline.remaining());
        CHECK(client->isAtEnd());
    }
}

TEST_CASE("regression: errors name files to administrators only") {
    Site site;
    site.addEvent("0123456789abcdef");
    store::EventRow row = site.store->events.byId("0123456789abcdef").value();
    row.has_thumbnail = true;
    site.store->events.update(row);
    const auto folder = site.config.thumbnailsDir() / "porch";
    std::filesystem::create_directories(folder);
    { std::ofstream(folder / "0123456789abcdef.jpg") << std::string(3U << 20U, 'x'); }  // more than is served
    const char* path = "/api/v1/events/0123456789abcdef/thumbnail.jpg";
    REQUIRE(site.login("vic") == 204);
    const Answer viewer = site.request("GET", path);
    CHECK(viewer.status == 503);
    CHECK(viewer.body.find("/") == std::string::npos);
    REQUIRE(site.login("ada") == 204);
    CHECK(site.request("GET", path).body.find(folder.string()) != std::string::npos);
}

}  // namespace session_test
