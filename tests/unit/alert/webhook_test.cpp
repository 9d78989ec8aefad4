/// What a webhook says: each preset in the words of its service, and templates that nobody breaks out of.
#include "alert-webhook/message.h"
#include "support/catch.h"

namespace webhook_test {

using namespace porchlight;
using namespace porchlight::webhook;

namespace {

Alert start(bool has_picture = false) {
    Alert alert;
    alert.kind = AlertKind::EventStart;
    alert.id = "00000000000000a1-start";
    alert.event_id = "00000000000000a1";
    alert.camera = "porch";
    alert.zone = "pa\"th";
    alert.score = 0.75;
    alert.at = alert.started_at = WallTime(seconds{1'790'000'000});
    alert.clip_url = "/api/v1/events/00000000000000a1/clip.mp4";
    if (has_picture) alert.thumbnail = {0xff, 0xd8};
    return alert;
}

Target targetOf(const std::string& preset) {
    Target target;
    target.preset = preset;
    target.url = "https://example.org/hook";
    target.token = "t0ken";
    target.recipient = "42";
    target.dashboard = "https://porch.example";
    target.titles = {{"porch", "Front \"door\"\r\nX-Evil: 1"}};
    return target;
}

std::string headerOf(const Request& request, const std::string& name) {
    for (const auto& [key, value] : request.headers)
        if (key == name) return value;
    return "(none)";
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a template is filled in as JSON wants it, and braces of JSON stay") {
    Target target = targetOf("generic");
    target.body = R"({"where": "{zone}", "who": {"name": "{title}"}, "x": "{unknown}"})";
    const Request request = requestOf(target, start());
    CHECK(request.body ==
          R"({"where": "pa\"th", "who": {"name": "Front \"door\"\u000d\nX-Evil: 1"}, "x": "{unknown}"})");
    CHECK(headerOf(request, "Content-Type") == "application/json");
    CHECK(headerOf(request, "Idempotency-Key") == "00000000000000a1-start");
    target.content_type = "text/plain";
    target.body = "{zone}!";
    CHECK(requestOf(target, start()).body == "pa\"th!");
}

TEST_CASE("without a template all fields are told, and a picture makes a form of it") {
    Target target = targetOf("generic");
    CHECK(
        has(requestOf(target, start()).body, R"("alert_id":"00000000000000a1-start","type":"motion_start")"));
    CHECK(has(requestOf(target, start()).body, R"("score":0.75)"));
    CHECK(has(requestOf(target, start()).body, R"("clip_url":"https://porch.example/api/v1/events/)"));
    target.has_picture = true;
    CHECK(requestOf(target, start()).form.empty());  // there is none
    const Request request = requestOf(target, start(true));
    REQUIRE(request.form.size() == 2);
    CHECK(request.form[1].file_name == "picture.jpg");
    CHECK(request.form[1].content == "\xff\xd8");
}

TEST_CASE("each preset speaks as its service wants it") {
    const Request ntfy = requestOf(targetOf("ntfy"), start());
    CHECK(headerOf(ntfy, "Authorization") == "Bearer t0ken");
    CHECK(headerOf(ntfy, "Title") == "Front \"door\"  X-Evil: 1");  // no header of its own
    CHECK(ntfy.body == "Motion in pa\"th at 2026-09-21T14:13:20Z");
    const Request gotify = requestOf(targetOf("gotify"), start());
    CHECK(gotify.url == "https://example.org/hook/message");
    CHECK(headerOf(gotify, "X-Gotify-Key") == "t0ken");
    Target telegram = targetOf("telegram");
    telegram.url.clear();
    CHECK(requestOf(telegram, start()).url == "https://api.telegram.org/bott0ken/sendMessage");
    CHECK(has(requestOf(telegram, start()).body, R"("chat_id":"42")"));
    telegram.has_picture = true;
    CHECK(requestOf(telegram, start(true)).url == "https://api.telegram.org/bott0ken/sendPhoto");
    Target pushover = targetOf("pushover");
    pushover.url.clear();
    CHECK(requestOf(pushover, start()).url == "https://api.pushover.net/1/messages.json");
    CHECK(requestOf(pushover, start()).form[1].content == "42");
    CHECK(has(requestOf(targetOf("slack"), start()).body, R"({"text":"Front)"));
    CHECK(has(requestOf(targetOf("discord"), start()).body, R"({"content":"Front)"));
    CHECK(has(requestOf(targetOf("home_assistant"), start()).body, R"("type":"motion_start")"));
}

TEST_CASE("a preset that lacks something, and a header that is none, are refused") {
    Target target = targetOf("telegram");
    target.token.clear();
    CHECK_THROWS(check(target));
    target = targetOf("generic");
    target.url = "ftp://example.org";
    CHECK_THROWS(check(target));
    target = targetOf("ntfy");
    target.body = "x";
    CHECK_THROWS(check(target));
    CHECK_NOTHROW(check(targetOf("generic")));
    CHECK(readHeaders("A: 1 | X-B:two words ") ==
          std::vector<std::pair<std::string, std::string>>{{"A", "1"}, {"X-B", "two words"}});
    CHECK_THROWS(readHeaders("A 1"));
    CHECK_THROWS(readHeaders("A: 1\r\nB: 2"));
}

}  // namespace webhook_test
