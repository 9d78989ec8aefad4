/// What the routes answer.
#include <Poco/JSON/Parser.h>

#include <fstream>
#include <thread>

#include "fixture.h"
#include "http/http_error.h"
#include "http/json_body.h"
#include "http/local_client.h"
#include "support/catch.h"

namespace api_test {

using namespace porchlight;
using namespace porchlight::web;
using namespace porchlight::http;
using namespace porchlight::web::testing;
using namespace std::chrono_literals;

namespace {

Poco::JSON::Object::Ptr parse(const std::string& text) {
    return Poco::JSON::Parser().parse(text).extract<Poco::JSON::Object::Ptr>();
}

}  // namespace

TEST_CASE("JSON in is refused when it is anything but the object that was asked for") {
    for (const char* text : {"[]", "1", "{", "{\"a\":1,}", "nonsense", "{\"b\":1}", "null", "\"a\""}) {
        INFO(text);
        CHECK_THROWS_AS(http::JsonBody(text, {"a"}), http::HttpError);
    }
    CHECK_THROWS_AS(http::JsonBody(std::string(2000, '['), {"a"}), http::HttpError);
    CHECK_THROWS_AS(http::JsonBody("{\"a\":1}", {"a"}).text("a", 10), http::HttpError);
    CHECK_THROWS_AS(http::JsonBody("{\"a\":\"12345678901\"}", {"a"}).text("a", 10), http::HttpError);
    CHECK_THROWS_AS(http::JsonBody("{\"a\":\"true\"}", {"a"}).boolean("a"), http::HttpError);
    CHECK_THROWS_AS(http::JsonBody("{\"a\":7}", {"a"}).optionalNumber("a", 1, 3), http::HttpError);
    CHECK(http::JsonBody("{\"a\":2}", {"a"}).optionalNumber("a", 1, 3) == 2.0);
}

TEST_CASE("cameras are told with their ages, null when never") {
    Site site;
    REQUIRE(site.login("vic") == 204);
    const auto list = parse(site.request("GET", "/api/v1/cameras").body)->getArray("cameras");
    REQUIRE(list->size() == 2);
    const auto porch = list->getObject(0);
    CHECK(porch->getValue<std::string>("name") == "porch");
    CHECK(porch->getValue<std::string>("state") == "running");
    CHECK(porch->getValue<std::int64_t>("packet_age_us") == 40'000);
    CHECK(porch->isNull("distinct_age_us"));
    CHECK(porch->getObject("worker")->has("rss_bytes"));
    CHECK(porch->getObject("counters")->has("bad_packets"));
    CHECK(site.request("GET", "/api/v1/cameras/yard").status == 200);
    CHECK(site.request("GET", "/api/v1/cameras/none").status == 404);
}

TEST_CASE("a still is a JPEG or says why not, to those who want no placeholder") {
    Site site;
    REQUIRE(site.login("ada") == 204);
    const Answer answer = site.request("GET", "/api/v1/cameras/porch/snapshot.jpg");
    CHECK(answer.status == 200);
    CHECK(answer.header("Content-Type") == "image/jpeg");
    CHECK(answer.body == "\xff\xd8\xff\xd9");
    site.cameras.still_error = "no picture for 12 s";
    const Answer failed = site.request("GET", "/api/v1/cameras/porch/snapshot.jpg?placeholder=false");
    CHECK(failed.status == 503);
    CHECK(failed.body.find("no picture for 12 s") != std::string::npos);
    const auto all =
        parse(site.request("POST", "/api/v1/snapshots", R"({"attempts":3,"timeout_s":0.3})").body)
            ->getArray("snapshots");
    REQUIRE(all->size() == 2);
    CHECK(all->getObject(0)->getValue<std::string>("camera") == "porch");
    CHECK(all->getObject(0)->getValue<int>("attempts") == 2);  // a restart between the attempts helped
    CHECK(all->getObject(0)->getValue<std::string>("jpeg_base64") == "/9j/2Q==");
    CHECK(site.request("POST", "/api/v1/snapshots", R"({"cameras":["none"]})").status == 404);

    // regression: a viewer could restart every stream nine times
    site.cameras.recoveries = 0;
    REQUIRE(site.login("vic") == 204);
    const auto tried = parse(site.request("POST", "/api/v1/snapshots",
                                          R"({"attempts":3,"timeout_s":0.3,"cameras":["porch","porch"]})")
                                 .body);
    REQUIRE(tried->getArray("snapshots")->size() == 1);
    CHECK(tried->getArray("snapshots")->getObject(0)->getValue<int>("attempts") == 3);
    CHECK_FALSE(tried->getArray("snapshots")->getObject(0)->getValue<bool>("is_ok"));
    CHECK(site.cameras.recoveries == 0);
}

TEST_CASE("an answer with several stills had no bound") {
    Site site;
    REQUIRE(site.login("vic") == 204);
    site.cameras.still_bytes = 17U << 20U;
    const Answer answer = site.request("POST", "/api/v1/snapshots", R"({"cameras":["yard","porch"]})");
    CHECK(answer.body.size() < (24U << 20U));
    const auto all = parse(answer.body)->getArray("snapshots");
    REQUIRE(all->size() == 2);
    CHECK(all->getObject(0)->getValue<bool>("is_ok"));
    CHECK_FALSE(all->getObject(1)->getValue<bool>("is_ok"));
    CHECK(all->getObject(1)->getValue<std::string>("error").find("too large for one answer") !=
          std::string::npos);
    std::string names = "\"porch\"";
    for (int i = 1; i < 65; ++i) names += ",\"porch\"";
    CHECK(site.request("POST", "/api/v1/snapshots", "{\"cameras\":[" + names + "]}").status == 400);

    // No names: all cameras.
    for (int i = 0; i < 65; ++i) site.cameras.add("gate" + std::to_string(i));
    const Answer of_all = site.request("POST", "/api/v1/snapshots", "{}");
    CHECK(of_all.status == 400);
    CHECK(of_all.body.find("at most 64 cameras at once") != std::string::npos);

    // Nobody takes the answer: it ends with the session, and its pictures go.
    site.cameras.still_bytes = 8U << 20U;
    RawClient deaf(site.server->port(), 4096);
    const std::string body = R"({"cameras":["yard"]})";
    deaf.send("POST /api/v1/snapshots HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" +
              site.cookieHeader() + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    const auto streams = [&] {
        return parse(http::LocalClient(site.config.controlSocket()).get("/api/v1/system").body)
            ->getObject("web")
            ->getValue<int>("streams");
    };
    const auto isSoon = [&](int wanted) {
        const Deadline deadline = Deadline::in(5s);
        while (streams() != wanted && !deadline.isPast()) std::this_thread::sleep_for(20ms);
        return streams() == wanted;
    };
    CHECK(isSoon(1));
    CHECK(site.request("POST", "/api/v1/logout").status == 204);
    CHECK(isSoon(0));
}

TEST_CASE("events page, filter, change and go") {
    Site site;
    REQUIRE(site.login("ada") == 204);
    for (int i = 0; i < 5; ++i) {
        site.addEvent("000000000000000" + std::to_string(i));
        site.clock.advance(std::chrono::minutes(1));
    }
    auto page = parse(site.request("GET", "/api/v1/events?limit=3").body);
    CHECK(page->getArray("events")->size() == 3);
    const auto newest = page->getArray("events")->getObject(0);
    CHECK(newest->getValue<std::string>("id") == "0000000000000004");
    CHECK(newest->getValue<std::int64_t>("duration_us") == 4'000'000);
    CHECK(newest->getValue<std::string>("clip_url") == "/api/v1/events/0000000000000004/clip.mp4");
    CHECK(newest->isNull("thumbnail_url"));
    page = parse(
        site.request("GET", "/api/v1/events?limit=3&cursor=" + page->getValue<std::string>("next_cursor"))
            .body);
    CHECK(page->getArray("events")->size() == 2);
    CHECK(page->isNull("next_cursor"));
    CHECK(parse(site.request("GET", "/api/v1/events?camera=yard").body)->getArray("events")->size() == 0);

    const std::string path = "/api/v1/events/0000000000000001";
    const auto changed =
        parse(site.request("PATCH", path, R"({"kept":true,"reviewed":true,"note":"the <b>cat</b>"})").body);
    CHECK(changed->getValue<bool>("kept"));
    CHECK(changed->getValue<std::string>("note") == "the <b>cat</b>");
    CHECK(parse(site.request("GET", "/api/v1/events?kept=true").body)->getArray("events")->size() == 1);
    CHECK(site.request("DELETE", path).status == 200);
    CHECK(site.request("GET", path).status == 410);
    for (const char* wrong : {"?limit=0", "?limit=501", "?limit=x", "?from=yesterday", "?kept=maybe",
                              "?camera=%zz", "?zone=%00"}) {
        INFO(wrong);
        CHECK(site.request("GET", std::string("/api/v1/events") + wrong).status == 400);
    }
    CHECK(site.request("GET", "/api/v1/events/..%2f..%2fetc").status == 404);
}

TEST_CASE("a thumbnail of a closed event may be kept by the browser for ever") {
    Site site;
    REQUIRE(site.login("vic") == 204);
    auto row = site.addEvent("0123456789abcdef");
    CHECK(site.request("GET", "/api/v1/events/0123456789abcdef/thumbnail.jpg").status == 404);
    row.has_thumbnail = true;
    site.store->events.update(row);
    std::filesystem::create_directories(site.config.thumbnailsDir() / "porch");
    std::ofstream(site.config.thumbnailsDir() / "porch" / "0123456789abcdef.jpg") << "JPEG";
    const Answer answer = site.request("GET", "/api/v1/events/0123456789abcdef/thumbnail.jpg");
    CHECK(answer.body == "JPEG");
    CHECK(answer.header("Cache-Control").find("immutable") != std::string::npos);
}

TEST_CASE("a clip without footage says so") {
    Site site;
    REQUIRE(site.login("vic") == 204);
    const auto row = site.addEvent("0123456789abcdef");
    CHECK(site.request("GET", "/api/v1/events/0123456789abcdef/clip.mp4").status == 503);
    site.store->events.markFootageGone("porch", row.clip_started_at, *row.clip_ended_at, "age");
    CHECK(site.request("GET", "/api/v1/events/0123456789abcdef/clip.mp4").status == 410);
    CHECK(site.request("GET", "/api/v1/recordings/export.mp4?camera=porch&from=-2h&to=-3h").status == 400);
}

TEST_CASE("system, plugins and metrics tell the truth") {
    Site site;
    REQUIRE(site.login("vic") == 204);
    site.system.libraries = {{"Poco", "1.x"}};
    site.system.alerts = {{"mqtt", true, 7, 0, ""}};
    const auto system = parse(site.request("GET", "/api/v1/system").body);
    CHECK(system->getValue<std::string>("version") == "1.2.3");
    CHECK(system->getObject("storage")->getValue<std::int64_t>("total_bytes") > 0);
    CHECK(system->getObject("memory")->getValue<std::int64_t>("core_rss_bytes") > 1'000'000);
    CHECK(system->getArray("alerts")->getObject(0)->getValue<bool>("is_connected"));
    CHECK(parse(site.request("GET", "/api/v1/plugins").body)->getArray("plugins")->size() == 0);
    const std::string metrics = site.request("GET", "/api/v1/metrics").body;
    CHECK(metrics.find("porchlight_camera_up{camera=\"porch\"} 1\n") != std::string::npos);
    CHECK(metrics.find("# TYPE porchlight_packets_total counter\n") != std::string::npos);
    site.system.is_ok = false;
    CHECK(site.request("GET", "/healthz").status == 503);
}

TEST_CASE("the health history of a camera") {
    Site site;
    REQUIRE(site.login("vic") == 204);
    site.store->health.insert({"porch", site.clock.wallNow(), "offline", 60, "connection_error", "refused"});
    site.clock.advance(seconds{1});
    const auto samples =
        parse(site.request("GET", "/api/v1/cameras/porch/health?from=-1h").body)->getArray("samples");
    REQUIRE(samples->size() == 1);
    CHECK(samples->getObject(0)->getValue<std::string>("issue") == "connection_error");
}

TEST_CASE("detection is switched and recovery asked for, and both are on record") {
    Site site;
    REQUIRE(site.login("ada") == 204);
    CHECK(parse(site.request("PUT", "/api/v1/cameras/porch/detect", R"({"enabled":true})").body)
              ->getValue<bool>("is_detect_on"));
    CHECK(site.request("PUT", "/api/v1/cameras/none/detect", R"({"enabled":true})").status == 404);
    CHECK(site.request("PUT", "/api/v1/cameras/porch/detect", "{}").status == 400);
    const auto recovery = site.request("POST", "/api/v1/cameras/porch/recover", R"({"rung":3})");
    CHECK(recovery.status == 200);
    CHECK(recovery.body.find(R"("rung_name":"respawn_worker")") != std::string::npos);
    CHECK(recovery.body.find(R"("steps":["worker 7 is killed","good pictures again"],)"
                             R"("duration_us":1500000,"outcome":"recovered")") != std::string::npos);
    CHECK(site.request("POST", "/api/v1/cameras/porch/recover", R"({"rung":9})").status == 400);
    CHECK(site.cameras.recoveries == 1);
    const std::string audit = site.request("GET", "/api/v1/audit").body;
    CHECK(audit.find("camera_recover") != std::string::npos);
    CHECK(audit.find("detect_on") != std::string::npos);
}

TEST_CASE("cameras that were found are told with what to write and whether they are configured") {
    Site site;
    site.found.sources = {
        {"v4l2",
         {"/dev/v4l/by-id/usb-a-video-index0",
          "Webcam",
          "MJPEG 640x480 30",
          "",
          {{"device", "/dev/v4l/by-id/usb-a-video-index0"}}}},
        {"ffmpeg",
         {"urn:uuid:a", "Door", "ONVIF", "fill in", {{"url", "rtsp://USER:PASSWORD@192.0.2.10:554/"}}}}};
    site.found.problems = {"no network"};
    REQUIRE(site.login("vic") == 204);
    CHECK(site.request("GET", "/api/v1/sources").status == 403);
    REQUIRE(site.login("ada") == 204);
    const auto answer = site.request("GET", "/api/v1/sources");
    REQUIRE(answer.status == 200);
    const auto sources = parse(answer.body)->getArray("sources");
    REQUIRE(sources->size() == 2);
    const auto webcam = sources->getObject(0);
    CHECK(webcam->isNull("configured_as"));
    CHECK(webcam->getValue<std::string>("source_yaml") ==
          "{plugin: v4l2, device: \"/dev/v4l/by-id/usb-a-video-index0\"}");
    CHECK(webcam->getValue<std::string>("camera_yaml").starts_with("name: webcam\ntitle: \"Webcam\"\n"));
    CHECK(webcam->getObject("settings")->getValue<std::string>("device") ==
          "/dev/v4l/by-id/usb-a-video-index0");
    CHECK(sources->getObject(1)->getValue<std::string>("problem") == "fill in");
    CHECK(parse(answer.body)->getArray("problems")->getElement<std::string>(0) == "no network");
}

}  // namespace api_test
