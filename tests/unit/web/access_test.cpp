/// Who gets in: sessions, roles, throttling, origins.
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
}

}  // namespace access_test
