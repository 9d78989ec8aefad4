#include "app/paths.h"

#include <cstdlib>
#include <vector>

#include "porchlight/error.h"

namespace porchlight::app {

Paths Paths::find() {
    const auto base = std::filesystem::read_symlink("/proc/self/exe").parent_path().parent_path();
    if (std::filesystem::is_directory(base / "plugins"))
        return {base / "plugins", base / "lib" / "libporchlight-worker.so", base / "webroot",
                base / "bin" / "porchlight-device-reset", base / "bin" / "porchlightd"};
    const auto installed = base / "lib" / "porchlight";
    if (std::filesystem::is_directory(installed / "plugins"))
        return {installed / "plugins", installed / "libporchlight-worker.so", installed / "webroot",
                installed / "porchlight-device-reset", base / "bin" / "porchlightd"};
    throw Error(ErrorKind::Misconfigured, "no plugins in " + (base / "plugins").string() + " or " +
                                              (installed / "plugins").string() +
                                              ": build or install Porchlight again");
}

std::filesystem::path findConfig(const std::filesystem::path& given) {
    if (!given.empty()) return std::filesystem::absolute(given);
    if (const char* named = std::getenv("PORCHLIGHT_CONFIG"); named != nullptr && *named != 0)
        return std::filesystem::absolute(named);
    std::vector<std::filesystem::path> places{"/etc/porchlight/porchlight.yaml",
                                              "/var/lib/porchlight/porchlight.yaml"};
    if (const char* home = std::getenv("HOME"))
        places.push_back(std::filesystem::path(home) / ".local/share/porchlight/porchlight.yaml");
    std::string tried;
    for (const auto& place : places) {
        std::error_code failure;
        if (std::filesystem::exists(place, failure)) return place;
        tried += (tried.empty() ? "" : ", ") + place.string();
    }
    throw Error(ErrorKind::Misconfigured,
                "no configuration found (tried " + tried + "): name one with --config FILE");
}

}  // namespace porchlight::app
