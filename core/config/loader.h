/// Reads and judges porchlight.yaml and cameras.d/*.yaml.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>

#include "config/config.h"
#include "config/yaml/section.h"
#include "plugin/loader.h"

namespace porchlight::config {

struct LoadResult {
    Config config;
    Places places;             ///< in porchlight.yaml
    Problems problems;         ///< of porchlight.yaml: the daemon must not start
    Problems camera_problems;  ///< of single cameras: these are shown and not started
};

/// Reads the configuration; what depends on the machine is for examineHost. A camera's file that others than
/// root and `self` may write (userOf() unless given) is a problem. Throws Error(Misconfigured) when the main
/// file cannot be read at all.
LoadResult load(const std::filesystem::path& file, const plugin::Catalogue& plugins,
                std::optional<uid_t> self = std::nullopt);

}  // namespace porchlight::config
