/// Fuzzer of the configuration: any text is either a configuration or problems with a place; never a crash.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "config/camera_file.h"
#include "config/main_file.h"

namespace {

using namespace porchlight;

SettingSpec spec(const char* name, SettingType type, double minimum, double maximum, const char* otherwise,
                 const char* choices) {
    SettingSpec made{};
    std::strncpy(made.name, name, sizeof made.name - 1);
    made.type = type;
    made.minimum = minimum;
    made.maximum = maximum;
    std::strncpy(made.default_value, otherwise, sizeof made.default_value - 1);
    std::strncpy(made.choices, choices, sizeof made.choices - 1);
    return made;
}

plugin::Listing listing(PluginKind kind, const char* name, std::vector<SettingSpec> settings) {
    plugin::Listing made;
    made.kind = kind;
    made.name = name;
    made.settings = std::move(settings);
    made.capture.has_companion = kind == PluginKind::Capture ? 1 : 0;
    return made;
}

/// A plugin of each kind, with a setting of each type between them.
plugin::Catalogue catalogue() {
    return plugin::Catalogue({
        listing(PluginKind::Capture, "ffmpeg",
                {spec("url", SettingType::Url, 0, 0, "", ""), spec("sub_url", SettingType::Url, 0, 0, "", ""),
                 spec("transport", SettingType::Choice, 0, 0, "tcp", "tcp|udp")}),
        listing(
            PluginKind::Detect, "motion",
            {spec("sensitivity", SettingType::Integer, 1, 100, "50", ""),
             spec("zones", SettingType::Zones, 0, 0, "", ""), spec("masks", SettingType::Zones, 0, 0, "", ""),
             spec("share", SettingType::Number, 0, 1, "0.5", "")}),
        listing(PluginKind::Record, "fmp4", {spec("sync_every", SettingType::Duration, 0, 60, "1s", "")}),
        listing(PluginKind::Alert, "mqtt",
                {spec("host", SettingType::Text, 0, 0, "127.0.0.1", ""),
                 spec("password", SettingType::Secret, 0, 0, "", ""),
                 spec("discovery", SettingType::Boolean, 0, 0, "true", "")}),
    });
}

void checkPlaces(const config::Problems& problems) {
    for (const config::Problem& problem : problems) {
        if (problem.text.empty() || problem.line < 0 || problem.column < 0) std::abort();
    }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const plugin::Catalogue plugins = catalogue();
    const std::string text(reinterpret_cast<const char*>(data), size);
    config::Problems problems;
    try {
        config::parseMain(text, "porchlight.yaml", plugins, problems);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::Misconfigured) std::abort();
    }
    try {
        config::parseCamera(text, "cameras.d/porch.yaml", plugins, problems);
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::Misconfigured) std::abort();
    }
    checkPlaces(problems);
    return 0;
}
