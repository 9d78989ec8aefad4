/// porchlight.yaml itself.
#pragma once

#include <filesystem>
#include <string>

#include "config/config.h"
#include "config/yaml/section.h"
#include "plugin/loader.h"

namespace porchlight::config {

/// Parses the text of a main file (loader, fuzzers, tests); cameras are for others. `places` is told where
/// each value stands.
Config parseMain(const std::string& text, const std::filesystem::path& file, const plugin::Catalogue& plugins,
                 Problems& problems, Places* places = nullptr);

}  // namespace porchlight::config
