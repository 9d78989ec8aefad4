/// Who gets in: sessions, roles, throttling, origins.
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <utility>

#include "fixture.h"
#include "http/local_client.h"
#include "support/catch.h"
#include "web/backend.h"
#include "web/router.h"

namespace access_test {

using namespace porchlight;
using namespace porchlight::web;
using namespace porchlight::web::testing;
using namespace std::chrono_literals;

namespace {

std::string pathOf(const Route& route) {
    std::string path = route.pattern;
    for (auto at = path.find('{'); at != std::string::npos; at = path.find('{'))
        path.replace(at, path.find('}') - at + 1, "nothing");
    return path;
}

/// Somebody who asks, and what the route table must make of it.
struct Asker {
    const char* name;
    std::map<std::string, std::string> headers;
    int rank;  ///< 0: nobody, 1: viewer, 2: administrator
};

std::string sessionOf(Site& site, const std::string& name) {
    site.cookie.clear();
    REQUIRE(site.login(name) == 204);
    return std::exchange(site.cookie, "");
}

std::string addToken(Site& site, const std::string& cookie, const std::string& name,
                     const std::string& role) {
    const std::string body = R"({"name":")" + name + R"(","role":")" + role + "\"}";
    const Answer answer = site.request("POST", "/api/v1/tokens", body, {{"Cookie", cookie}});
    REQUIRE(answer.status == 201);
    return "Bearer " + answer.body.substr(answer.body.find("\"token\":\"") + 9, 64);
}

void addUser(Site& site, const std::string& name, store::Role role) {
    site.store->accounts.insert(
        {0, name, site.store->accounts.byName("ada")->password_hash, role, site.clock.wallNow()});
}

/// Everybody who may come along, with credentials that are right, over, another's or nonsense.
std::vector<Asker> allAskers(Site& site) {
    addUser(site, "eve", store::Role::Admin);
    addUser(site, "max", store::Role::Viewer);
    const std::string expired = sessionOf(site, "ada");
    site.clock.advance(std::chrono::hours(24 * 31));
    const std::string admin = sessionOf(site, "ada");
    const std::string viewer = sessionOf(site, "vic");
    const std::string removed = sessionOf(site, "eve");
    const std::string removed_token = addToken(site, removed, "of-eve", "admin");
    const std::string changed = sessionOf(site, "max");
    const std::string over = sessionOf(site, "vic");
    const std::string admin_token = addToken(site, admin, "script", "admin");
    const std::string viewer_token = addToken(site, admin, "reader", "viewer");
    const std::string ended_token = addToken(site, admin, "ended", "admin");
    CHECK(site.request("DELETE", "/api/v1/tokens/ended", "", {{"Cookie", admin}}).status == 204);
    CHECK(site.request("DELETE", "/api/v1/users/eve", "", {{"Cookie", admin}}).status == 204);
    CHECK(site.request("PUT", "/api/v1/users/max/password", R"({"password":"another long one"})",
                       {{"Cookie", admin}})
              .status == 204);
    CHECK(site.request("POST", "/api/v1/logout", "", {{"Cookie", over}}).status == 204);
    const std::string name = admin.substr(0, admin.find('='));
    return {{"nobody", {}, 0},
            {"a cookie of noise", {{"Cookie", name + "=" + std::string(64, 'a')}}, 0},
            {"a cookie with a quote", {{"Cookie", name + "=' OR 1=1 --"}}, 0},
            {"a session that expired", {{"Cookie", expired}}, 0},
            {"a session that was ended", {{"Cookie", over}}, 0},
            {"a removed account's session", {{"Cookie", removed}}, 0},
            {"a session from before a new password", {{"Cookie", changed}}, 0},
            {"a session's secret as a token",
             {{"Authorization", "Bearer " + admin.substr(admin.find('=') + 1)}},
             0},
            {"a token that was removed", {{"Authorization", ended_token}}, 0},
            {"a removed administrator's token", {{"Authorization", removed_token}}, 0},
            {"a viewer", {{"Cookie", viewer}}, 1},
            {"a viewer's token", {{"Authorization", viewer_token}}, 1},
            {"an administrator", {{"Cookie", admin}}, 2},
            {"an administrator's token", {{"Authorization", admin_token}}, 2}};
}

/// Status line alone: some answers last.
int statusOf(Site& site, const Route& route, const Asker& asker) {
    RawClient client(site.server->port());
    std::string request = (route.method == "GET" ? "HEAD" : route.method) + " " + pathOf(route) +
                          " HTTP/1.1\r\nHost: localhost\r\n";
    for (const auto& [name, value] : asker.headers) request += name + ": " + value + "\r\n";
    client.send(request + "Connection: close\r\n\r\n");
    const std::string answer = client.readUntil("\r\n\r\n", 10s);
    return answer.size() > 12 ? std::stoi(answer.substr(9, 3)) : 0;
}

}  // namespace

TEST_CASE("every route answers every caller as the route table says") {
    Site site;
    const auto askers = allAskers(site);
    const auto routes = allRoutes();
    for (const Route& route : routes) {
        const bool is_open = route.pattern == "/api/v1/login" || route.pattern.ends_with("/healthz");
        CHECK((route.access == Access::Open) == is_open);
        const int needed = route.access == Access::Open ? 0 : route.access == Access::Viewer ? 1 : 2;
        for (const Asker& asker : askers) {
            if (route.pattern == "/api/v1/logout" && asker.rank > 0 && asker.headers.contains("Cookie"))
                continue;  // is needed on
            INFO(route.method << " " << route.pattern << " asked by " << asker.name);
            const int status = statusOf(site, route, asker);
            CHECK(status >= 200);
            CHECK((status == 401) == (needed > 0 && asker.rank == 0));
            CHECK((status == 403) == (asker.rank > 0 && asker.rank < needed));
            CHECK(status != 429);
        }
    }
    CHECK(routes.size() >= 45);
    CHECK(askers.size() == 14);
}

TEST_CASE("who is logged in learns it, and the dashboard's checks of health need nobody") {
    Site site;
    CHECK(site.request("GET", "/healthz").body == R"({"status":"ok"})");
    REQUIRE(site.login("vic") == 204);
    CHECK(site.request("GET", "/api/v1/cameras").status == 200);
    CHECK(site.request("GET", "/api/v1/me").body == R"({"name":"vic","role":"viewer"})");
}

TEST_CASE("the session cookie is strict and its end is the end") {
    Site site;
    const Answer answer =
        site.request("POST", "/api/v1/login", R"({"username":"ada","password":"correct horse battery"})");
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
        http::LocalClient local(site.config.controlSocket());
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
}

TEST_CASE("regression: a password typed as a user name stays nowhere") {
    Site site;
    CHECK(site.login("AdminPassw0rd!", "x") == 401);
    CHECK(site.login("ada", "x") == 401);
    const auto failed = site.store->audit.failedLogins(10);
    REQUIRE(failed.size() == 2);
    for (const auto& row : failed) CHECK((row.user == "unknown" || row.user == "ada"));
    CHECK(site.login("ada") == 204);
    const std::string audit = site.request("GET", "/api/v1/audit").body;
    CHECK(audit.find("\"unknown\"") != std::string::npos);
    CHECK(audit.find("AdminPassw0rd!") == std::string::npos);
}

TEST_CASE("guessing is slowed down before anything is hashed") {
    Site site;
    for (int i = 0; i < 5; ++i) CHECK(site.login("ada", "wrong") == 401);
    const Answer refused =
        site.request("POST", "/api/v1/login", R"({"username":"ada","password":"correct horse battery"})");
    CHECK(refused.status == 429);
    CHECK(std::stoi(refused.header("Retry-After")) >= 1);
    CHECK(site.login("vic") == 429);  // same address
    site.clock.advance(2s);
    CHECK(site.login("ada") == 204);
    CHECK(site.login("vic") == 204);
}

TEST_CASE("a changing request from another site is refused") {
    Site site;
    REQUIRE(site.login("ada") == 204);
    const std::string host = "127.0.0.1:" + std::to_string(site.server->port());
    const std::string body = R"({"enabled":true})";
    const char* path = "/api/v1/cameras/porch/detect";
    CHECK(site.request("PUT", path, body, {{"Origin", "http://" + host}}).status == 200);
    CHECK(site.request("PUT", path, body).status == 200);
    for (const std::string& origin :
         std::vector<std::string>{"http://evil.example", "null", "http://127.0.0.1:1", "http://x" + host}) {
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
    CHECK(site.request("POST", "/api/v1/users", R"({"name":"../eve","password":"long enough for us"})")
              .status == 400);
    CHECK(site.request("POST", "/api/v1/users",
                       R"({"name":"eve","password":"long enough for us","role":"god"})")
              .status == 400);
    CHECK(site.request("POST", "/api/v1/users",
                       R"({"name":"eve","password":"long enough for us","role":"admin"})")
              .status == 201);
    CHECK(site.request("POST", "/api/v1/users", R"({"name":"eve","password":"long enough for us"})").status ==
          409);
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
    http::LocalClient local(site.config.controlSocket());
    CHECK(local.get("/api/v1/me").body == R"({"name":"local","role":"admin"})");
    CHECK(local.post("/api/v1/users", R"({"name":"eve","password":"long enough for us"})").status == 201);
    CHECK(site.store->audit.newest(1).at(0).user == "local");
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
    site.store->health.insert(
        {"porch", site.clock.wallNow() - 1s, "offline", 90, "not_found", status.reason});
    store::IncidentRow incident;
    incident.camera = "porch";
    incident.started_at = site.clock.wallNow() - 1s;
    incident.kind = "critical";
    incident.issue = "not_found";
    incident.detail = status.reason;
    site.store->incidents.note(incident);
    site.store->health.insertRecovery({"porch", site.clock.wallNow() - 1s, 5,
                                       "run /usr/local/bin/power-cycle\nsaid /srv/cameras", 1s, "failed",
                                       "manual", "not_found"});
    site.store->coverage.paint({"porch", site.clock.wallNow() - 5s, std::nullopt, false, "misconfigured",
                                "/etc/porchlight/cameras.d/porch.yaml:3:1: source is needed"});
    const std::pair<const char*, const char*> routes[] = {
        {"GET", "/api/v1/cameras"},
        {"GET", "/api/v1/cameras/porch"},
        {"GET", "/api/v1/cameras/porch/health"},
        {"GET", "/api/v1/cameras/porch/coverage"},
        {"GET", "/api/v1/cameras/porch/snapshot.jpg?placeholder=false"},
        {"POST", "/api/v1/snapshots"}};
    for (const char* user : {"vic", "ada"}) {
        REQUIRE(site.login(user) == 204);
        for (const auto& [method, path] : routes) {
            INFO(user << " " << path);
            const std::string body =
                site.request(method, path,
                             method == std::string("POST")
                                 ? R"({"cameras":["porch"],"timeout_s":0.2,"attempts":1})"
                                 : "")
                    .body;
            const bool has_place = body.find("/srv/cameras") != std::string::npos ||
                                   body.find("/etc/porchlight") != std::string::npos ||
                                   body.find("power-cycle") != std::string::npos;
            CHECK(has_place == (user == std::string("ada")));
        }
    }
    REQUIRE(site.login("vic") == 204);
    CHECK(site.request("GET", "/api/v1/cameras/porch")
              .body.find("what the camera's settings name is not there") != std::string::npos);
}

TEST_CASE("a viewer was told paths, hosts and strangers' addresses with the state of the appliance") {
    Site site;
    site.system.is_ok = false;
    site.system.problems = {"the database /srv/porchlight/porchlight.db is damaged",
                            "porch is not recording: open /mnt/disk"};
    site.system.alerts.push_back({});
    site.system.alerts.back().detail = "broker.lan: Connection refused";
    site.system.storage.state = "missing";
    site.system.storage.detail = "/mnt/disk is not mounted";
    site.system.storage.retention_problem = "unlink /mnt/disk/a.mp4: read-only";
    site.system.storage.problems = {"/mnt/disk/a.mp4 is missing"};
    for (const char* user : {"vic", "ada"}) {
        REQUIRE(site.login(user) == 204);
        const Answer answer = site.request("GET", "/api/v1/system");
        REQUIRE(answer.status == 200);
        for (const char* place : {"/srv/porchlight", "/mnt/disk", "broker.lan"}) {
            INFO(user << " " << place << " " << answer.body);
            CHECK((answer.body.find(place) != std::string::npos) == (user == std::string("ada")));
        }
    }
    REQUIRE(site.login("vic") == 204);
    const std::string body = site.request("GET", "/api/v1/system").body;
    CHECK(body.find("2 problems that an administrator can read here") != std::string::npos);
    CHECK(body.find("\"is_ok\":false") != std::string::npos);
}

TEST_CASE("a process that the appliance itself started was an administrator at the control socket") {
    Site site;
    const std::string path = site.config.controlSocket();
    const auto statusFor = [&] {
        try {
            return http::LocalClient(path).get("/api/v1/users").status;
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

TEST_CASE(
    "whoever lost its parent, or lent out its socket and died, was an administrator at the control socket") {
    Site site;
    const std::string path = site.config.controlSocket();
    // As the daemon is: what loses its parent below it comes to it.
    REQUIRE(::prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0);
    const pid_t own = ::getpid();
    int told[2];
    REQUIRE(::pipe(told) == 0);
    const pid_t parent = ::fork();
    if (parent == 0) {
        if (::fork() != 0) ::_exit(0);
        while (::getppid() != own) ::usleep(1000);
        char was_let_in = '1';
        try {
            (void)http::LocalClient(path).get("/api/v1/users");
        } catch (const Error&) {
            was_let_in = '0';
        }
        ::_exit(::write(told[1], &was_let_in, 1) == 1 ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(parent, &status, 0) == parent);
    char was_let_in = '?';
    REQUIRE(::read(told[0], &was_let_in, 1) == 1);
    CHECK(was_let_in == '0');
    ::waitpid(-1, &status, 0);

    // Connected by a child that has ended, used by its parent.
    base::Fd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    const pid_t child = ::fork();
    if (child == 0) ::_exit(::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address));
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WEXITSTATUS(status) == 0);
    const std::string request = "GET /api/v1/users HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    REQUIRE(::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) != 0);
    char answer[64] = {};
    const auto got = ::recv(socket.get(), answer, sizeof answer - 1, 0);
    CHECK(std::string(answer, got > 0 ? static_cast<std::size_t>(got) : 0) == "");
    ::prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
}

}  // namespace access_test
