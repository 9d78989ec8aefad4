#include "message.h"

#include <algorithm>

#include "porchlight/json.h"
#include "porchlight/utf8.h"

namespace porchlight::webhook {

namespace {

constexpr int kTimeDigits = 3;
constexpr int kScoreDecimals = 3;
constexpr char kTelegram[] = "https://api.telegram.org";
constexpr char kPushover[] = "https://api.pushover.net/1/messages.json";

using Fields = std::vector<std::pair<std::string, std::string>>;

const char* typeOf(const Alert& alert) {
    switch (alert.kind) {
        case AlertKind::EventStart:
            return "motion_start";
        case AlertKind::EventUpdate:
            return "motion_update";
        case AlertKind::EventEnd:
            return "motion_end";
        case AlertKind::CameraState:
            return "camera_state";
        case AlertKind::Problem:
            return "problem";
    }
    return "";
}

bool isEvent(const Alert& alert) {
    return alert.kind == AlertKind::EventStart || alert.kind == AlertKind::EventEnd;
}

std::string titleOf(const Target& target, const Alert& alert) {
    if (alert.camera.empty()) return "Porchlight";
    const auto found = target.titles.find(alert.camera);
    return found == target.titles.end() || found->second.empty() ? alert.camera : found->second;
}

std::string linkOf(const Target& target, const std::string& path) {
    return path.empty() ? path : target.dashboard + path;
}

Fields fieldsOf(const Target& target, const Alert& alert) {
    JsonWriter score;
    return {{"alert_id", alert.id},
            {"type", typeOf(alert)},
            {"camera", alert.camera},
            {"title", titleOf(target, alert)},
            {"text", sentenceOf(alert)},
            {"at", formatTime(alert.at, kTimeDigits)},
            {"event_id", alert.event_id},
            {"start", isEvent(alert) ? formatTime(alert.started_at, kTimeDigits) : ""},
            {"end", alert.kind == AlertKind::EventEnd ? formatTime(alert.ended_at, kTimeDigits) : ""},
            {"score", score.value(alert.score, kScoreDecimals).text()},
            {"zone", alert.zone},
            {"clip_url", linkOf(target, alert.clip_url)},
            {"picture_url", linkOf(target, alert.thumbnail_url)}};
}

std::string jsonOf(const Fields& fields) {
    JsonWriter json;
    json.beginObject();
    for (const auto& [name, value] : fields)
        if (name == "score")
            json.key(name).raw(value);
        else
            json.field(name, value);
    return json.endObject().take();
}

/// As it may stand within quotes of JSON.
std::string escaped(const std::string& text) {
    JsonWriter json;
    const std::string quoted = json.value(text).take();
    return quoted.substr(1, quoted.size() - 2);
}

/// Braces that name no field stand as they are: JSON is full of them.
std::string filledIn(const std::string& pattern, const Fields& fields, bool is_json) {
    std::string out;
    for (std::size_t at = 0; at < pattern.size();) {
        const auto end = pattern[at] == '{' ? pattern.find('}', at) : std::string::npos;
        const std::string name = end == std::string::npos ? "" : pattern.substr(at + 1, end - at - 1);
        const auto field = std::find_if(fields.begin(), fields.end(),
                                        [&](const auto& entry) { return entry.first == name; });
        if (field == fields.end()) {
            out += pattern[at++];
            continue;
        }
        out += is_json ? escaped(field->second) : field->second;
        at = end + 1;
    }
    return out;
}

/// A header line of what anybody may have written: no control characters.
std::string lineOf(std::string text) {
    std::replace_if(
        text.begin(), text.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, ' ');
    return text;
}

bool takesPicture(const Target& target, const Alert& alert) {
    return target.has_picture && !alert.thumbnail.empty();
}

Part pictureOf(const Alert& alert, const char* name) {
    return {name, {alert.thumbnail.begin(), alert.thumbnail.end()}, "picture.jpg"};
}

void setJson(Request& request, std::string json) {
    request.headers.emplace_back("Content-Type", "application/json");
    request.body = std::move(json);
}

/// Text with the link behind it, for those that have no place of their own for it.
std::string messageOf(const Target& target, const Alert& alert) {
    std::string out = titleOf(target, alert) + ": " + sentenceOf(alert);
    if (!target.dashboard.empty() && !alert.clip_url.empty()) out += "\n" + linkOf(target, alert.clip_url);
    return out;
}

void makeGeneric(Request& request, const Target& target, const Alert& alert) {
    const Fields fields = fieldsOf(target, alert);
    const std::string type = target.content_type.empty() ? "application/json" : target.content_type;
    const bool is_json = type.find("json") != std::string::npos;
    std::string body = target.body.empty() ? jsonOf(fields) : filledIn(target.body, fields, is_json);
    if (takesPicture(target, alert)) {
        request.form = {{"payload", std::move(body), ""}, pictureOf(alert, "picture")};
        return;
    }
    request.headers.emplace_back("Content-Type", type);
    request.body = std::move(body);
}

void makeNtfy(Request& request, const Target& target, const Alert& alert) {
    if (!target.token.empty()) request.headers.emplace_back("Authorization", "Bearer " + target.token);
    request.headers.emplace_back("Title", lineOf(titleOf(target, alert)));
    if (!target.dashboard.empty() && !alert.clip_url.empty())
        request.headers.emplace_back("Click", lineOf(linkOf(target, alert.clip_url)));
    if (alert.kind == AlertKind::Problem) request.headers.emplace_back("Priority", "high");
    if (!takesPicture(target, alert)) {
        request.body = sentenceOf(alert);
        return;
    }
    request.method = "PUT";
    request.headers.emplace_back("Message", lineOf(sentenceOf(alert)));
    request.headers.emplace_back("Filename", "picture.jpg");
    request.body.assign(alert.thumbnail.begin(), alert.thumbnail.end());
}

void makeGotify(Request& request, const Target& target, const Alert& alert) {
    request.url += request.url.ends_with('/') ? "message" : "/message";
    request.headers.emplace_back("X-Gotify-Key", target.token);
    JsonWriter json;
    json.beginObject().field("title", titleOf(target, alert)).field("message", sentenceOf(alert));
    json.field("priority", alert.kind == AlertKind::Problem ? 8 : 5);
    if (!target.dashboard.empty() && !alert.clip_url.empty()) {
        json.key("extras").beginObject().key("client::notification").beginObject();
        json.key("click").beginObject().field("url", linkOf(target, alert.clip_url));
        json.endObject().endObject().endObject();
    }
    setJson(request, json.endObject().take());
}

void makeTelegram(Request& request, const Target& target, const Alert& alert) {
    const std::string base =
        (target.url.empty() ? kTelegram : target.url) + std::string("/bot") + target.token;
    const std::string text = messageOf(target, alert);
    if (takesPicture(target, alert)) {
        request.url = base + "/sendPhoto";
        request.form = {{"chat_id", target.recipient, ""}, {"caption", text, ""}, pictureOf(alert, "photo")};
        return;
    }
    request.url = base + "/sendMessage";
    JsonWriter json;
    json.beginObject().field("chat_id", target.recipient).field("text", text).endObject();
    setJson(request, json.take());
}

void makePushover(Request& request, const Target& target, const Alert& alert) {
    if (request.url.empty()) request.url = kPushover;
    request.form = {{"token", target.token, ""},
                    {"user", target.recipient, ""},
                    {"title", titleOf(target, alert), ""},
                    {"message", sentenceOf(alert), ""}};
    if (!target.dashboard.empty() && !alert.clip_url.empty())
        request.form.push_back({"url", linkOf(target, alert.clip_url), ""});
    if (takesPicture(target, alert)) request.form.push_back(pictureOf(alert, "attachment"));
}

void makeChat(Request& request, const Target& target, const Alert& alert) {
    const bool is_discord = target.preset == "discord";
    JsonWriter json;
    json.beginObject().field(is_discord ? "content" : "text", messageOf(target, alert)).endObject();
    if (is_discord && takesPicture(target, alert))
        request.form = {{"payload_json", json.take(), ""}, pictureOf(alert, "files[0]")};
    else
        setJson(request, json.take());
}

}  // namespace

std::vector<std::pair<std::string, std::string>> readHeaders(const std::string& text) {
    std::vector<std::pair<std::string, std::string>> out;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('|', at), text.size());
        std::string line = text.substr(at, end - at);
        at = end + 1;
        const auto trim = [](std::string& part) {
            part.erase(0, std::min(part.find_first_not_of(' '), part.size()));
            part.erase(part.find_last_not_of(' ') + 1);
        };
        const auto colon = line.find(':');
        std::string name = line.substr(0, colon);
        std::string value = colon == std::string::npos ? "" : line.substr(colon + 1);
        trim(name);
        trim(value);
        const bool is_name = !name.empty() && std::all_of(name.begin(), name.end(), [](unsigned char c) {
            return std::isalnum(c) != 0 || c == '-' || c == '_';
        });
        if (!is_name || colon == std::string::npos || lineOf(value) != value)
            throw Error(
                ErrorKind::Misconfigured,
                "webhook: headers must read 'Name: value | Name: value', each with a name and a value");
        out.emplace_back(std::move(name), std::move(value));
    }
    return out;
}

void check(const Target& target) {
    const auto& preset = target.preset;
    const auto require = [&](const char* what, bool is_given) {
        if (!is_given)
            throw Error(ErrorKind::Misconfigured, "webhook: the preset " + preset + " needs " + what);
    };
    require("url", !target.url.empty() || preset == "telegram" || preset == "pushover");
    require("token",
            !target.token.empty() || (preset != "telegram" && preset != "pushover" && preset != "gotify"));
    require("recipient", !target.recipient.empty() || (preset != "telegram" && preset != "pushover"));
    if (!target.url.empty() && !target.url.starts_with("https://") && !target.url.starts_with("http://"))
        throw Error(ErrorKind::Misconfigured, "webhook: url must begin with https:// or http://");
    if (!target.body.empty() && preset != "generic" && preset != "home_assistant")
        throw Error(ErrorKind::Misconfigured, "webhook: body goes with the preset generic alone");
}

/// "Person": what was seen, to begin a sentence with.
std::string subjectOf(const Alert& alert) {
    std::string out = alert.label.empty() ? "motion" : asUtf8(alert.label, 32);
    if (out[0] >= 'a' && out[0] <= 'z') out[0] = static_cast<char>(out[0] - 'a' + 'A');
    return out;
}

std::string sentenceOf(const Alert& alert) {
    switch (alert.kind) {
        case AlertKind::EventStart:
        case AlertKind::EventUpdate:
            return subjectOf(alert) + (alert.zone.empty() ? "" : " in " + alert.zone) + " at " +
                   formatTime(alert.started_at, 0);
        case AlertKind::EventEnd:
            return subjectOf(alert) + (alert.zone.empty() ? "" : " in " + alert.zone) + " ended at " +
                   formatTime(alert.ended_at, 0);
        case AlertKind::CameraState:
            return "Camera is " + alert.state + (alert.reason.empty() ? "" : ": " + alert.reason);
        case AlertKind::Problem:
            break;
    }
    if (alert.problems.empty()) return "All is well again";
    std::string out;
    for (const std::string& problem : alert.problems) out += (out.empty() ? "" : "; ") + problem;
    return asUtf8(out, 1000);
}

Request requestOf(const Target& target, const Alert& alert) {
    Request request;
    request.method = target.method;
    request.url = target.url;
    request.headers = target.headers;
    if (!alert.id.empty()) request.headers.emplace_back("Idempotency-Key", alert.id);
    if (target.preset == "ntfy")
        makeNtfy(request, target, alert);
    else if (target.preset == "gotify")
        makeGotify(request, target, alert);
    else if (target.preset == "telegram")
        makeTelegram(request, target, alert);
    else if (target.preset == "pushover")
        makePushover(request, target, alert);
    else if (target.preset == "slack" || target.preset == "discord")
        makeChat(request, target, alert);
    else
        makeGeneric(request, target, alert);
    return request;
}

}  // namespace porchlight::webhook
