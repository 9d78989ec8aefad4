/// Cameras that could be configured.
#include "config/configured_as.h"
#include "http/http_error.h"
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

}  // namespace

void addSourceRoutes(std::vector<Route>& routes) {
    routes.push_back({"GET", "/api/v1/sources", Access::Admin, sources});
}

}  // namespace porchlight::web
