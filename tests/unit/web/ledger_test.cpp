/// Coverage, health history, capture tests, switches and tokens over HTTP.
#include "fixture.h"
#include "support/catch.h"

namespace ledger_test {

using namespace porchlight;
using namespace porchlight::web::testing;

namespace {

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("coverage adds up to wall time, cut to the ledger's beginning and to what is settled") {
    Site site;
    REQUIRE(site.login("vic") == 204);
    CHECK(has(site.request("GET", "/api/v1/cameras/porch/coverage").body, R"("wall_s":0,)"));
    const WallTime now = site.clock.wallNow();
    site.store->coverage.append("porch", now - seconds(1000), false, "no_motion");
    site.store->coverage.append("porch", now - seconds(400), true, "");
    site.store->coverage.append("porch", now - seconds(100), false, "disabled", "by ada");
    const auto all = site.request("GET", "/api/v1/cameras/porch/coverage").body;
    INFO(all);
    CHECK(has(all, R"("wall_s":1000,"recorded_s":300,"gap_s":700,"fault_s":0,)"));
    CHECK(has(all, R"("gap_by_cause_s":{"disabled":100,"no_motion":600})"));
    CHECK(has(all, R"("kind":"gap","cause":"disabled","is_fault":false,"detail":"by ada")"));
    const auto part = site.request("GET", "/api/v1/cameras/porch/coverage?from=-500s&to=-350s").body;
    CHECK(has(part, R"("wall_s":150,"recorded_s":50,)"));
    // Recorded runs on: only what is durable counts, and nothing is durable yet.
    site.store->coverage.append("porch", now - seconds(50), true, "");
    CHECK(has(site.request("GET", "/api/v1/cameras/porch/coverage").body, R"("wall_s":950,)"));
    CHECK(site.request("GET", "/api/v1/cameras/nowhere/coverage").status == 404);
    CHECK(site.request("GET", "/api/v1/cameras/porch/coverage?from=soon").status == 400);
    CHECK(site.request("GET", "/api/v1/cameras/porch/coverage?from=-1h&to=-2h").status == 400);
}

TEST_CASE("health has samples, incidents and recovery attempts") {
    Site site;
    REQUIRE(site.login("ada") == 204);  // viewers are told the kind in words: access_test.cpp
    const WallTime at = site.clock.wallNow() - seconds(60);
    site.store->health.insert({"porch", at, "degraded", 80, "hung", "for 6 s"});
    site.store->incidents.note({"porch", at, std::nullopt, "issue", "hung", "for 6 s", 2});
    site.store->incidents.note({"porch", at, std::nullopt, "critical", "wedged", "", 1});
    site.store->incidents.end("porch", at + seconds(9), 4);
    site.store->health.insertRecovery(
        {"porch", at, 3, "killed the worker\nstarted it again", seconds(2), "recovered", "manual", "hung"});
    const auto body = site.request("GET", "/api/v1/cameras/porch/health").body;
    INFO(body);
    CHECK(has(body, R"("state":"degraded","score":80,"issue":"hung","detail":"for 6 s")"));
    CHECK(has(body, R"("kind":"critical","issue":"wedged","detail":"","failures":4)"));
    CHECK(has(body,
              R"("rung":3,"rung_name":"respawn_worker","steps":["killed the worker","started it again"],)"
              R"("duration_us":2000000)"));
}

TEST_CASE("capture tests tell successes and faults; switches and logs need an administrator") {
    Site site;
    REQUIRE(site.login("vic") == 204);
    CHECK(site.request("POST", "/api/v1/cameras/porch/test", "{}").status == 403);
    CHECK(site.request("PUT", "/api/v1/cameras/porch/enabled", R"({"enabled":false})").status == 403);
    CHECK(site.request("GET", "/api/v1/logs").status == 403);
    CHECK(site.request("GET", "/api/v1/tokens").status == 403);
    REQUIRE(site.login("ada") == 204);
    CHECK(
        has(site.request("POST", "/api/v1/cameras/porch/test", R"({"n":3})").body, R"("n":3,"successes":3)"));
    site.cameras.still_error = "no picture within the deadline";
    const auto failed = site.request("POST", "/api/v1/cameras/porch/test", R"({"n":2,"timeout_s":0.5})").body;
    CHECK(has(failed, R"("successes":0,"latency_min_us":null)"));
    CHECK(has(failed, R"("kind":"timeout","count":2)"));
    CHECK(site.request("POST", "/api/v1/cameras/porch/test", R"({"n":1000})").status == 400);
    CHECK(has(site.request("PUT", "/api/v1/cameras/porch/enabled", R"({"enabled":false})").body,
              R"("reason":"disabled by ada")"));
    CHECK(has(site.request("PUT", "/api/v1/cameras/porch/record", R"({"mode":"continuous"})").body,
              R"("record_mode":"continuous")"));
    CHECK(site.request("PUT", "/api/v1/cameras/porch/record", R"({"mode":"always"})").status == 400);
    CHECK(site.request("GET", "/api/v1/logs?limit=0").status == 400);
    CHECK(site.request("GET", "/api/v1/logs").body == R"({"lines":[]})");
}

TEST_CASE("a token is shown once, opens what its role may, and ends with its removal") {
    Site site;
    REQUIRE(site.login("ada") == 204);
    const auto made = site.request("POST", "/api/v1/tokens", R"({"name":"script"})");
    REQUIRE(made.status == 201);
    const std::string token = made.body.substr(made.body.find(R"("token":")") + 9, 64);
    CHECK_FALSE(has(site.request("GET", "/api/v1/tokens").body, token));
    CHECK(site.request("POST", "/api/v1/tokens", R"({"name":"script"})").status == 409);
    const std::string cookie = std::exchange(site.cookie, "");
    const std::map<std::string, std::string> bearer{{"Authorization", "Bearer " + token}};
    CHECK(site.request("GET", "/api/v1/cameras", "", bearer).status == 200);
    CHECK(site.request("GET", "/api/v1/audit", "", bearer).status == 403);
    CHECK(site.request("GET", "/api/v1/cameras", "", {{"Authorization", "Bearer " + std::string(64, 'a')}})
              .status == 401);
    site.cookie = cookie;
    CHECK(site.request("DELETE", "/api/v1/tokens/script").status == 204);
    CHECK(site.request("DELETE", "/api/v1/tokens/script").status == 404);
    site.cookie.clear();
    CHECK(site.request("GET", "/api/v1/cameras", "", bearer).status == 401);
}

}  // namespace ledger_test
