/// Which plugin a section names.
#pragma once

#include <string>

#include "config/config.h"
#include "config/yaml/section.h"
#include "plugin/loader.h"

namespace porchlight::config {

/// Reads `plugin: NAME` of a section (`otherwise` when there is none) and that plugin's settings beside it;
/// its secrets are kept. Null, and a problem of the section, when no such plugin is installed.
const plugin::Listing* readPlugin(Section& section, PluginKind kind, const std::string& otherwise,
                                  const plugin::Catalogue& plugins, PluginChoice& choice);

}  // namespace porchlight::config
