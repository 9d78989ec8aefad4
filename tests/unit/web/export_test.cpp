/// Export and evidence pack where there is no footage.
#include "fixture.h"
#include "support/catch.h"

namespace export_test {

using namespace porchlight;
using namespace porchlight::web;
using namespace porchlight::http;
using namespace porchlight::web::testing;

TEST_CASE("an export of nothing says so, and why when the ledger knows") {
    Site site;
    REQUIRE(site.login("vic") == 204);
    site.store->coverage.append("porch", site.clock.wallNow() - std::chrono::hours(2), false, "unplugged");
    const Answer answer = site.request("GET", "/api/v1/recordings/export.mp4?camera=porch&from=-1h&to=-30m");
    CHECK(answer.status == 404);
    CHECK(answer.body.find("no_footage") != std::string::npos);
    CHECK(answer.body.find("unplugged 30 min 0 s") != std::string::npos);
    CHECK(site.request("GET", "/api/v1/recordings/export.mp4?camera=porch&from=-27h&to=-1m").status == 400);
    CHECK(site.request("GET", "/api/v1/recordings/export.mp4?from=-2h&to=-1h").status == 400);
    CHECK(site.request("GET", "/api/v1/recordings/evidence.zip?from=-2h&to=-1h").status == 404);
    CHECK(
        site.request("POST", "/api/v1/evidence", R"({"from":"-2h","to":"-1h","cameras":["porch"]})").status ==
        404);
    CHECK(site.request("POST", "/api/v1/evidence", R"({"from":"-2h"})").status == 400);
    CHECK(site.request("POST", "/api/v1/evidence", R"({"from":"soon","to":"-1h"})").status == 400);
}

}  // namespace export_test
