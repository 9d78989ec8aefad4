/// What accounts may do and see, what is on record of it, and what ends with them.
#include <algorithm>
#include <fstream>
#include <thread>
#include <utility>

#include "fixture.h"
#include "http/local_client.h"
#include "support/catch.h"

namespace account_test {

using namespace porchlight;
using namespace porchlight::web;
using namespace porchlight::web::testing;
using namespace std::chrono_literals;

namespace {

/// Removes an account or a token as who may use the control socket; the head of the answer, and its body.
std::string removeBy(RawClient& client, const std::string& path) {
    client.send("DELETE " + path + " HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n\r\n");
    return client.readToEnd(10s);
}

}  // namespace

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

}  // namespace account_test
