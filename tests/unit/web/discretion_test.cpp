/// What a viewer is not told.
#include "fixture.h"
#include "support/catch.h"

namespace discretion_test {

using namespace porchlight;
using namespace porchlight::web;
using namespace porchlight::web::testing;
using namespace std::chrono_literals;

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

}  // namespace discretion_test
