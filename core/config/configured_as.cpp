#include "config/configured_as.h"

#include <filesystem>

#include "base/secret/url.h"

namespace porchlight::config {
namespace {

/// Two names of one thing: equal, links to one node, or addresses on one host.
bool isSame(const std::string& setting, const std::string& a, const std::string& b) {
    if (a == b) return true;
    // Not std::filesystem::equivalent, which refuses device nodes.
    std::error_code failure;
    if (a.starts_with('/') && b.starts_with('/'))
        return std::filesystem::weakly_canonical(a, failure) == std::filesystem::weakly_canonical(b, failure);
    if (setting != "url") return false;
    const auto host = base::splitUrl(a).host;
    return !host.empty() && host == base::splitUrl(b).host;
}

}  // namespace

std::string configuredAs(const Config& config, const plugin::FoundSource& found) {
    if (found.camera.settings.empty()) return {};
    const auto& [setting, value] = found.camera.settings.front();  // the one that names the camera
    for (const auto& camera : config.cameras)
        if (camera.source.plugin == found.plugin &&
            isSame(setting, std::string(camera.source.settings.text(setting)), value))
            return camera.name;
    return {};
}

}  // namespace porchlight::config
