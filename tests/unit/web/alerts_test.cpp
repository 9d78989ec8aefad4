/// Alerts that wait or were given up, over the API.
#include "fixture.h"
#include "support/catch.h"

namespace alerts_test {

using namespace porchlight;
using namespace porchlight::web::testing;

TEST_CASE("alerts that were given up are listed, tried again and dropped, by administrators alone") {
    Site site;
    site.store->alerts.setTargets({"mqtt"});
    for (const char* id : {"00000000000000a1", "00000000000000a2"})
        site.store->alerts.add(site.addEvent(id, porchlight::store::EventState::Active), false);
    const auto rows = site.store->alerts.waiting("mqtt", 10, site.clock.wallNow());
    REQUIRE(rows.size() == 2);
    site.store->alerts.settle("mqtt", {{rows[0].id, rows[0].alert_id, "413: too large"}});

    REQUIRE(site.login("vic") == 204);
    CHECK(site.request("GET", "/api/v1/alerts").status == 403);
    CHECK(site.request("POST", "/api/v1/alerts/drop", R"({"dead": true})").status == 403);

    REQUIRE(site.login("ada") == 204);
    const auto all = site.request("GET", "/api/v1/alerts");
    CHECK(all.body.find(R"("name":"mqtt","waiting":1,"dead":1,"dropped":0)") != std::string::npos);
    CHECK(all.body.find(R"("id":"00000000000000a2-start")") != std::string::npos);
    const auto dead = site.request("GET", "/api/v1/alerts?dead=true").body;
    CHECK(dead.find(R"("state":"dead","reason":"413: too large")") != std::string::npos);
    CHECK(dead.find("00000000000000a2") == std::string::npos);

    CHECK(site.request("POST", "/api/v1/alerts/drop", "{}").status == 400);  // not everything by mistake
    CHECK(site.request("POST", "/api/v1/alerts/retry", R"({"ids": ["00000000000000a1-start"]})").body ==
          R"({"changed":1})");
    CHECK(site.store->alerts.waiting("mqtt", 10, site.clock.wallNow()).size() == 2);
    CHECK(site.request("POST", "/api/v1/alerts/drop", R"({"target": "mqtt"})").body == R"({"changed":2})");
    CHECK(site.store->alerts.waiting("mqtt", 10, site.clock.wallNow()).empty());
    CHECK(site.request("POST", "/api/v1/alerts/nobody/test", "").status == 404);
}

}  // namespace alerts_test
