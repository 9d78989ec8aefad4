/// Cameras that could be configured.
#include <filesystem>

#include "web/backend.h"
#include "web/http_error.h"
#include "web/json.h"
#include "web/router.h"

namespace porchlight::web {
namespace {

/// The host of "rtsp://user:password@host:554/main"; empty when it is no address.
std::string hostOf(const std::string& url) {
    const std::size_t begin = url.find("://");
    if (begin == std::string::npos) return {};
    std::string rest = url.substr(begin + 3);
    rest = rest.substr(0, rest.find('/'));
    if (const std::size_t at = rest.rfind('@'); at != std::string::npos) rest = rest.substr(at + 1);
    return rest.starts_with('[') ? rest.substr(0, rest.find(']') + 1) : rest.substr(0, rest.find(':'));
}

/// Two names of one thing: equal, links to one node, or addresses on one host.
bool isSame(const std::string& setting, const std::string& a, const std::string& b) {
    if (a == b) return true;
    std::error_code failure;
    if (a.starts_with('/') && b.starts_with('/')) return std::filesystem::equivalent(a, b, failure);
    return setting == "url" && !hostOf(a).empty() && hostOf(a) == hostOf(b);
}

std::string configuredAs(const config::Config& config, const plugin::FoundSource& found) {
    if (found.camera.settings.empty()) return {};
    const auto& [setting, value] = found.camera.settings.front();  // the one that names the camera
    for (const auto& camera : config.cameras)
        if (camera.source.plugin == found.plugin && isSame(setting, std::string(camera.source.settings.text(setting)), value)) return camera.name;
    return {};
}

void writeSource(JsonWriter& json, const plugin::FoundSource& found, const std::string& configured_as) {
    const std::string name = plugin::nameFor(found);
    json.beginObject().field("plugin", found.plugin).field("id", found.camera.id).field("title", found.camera.title);
    json.field("offers", found.camera.offers).field("problem", found.camera.problem).field("name", name);
    json.key("configured_as");
    if (configured_as.empty()) json.null();
    else json.value(configured_as);
    json.key("settings").beginObject();
    for (const auto& [setting, value] : found.camera.settings) json.field(setting, value);
    json.endObject().field("source_yaml", plugin::sourceYaml(found)).field("camera_yaml", plugin::cameraYaml(found, name)).endObject();
}

void sources(Exchange& exchange, Backend& backend) {
    if (!backend.services.find_sources) throw HttpError(503, "unavailable", "this appliance cannot look for cameras");
    exchange.entry().mustMoveWithin(milliseconds{30'000});
    const plugin::Discovery found = backend.services.find_sources();
    JsonWriter json;
    json.beginObject().key("sources").beginArray();
    for (const auto& source : found.sources) writeSource(json, source, configuredAs(backend.services.config, source));
    json.endArray().key("problems").beginArray();
    for (const auto& problem : found.problems) json.value(problem);
    exchange.sendJson(200, json.endArray().endObject().text());
}

}  // namespace

void addSourceRoutes(std::vector<Route>& routes) { routes.push_back({"GET", "/api/v1/sources", Access::Admin, sources}); }

}  // namespace porchlight::web
