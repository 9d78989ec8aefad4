/// Who gets in: sessions, roles, throttling, origins.
#include <sys/wait.h>
#include <unistd.h>

#include "fixture.h"
#include "support/catch.h"
#include "web/backend.h"
#include "web/local_client.h"
#include "web/router.h"

using namespace porchlight;
using namespace porchlight::web;
using namespace porchlight::web::testing;
using namespace std::chrono_literals;

namespace {

std::vector<Route> allRoutes() {
    std::vector<Route> routes;
    addAccountRoutes(routes);
    addCameraRoutes(routes);
    addLiveRoutes(routes);
    addEventRoutes(routes);
    addRemovalRoutes(routes);
    addTimelineRoutes(routes);
    addClipRoutes(routes);
    addExportRoutes(routes);
    addSystemRoutes(routes);
    return routes;
}

std::string pathOf(const Route& route) {
    std::string path = route.pattern;
    for (auto at = path.find('{'); at != std::string::npos; at = path.find('{'))
        path.replace(at, path.find('}') - at + 1, "nothing");
    return path;
}

}  // namespace

TEST_CASE("without a session every route is closed but those that must be open") {
    Site site;
    for (const Route& route : allRoutes()) {
        INFO(route.method << " " << route.pattern);
        const bool is_open = route.pattern == "/api/v1/login" || route.pattern.ends_with("/healthz");
        CHECK((route.access == Access::Open) == is_open);
        if (is_open) continue;
        const Answer answer = site.request(route.method, pathOf(route), "", {{"Connection", "close"}});
        CHECK(answer.status == 401);
        CHECK(answer.body.find("login_needed") != std::string::npos);
        CHECK(site.request(route.method, pathOf(route), "", {{"Cookie", "porchlight_session=" + std::string(64, 'a')}}).status == 401);
    }
    CHECK(site.request("GET", "/healthz").body == R"({"status":"ok"})");
}

TEST_CASE("a viewer may look but not act") {
    Site site;
    REQUIRE(site.login("vic") == 204);
    int closed = 0;
    for (const Route& route : allRoutes()) {
        if (route.access != Access::Admin) continue;
        INFO(route.method << " " << route.pattern);
        CHECK(site.request(route.method, pathOf(route)).status == 403);
        ++closed;
    }
    CHECK(closed >= 8);
    CHECK(site.request("GET", "/api/v1/cameras").status == 200);
    CHECK(site.request("GET", "/api/v1/me").body == R"({"name":"vic","role":"viewer"})");
}

TEST_CASE("the session cookie is strict and its end is the end") {
    Site site;
    const Answer answer = site.request("POST", "/api/v1/login", R"({"username":"ada","password":"correct horse battery"})");
    REQUIRE(answer.status == 204);
    const std::string cookie = answer.header("Set-Cookie");
    CHECK(cookie.find("HttpOnly") != std::string::npos);
    CHECK(cookie.find("SameSite=Strict") != std::string::npos);
    CHECK(cookie.find("Path=/") != std::string::npos);
    CHECK(cookie.find("Secure") == std::string::npos);
    site.cookie = cookie.substr(0, cookie.find(';'));
    CHECK(site.request("GET", "/api/v1/me").status == 200);
    SECTION("logout") {
        CHECK(site.request("POST", "/api/v1/logout").status == 204);
        CHECK(site.request("GET", "/api/v1/me").status == 401);
    }
    SECTION("a month unused") {
        site.clock.advance(std::chrono::hours(24 * 31));
        CHECK(site.request("GET", "/api/v1/me").status == 401);
    }
    SECTION("used every week it lives on") {
        for (int week = 0; week < 8; ++week) {
            site.clock.advance(std::chrono::hours(24 * 7));
            CHECK(site.request("GET", "/api/v1/me").status == 200);
        }
    }
    SECTION("the password changed") {
        LocalClient local(site.config.controlSocket());
        CHECK(local.put("/api/v1/users/ada/password", R"({"password":"another long one"})").status == 204);
        CHECK(site.request("GET", "/api/v1/me").status == 401);
    }
}

TEST_CASE("an unknown user and a wrong password get the same answer") {
    Site site;
    const Answer unknown = site.request("POST", "/api/v1/login", R"({"username":"bob","password":"x"})");
    const Answer wrong = site.request("POST", "/api/v1/login", R"({"username":"ada","password":"x"})");
    CHECK(unknown.status == 401);
    CHECK(wrong.status == 401);
    CHECK(unknown.body == wrong.body);
    const auto audit = site.store->audit(10);
    REQUIRE(audit.size() == 2);
    CHECK(audit[0].action == "login_failed");
}

TEST_CASE("guessing is slowed down before anything is hashed") {
    Site site;
    for (int i = 0; i < 5; ++i) CHECK(site.login("ada", "wrong") == 401);
    const Answer refused = site.request("POST", "/api/v1/login", R"({"username":"ada","password":"correct horse battery"})");
    CHECK(refused.status == 429);
    CHECK(std::stoi(refused.header("Retry-After")) >= 1);
    CHECK(site.login("vic") == 429);  // same address
    site.clock.advance(2s);
    CHECK(site.login("ada") == 204);
    CHECK(site.login("vic") == 204);
}

TEST_CASE("the throttle remembers a bounded number of keys") {
    const base::FakeClock clock;
    Throttle throttle(clock);
    for (int i = 0; i < 5000; ++i) throttle.attempt("address 10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256));
    CHECK(throttle.size() <= 2048);
    CHECK(throttleKey("2001:db8:1:2:3:4:5:6") == throttleKey("2001:db8:1:2::9"));
    CHECK(throttleKey("192.0.2.1") == "192.0.2.1");
}

TEST_CASE("the throttle doubles its wait up to a minute and forgets") {
    base::FakeClock clock;
    Throttle throttle(clock);
    for (int i = 0; i < 5; ++i) CHECK(throttle.attempt("k") == 0);
    for (const int expected : {1, 2, 4, 8, 16, 32, 60, 60}) {
        CHECK(throttle.attempt("k") == expected);
        clock.advance(seconds{expected});
        CHECK(throttle.attempt("k") == 0);
    }
    clock.advance(16min);
    for (int i = 0; i < 5; ++i) CHECK(throttle.attempt("k") == 0);
}

TEST_CASE("a changing request from another site is refused") {
    Site site;
    REQUIRE(site.login("ada") == 204);
    const std::string host = "127.0.0.1:" + std::to_string(site.server->port());
    const std::string body = R"({"enabled":true})";
    const char* path = "/api/v1/cameras/porch/detect";
    CHECK(site.request("PUT", path, body, {{"Origin", "http://" + host}}).status == 200);
    CHECK(site.request("PUT", path, body).status == 200);
    for (const std::string& origin : std::vector<std::string>{"http://evil.example", "null", "http://127.0.0.1:1", "http://x" + host}) {
        INFO(origin);
        CHECK(site.request("PUT", path, body, {{"Origin", origin}}).status == 403);
    }
    CHECK(site.request("PUT", path, body, {{"Sec-Fetch-Site", "cross-site"}}).status == 403);
    CHECK(site.request("GET", "/api/v1/cameras", "", {{"Origin", "http://evil.example"}}).status == 200);
}

TEST_CASE("administrators manage accounts, but never remove the last of themselves") {
    Site site;
    REQUIRE(site.login("ada") == 204);
    CHECK(site.request("POST", "/api/v1/users", R"({"name":"eve","password":"short"})").status == 400);
    CHECK(site.request("POST", "/api/v1/users", R"({"name":"../eve","password":"long enough for us"})").status == 400);
    CHECK(site.request("POST", "/api/v1/users", R"({"name":"eve","password":"long enough for us","role":"god"})").status == 400);
    CHECK(site.request("POST", "/api/v1/users", R"({"name":"eve","password":"long enough for us","role":"admin"})").status == 201);
    CHECK(site.request("POST", "/api/v1/users", R"({"name":"eve","password":"long enough for us"})").status == 409);
    CHECK(site.request("GET", "/api/v1/users").body.find("argon") == std::string::npos);
    CHECK(site.request("DELETE", "/api/v1/users/eve").status == 204);
    CHECK(site.request("DELETE", "/api/v1/users/eve").status == 404);
    CHECK(site.request("DELETE", "/api/v1/users/ada").status == 409);
    CHECK(site.request("GET", "/api/v1/audit").body.find("user_remove") != std::string::npos);
}

TEST_CASE("passwords hash, verify and ask for another hash when the cost rises") {
    const HashCost cheap{1, 32768};
    const std::string hash = hashPassword("pass phrase", cheap);
    CHECK(hash.starts_with("$argon2id$"));
    CHECK(verifyPassword(hash, "pass phrase"));
    CHECK_FALSE(verifyPassword(hash, "pass phrasf"));
    CHECK_FALSE(verifyPassword("nonsense", "pass phrase"));
    CHECK_FALSE(needsRehash(hash, cheap));
    CHECK(needsRehash(hash, HashCost{}));
    CHECK(generatePassword().size() == 23);
    CHECK(generatePassword() != generatePassword());
}

TEST_CASE("the control socket is the administrator, named local") {
    Site site;
    LocalClient local(site.config.controlSocket());
    CHECK(local.get("/api/v1/me").body == R"({"name":"local","role":"admin"})");
    CHECK(local.post("/api/v1/users", R"({"name":"eve","password":"long enough for us"})").status == 201);
    CHECK(site.store->audit(1).at(0).user == "local");
    CHECK(local.get("/api/v1/nothing").status == 404);
    const auto mode = std::filesystem::status(site.config.controlSocket()).permissions();
    CHECK(static_cast<unsigned>(mode) == 0660U);
    site.server->stop();
    try {
        local.get("/api/v1/me");
        FAIL("nobody should answer");
    } catch (const Error& error) {
        CHECK(error.kind() == ErrorKind::Unavailable);
        CHECK(std::string(error.what()).starts_with("the daemon is not running ("));
    }
}

TEST_CASE("a viewer was told addresses, paths and what the camera said; he is told the kind of a fault") {
    Site site;
    auto status = *site.cameras.status("porch");
    status.state = camera::State::Offline;
    status.kind = "not_found";
    status.reason = "open /srv/cameras/private/clip.mp4: no such file";
    status.action = "rung 5, owner_action: run /usr/local/bin/power-cycle";
    status.packet_age = 90s;
    site.cameras.setStatus(status);
    site.cameras.still_error = status.reason;
    site.store->insertHealth({"porch", site.clock.wallNow() - 1s, "offline", 90, "not_found", status.reason});
    store::IncidentRow incident;
    incident.camera = "porch";
    incident.started_at = site.clock.wallNow() - 1s;
    incident.kind = "critical";
    incident.issue = "not_found";
    incident.detail = status.reason;
    site.store->noteIncident(incident);
    site.store->insertRecovery({"porch", site.clock.wallNow() - 1s, 5, "run /usr/local/bin/power-cycle\nsaid /srv/cameras", 1s, "failed", "manual", "not_found"});
    site.store->paintCoverage({"porch", site.clock.wallNow() - 5s, std::nullopt, false, "misconfigured", "/etc/porchlight/cameras.d/porch.yaml:3:1: source is needed"});
    const std::pair<const char*, const char*> routes[] = {{"GET", "/api/v1/cameras"}, {"GET", "/api/v1/cameras/porch"}, {"GET", "/api/v1/cameras/porch/health"},
                                                          {"GET", "/api/v1/cameras/porch/coverage"}, {"GET", "/api/v1/cameras/porch/snapshot.jpg?placeholder=false"},
                                                          {"POST", "/api/v1/snapshots"}};
    for (const char* user : {"vic", "ada"}) {
        REQUIRE(site.login(user) == 204);
        for (const auto& [method, path] : routes) {
            INFO(user << " " << path);
            const std::string body = site.request(method, path, method == std::string("POST") ? R"({"cameras":["porch"],"timeout_s":0.2,"attempts":1})" : "").body;
            const bool has_place = body.find("/srv/cameras") != std::string::npos || body.find("/etc/porchlight") != std::string::npos || body.find("power-cycle") != std::string::npos;
            CHECK(has_place == (user == std::string("ada")));
        }
    }
    REQUIRE(site.login("vic") == 204);
    CHECK(site.request("GET", "/api/v1/cameras/porch").body.find("what the camera's settings name is not there") != std::string::npos);
}

TEST_CASE("a process that the appliance itself started was an administrator at the control socket") {
    Site site;
    const std::string path = site.config.controlSocket();
    const auto statusFor = [&] {
        try {
            return LocalClient(path).get("/api/v1/users").status;
        } catch (const Error&) {
            return 0;  // the connection was closed
        }
    };
    CHECK(statusFor() == 200);
    for (const bool is_grandchild : {false, true}) {
        const pid_t child = ::fork();
        if (child == 0) {
            if (is_grandchild && ::fork() != 0) {
                int status = 0;
                ::wait(&status);
                ::_exit(WEXITSTATUS(status));
            }
            ::_exit(statusFor() == 0 ? 0 : 1);
        }
        int status = 0;
        REQUIRE(::waitpid(child, &status, 0) == child);
        CHECK(WIFEXITED(status));
        CHECK(WEXITSTATUS(status) == 0);
    }
}
