#include "config/configured_as.h"

#include <filesystem>

namespace porchlight::config {
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
    // Not std::filesystem::equivalent, which refuses device nodes.
    std::error_code failure;
    if (a.starts_with('/') && b.starts_with('/')) return std::filesystem::weakly_canonical(a, failure) == std::filesystem::weakly_canonical(b, failure);
    return setting == "url" && !hostOf(a).empty() && hostOf(a) == hostOf(b);
}

}  // namespace

std::string configuredAs(const Config& config, const plugin::FoundSource& found) {
    if (found.camera.settings.empty()) return {};
    const auto& [setting, value] = found.camera.settings.front();  // the one that names the camera
    for (const auto& camera : config.cameras)
        if (camera.source.plugin == found.plugin && isSame(setting, std::string(camera.source.settings.text(setting)), value)) return camera.name;
    return {};
}

}  // namespace porchlight::config
