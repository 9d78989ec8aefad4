/// Who may tell a camera what, and what is answered.
#include <Poco/JSON/Parser.h>

#include "fixture.h"
#include "support/catch.h"

namespace control_test {

using namespace porchlight;
using namespace porchlight::web;
using namespace porchlight::web::testing;
using camera::CommandOutcome;
using namespace std::chrono_literals;

namespace {

constexpr const char* kPath = "/api/v1/cameras/porch/control";

Poco::JSON::Object::Ptr parse(const std::string& text) {
    return Poco::JSON::Parser().parse(text).extract<Poco::JSON::Object::Ptr>();
}

ipc::Offer offerOfAll() {
    ipc::Offer out;
    out.is_there = true;
    out.actions = (1U << static_cast<unsigned>(CameraAction::Move)) |
                  (1U << static_cast<unsigned>(CameraAction::SetTime));
    out.is_detecting = true;
    out.is_clock_known = true;
    out.clock_ahead_us = -3'000'000;
    out.description = "Maker IPC-7";
    out.advice = "Its keyframes are 10 s apart.";
    out.presets = {{"p1", "gate", false}};
    out.outputs = {{"r1", "lamp", true}};
    return out;
}

std::vector<std::string> auditOf(Site& site) {
    std::vector<std::string> out;
    const auto rows = parse(site.request("GET", "/api/v1/audit").body)->getArray("audit");
    for (unsigned i = 0; i < rows->size(); ++i)
        if (rows->getObject(i)->getValue<std::string>("action") == "camera_control")
            out.push_back(rows->getObject(i)->getValue<std::string>("detail"));
    return out;
}

}  // namespace

TEST_CASE("a move arrives with its speeds and its end; one line of the audit log stands for a held pad") {
    Site site;
    REQUIRE(site.login("ada") == 204);
    const auto move = [&] {
        return site.request("POST", kPath, R"({"action":"move","pan":-0.5,"tilt":0.25,"lasts_ms":1500})");
    };
    const auto answer = move();
    CHECK(answer.status == 200);
    CHECK(answer.body == R"({"done":true})");
    REQUIRE(site.cameras.commands.size() == 1);
    CHECK(site.cameras.commands[0].action == CameraAction::Move);
    CHECK(site.cameras.commands[0].pan == -0.5F);
    CHECK(site.cameras.commands[0].tilt == 0.25F);
    CHECK(site.cameras.commands[0].lasts == 1500ms);
    CHECK(move().status == 200);
    CHECK(site.request("POST", kPath, R"({"action":"stop"})").status == 200);
    CHECK(auditOf(site) == std::vector<std::string>{"porch move"});
    site.clock.advance(61s);
    CHECK(move().status == 200);
    CHECK(auditOf(site).size() == 2);
    CHECK(site.request("POST", kPath, R"({"action":"set_output","token":"r1","is_on":true})").status == 200);
    CHECK(auditOf(site).front() == "porch set_output r1 on");
}

TEST_CASE("what a command lacks, or has too much, is said with its field") {
    Site site;
    REQUIRE(site.login("ada") == 204);
    const auto refusedField = [&](const std::string& body) {
        site.clock.advance(10s);
        const auto answer = site.request("POST", kPath, body);
        INFO(body << " -> " << answer.body);
        CHECK(answer.status == 400);
        return parse(answer.body)->getObject("error")->optValue<std::string>("field", "");
    };
    CHECK(refusedField(R"({"action":"jump"})") == "action");
    CHECK(refusedField(R"({"pan":1})") == "action");
    CHECK(refusedField(R"({"action":"move"})") == "pan");
    CHECK(refusedField(R"({"action":"move","pan":1.5})") == "pan");
    CHECK(refusedField(R"({"action":"move","pan":1,"lasts_ms":10001})") == "lasts_ms");
    CHECK(refusedField(R"({"action":"move","pan":1,"token":"x"})") == "token");
    CHECK(refusedField(R"({"action":"go_to_preset"})") == "token");
    CHECK(refusedField(R"({"action":"save_preset"})") == "name");
    CHECK(refusedField(R"({"action":"set_output","token":"r1"})") == "is_on");
    CHECK(refusedField(R"({"action":"set_infrared","token":"dim"})") == "token");
    CHECK(refusedField(R"({"action":"restart","name":"x"})") == "name");
    CHECK(site.cameras.commands.empty());
    CHECK(site.request("POST", "/api/v1/cameras/none/control", R"({"action":"stop"})").status == 404);
}

TEST_CASE("each way in which a camera does not do it has an answer of its own") {
    Site site;
    REQUIRE(site.login("ada") == 204);
    const auto statusOf = [&](CommandOutcome outcome) {
        site.cameras.command_result = {outcome, "why not"};
        const auto answer = site.request("POST", kPath, R"({"action":"go_home"})");
        CHECK(answer.body.find("why not") != std::string::npos);
        return answer.status;
    };
    CHECK(statusOf(CommandOutcome::NotOffered) == 409);
    CHECK(statusOf(CommandOutcome::NotThere) == 503);
    CHECK(statusOf(CommandOutcome::Refused) == 502);
    CHECK(statusOf(CommandOutcome::NoAnswer) == 504);
    CHECK(statusOf(CommandOutcome::Busy) == 429);
}

TEST_CASE("a camera is told only so much, and can always be stopped") {
    Site site;
    REQUIRE(site.login("ada") == 204);
    const auto statusOf = [&](const std::string& body) { return site.request("POST", kPath, body).status; };
    int done = 0;
    while (done < 30 && statusOf(R"({"action":"go_home"})") == 200) ++done;
    CHECK(done == 12);
    CHECK(statusOf(R"({"action":"stop"})") == 200);
    site.clock.advance(1s);
    CHECK(statusOf(R"({"action":"go_home"})") == 200);
    CHECK(statusOf(R"({"action":"restart"})") == 200);
    const auto again = site.request("POST", kPath, R"({"action":"restart"})");
    CHECK(again.status == 429);
    CHECK(again.header("Retry-After") == "60");
    CHECK(site.request("POST", "/api/v1/cameras/yard/control", R"({"action":"restart"})").status == 200);
}

TEST_CASE("viewers move nothing, and do not learn what could be moved") {
    Site site;
    auto status = *site.cameras.status("porch");
    status.offer = std::make_shared<const ipc::Offer>(offerOfAll());
    site.cameras.setStatus(status);
    REQUIRE(site.login("vic") == 204);
    CHECK(site.request("POST", kPath, R"({"action":"stop"})").status == 403);
    CHECK(site.cameras.commands.empty());
    auto offer = parse(site.request("GET", "/api/v1/cameras/porch").body)->getObject("offer");
    CHECK(offer->getArray("actions")->size() == 0);
    CHECK(offer->getArray("presets")->size() == 0);
    CHECK(offer->isNull("advice"));
    CHECK(offer->getValue<bool>("is_detecting"));
    REQUIRE(site.login("ada") == 204);
    offer = parse(site.request("GET", "/api/v1/cameras/porch").body)->getObject("offer");
    REQUIRE(offer->getArray("actions")->size() == 2);
    CHECK(offer->getArray("actions")->getElement<std::string>(0) == "move");
    CHECK(offer->getValue<std::int64_t>("clock_ahead_us") == -3'000'000);
    CHECK(offer->getArray("outputs")->getObject(0)->getValue<bool>("is_on"));
    CHECK(offer->getArray("presets")->getObject(0)->getValue<std::string>("token") == "p1");
    CHECK(parse(site.request("GET", "/api/v1/cameras/yard").body)->isNull("offer"));
}

TEST_CASE("a camera is asked for its streams with a login that appears nowhere") {
    Site site;
    OnvifQuestion asked;
    site.onvif = [&](const OnvifQuestion& question) {
        asked = question;
        return std::string(R"({"title":"Maker IPC-7","picture_jpeg_base64":null})");
    };
    const std::string question = R"({"address":"192.0.2.10","user":"viewer","password":"s3cret-pass"})";
    REQUIRE(site.login("vic") == 204);
    CHECK(site.request("POST", "/api/v1/onvif", question).status == 403);
    CHECK(asked.address.empty());
    REQUIRE(site.login("ada") == 204);
    const auto answer = site.request("POST", "/api/v1/onvif", question);
    CHECK(answer.status == 200);
    CHECK(parse(answer.body)->getValue<std::string>("title") == "Maker IPC-7");
    CHECK(asked.password == "s3cret-pass");
    const auto audit = site.request("GET", "/api/v1/audit").body;
    CHECK(audit.find("onvif_ask") != std::string::npos);
    CHECK(audit.find("s3cret-pass") == std::string::npos);

    site.onvif = [](const OnvifQuestion&) {
        return std::string(R"({"refusal":"wrong_password","message":"user viewer is refused"})");
    };
    const auto refused = site.request("POST", "/api/v1/onvif", question);
    CHECK(refused.status == 502);
    CHECK(parse(refused.body)->getObject("error")->getValue<std::string>("code") == "wrong_password");
    site.onvif = [](const OnvifQuestion&) -> std::string { throw Error(ErrorKind::Exhausted, "another"); };
    CHECK(site.request("POST", "/api/v1/onvif", question).status == 429);
    site.onvif = [](const OnvifQuestion&) { return std::string("rubbish"); };
    CHECK(site.request("POST", "/api/v1/onvif", question).status == 502);
    CHECK(site.request("POST", "/api/v1/onvif", R"({"user":"viewer"})").status == 400);
    CHECK(site.request("POST", "/api/v1/onvif", R"({"address":"192.0.2.10","password":"a\nb"})").status ==
          400);
}

}  // namespace control_test
