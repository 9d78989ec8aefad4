/// Texts of configurations, and what is wrong with them.
#pragma once

#include <filesystem>
#include <string>

#include "config/camera_file.h"
#include "config/main_file.h"
#include "plugin/loader.h"

namespace porchlight::config::testing {

inline const plugin::Catalogue& plugins() {
    static const plugin::Catalogue catalogue{std::filesystem::path(PORCHLIGHT_PLUGIN_DIR)};
    return catalogue;
}

inline std::string problemsOfMain(const std::string& text) {
    Problems problems;
    parseMain(text, "porchlight.yaml", plugins(), problems);
    std::string out;
    for (const auto& problem : problems) out += problem.format() + "\n";
    return out;
}

inline std::string problemsOfCamera(const std::string& text) {
    Problems problems;
    parseCamera(text, "porch.yaml", plugins(), problems);
    std::string out;
    for (const auto& problem : problems) out += problem.format() + "\n";
    return out;
}

inline constexpr const char* kSource = "source: {plugin: testpattern}\n";

}  // namespace porchlight::config::testing
