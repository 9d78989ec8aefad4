/// Cameras that could be configured.
#include <Poco/JSON/Parser.h>

#include <sstream>

#include "base/secret/secrets.h"
#include "config/configured_as.h"
#include "http/http_error.h"
#include "http/json_body.h"
#include "porchlight/json.h"
#include "web/backend.h"
#include "web/router.h"

namespace porchlight::web {
namespace {

void writeSource(JsonWriter& json, const plugin::FoundSource& found, const std::string& configured_as) {
    const std::string name = plugin::nameFor(found);
    json.beginObject()
        .field("plugin", found.plugin)
        .field("id", found.camera.id)
        .field("title", found.camera.title);
    json.field("offers", found.camera.offers).field("problem", found.camera.problem).field("name", name);
    json.key("configured_as");
    if (configured_as.empty())
        json.null();
    else
        json.value(configured_as);
    json.key("settings").beginObject();
    for (const auto& [setting, value] : found.camera.settings) json.field(setting, value);
    json.endObject()
        .field("source_yaml", plugin::sourceYaml(found))
        .field("camera_yaml", plugin::cameraYaml(found, name))
        .endObject();
}

void sources(http::Exchange& exchange, Backend& backend) {
    if (!backend.services.find_sources)
        throw http::HttpError(503, "unavailable", "this appliance cannot look for cameras");
    exchange.entry().mustMoveWithin(milliseconds{30'000});
    const plugin::Discovery found = backend.services.find_sources();
    JsonWriter json;
    json.beginObject().key("sources").beginArray();
    for (const auto& source : found.sources)
        writeSource(json, source, config::configuredAs(backend.services.config, source));
    json.endArray().key("problems").beginArray();
    for (const auto& problem : found.problems) json.value(problem);
    exchange.sendJson(200, json.endArray().endObject().text());
}

constexpr std::size_t kMaxAddress = 256;
constexpr std::size_t kMaxLogin = 128;

/// One line each: they become an argument and a line of standard input.
std::string lineOf(const http::JsonBody& body, const char* field, std::size_t most) {
    const std::string text = body.optionalText(field, most).value_or("");
    for (const char c : text)
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
            throw http::HttpError(400, "bad_field", "must be one line without control characters", field);
    return text;
}

Poco::JSON::Object::Ptr readAnswer(const std::string& text) {
    try {
        return Poco::JSON::Parser().parse(text).extract<Poco::JSON::Object::Ptr>();
    } catch (const Poco::Exception&) {
        throw http::HttpError(502, "unavailable", "what came of the question cannot be read");
    }
}

std::string textIn(const Poco::JSON::Object::Ptr& object, const char* key) {
    const auto value = object->get(key);
    return value.isString() ? value.extract<std::string>() : "";
}

/// A network camera's streams and a picture of it, before it is configured. The login is used for this
/// question and kept nowhere.
void askOnvif(http::Exchange& exchange, Backend& backend) {
    const http::JsonBody body(exchange.body(), {"address", "user", "password"});
    const OnvifQuestion question{lineOf(body, "address", kMaxAddress), lineOf(body, "user", kMaxLogin),
                                 lineOf(body, "password", kMaxLogin)};
    if (question.address.empty()) throw http::HttpError(400, "missing_field", "is missing", "address");
    // A login has its own fields; what is left here is written to the audit and is an argument.
    if (question.address.find('@') != std::string::npos)
        throw http::HttpError(400, "bad_field", "must hold no user or password", "address");
    if (!backend.services.ask_onvif)
        throw http::HttpError(503, "unavailable", "this appliance cannot ask cameras");
    // Whom this machine was sent to is told, since it may reach what the caller does not.
    backend.accounts.audit(exchange, "onvif_ask", base::hideSecrets(question.address));
    exchange.entry().mustMoveWithin(milliseconds{45'000});
    std::string text;
    try {
        text = backend.services.ask_onvif(question);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::Exhausted) throw;
        throw http::HttpError(429, "too_many", error.what(), "", 5);
    }
    const auto answer = readAnswer(text);
    if (const std::string refusal = textIn(answer, "refusal"); !refusal.empty())
        throw http::HttpError(502, refusal, textIn(answer, "message"));
    std::ostringstream out;
    answer->stringify(out);
    exchange.sendJson(200, out.str());
}

}  // namespace

void addSourceRoutes(std::vector<Route>& routes) {
    routes.push_back({"GET", "/api/v1/sources", Access::Admin, sources});
    routes.push_back({"POST", "/api/v1/onvif", Access::Admin, askOnvif});
}

}  // namespace porchlight::web
