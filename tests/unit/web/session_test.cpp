/// Sessions and their cookies as browsers meet them.
#include <atomic>
#include <thread>

#include "fixture.h"
#include "store/sql/database.h"
#include "support/catch.h"

namespace session_test {

using namespace porchlight;
using namespace porchlight::web;
using namespace porchlight::web::testing;
using namespace std::chrono_literals;

namespace {

constexpr auto kLongAgo = std::chrono::hours(24 * 7);

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
    CHECK(cookieName(porch.cookie) != cookieName(shed.cookie));
    const std::string both =
        porch.cookie + "; " + shed.cookie;  // a browser sends all cookies of the host to each port
    porch.cookie = shed.cookie = both;
    for (Site* site : {&porch, &shed}) CHECK(site->request("GET", "/api/v1/cameras").status == 200);
    const auto deleted = cookiesOf(porch.request("POST", "/api/v1/logout"));
    REQUIRE(deleted.size() == 1);
    CHECK(both.starts_with(cookieName(deleted[0])));
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

}  // namespace session_test
