/// One file of cameras.d.
#pragma once

#include <filesystem>
#include <string>

#include "config/config.h"
#include "config/yaml/section.h"
#include "plugin/loader.h"

namespace porchlight::config {

/// 1 to 40 of a-z, 0-9 and -: fit for topics, paths and rows.
bool isCameraName(const std::string& name);

/// Parses the text of one camera's file (loader, fuzzers, tests, the dashboard before it writes). `places` is
/// told where each value stands.
CameraConfig parseCamera(const std::string& text, const std::filesystem::path& file,
                         const plugin::Catalogue& plugins, Problems& problems, Places* places = nullptr);

}  // namespace porchlight::config
