/// Settings of a plugin read from YAML and judged by what the plugin declares.
#pragma once

#include "config/yaml/section.h"
#include "plugin/loader.h"
#include "porchlight/settings.h"

namespace porchlight::config {

/// Reads all declared settings from `section`, defaults filled in, in canonical form. Problems are added to
/// the section's list; does not call finish(), so that the caller may read keys of its own beside them.
Settings readPluginSettings(Section& section, const plugin::Listing& plugin);

/// Reads the address of a source from `key`: `url` itself, or another stream of the same plugin.
std::string readUrl(Section& section, const std::string& key, const SettingSpec& url);

/// Zones or masks as canonical text "name:x,y x,y;..." (see SettingType::Zones).
std::string readZones(Section& section, const std::string& key, bool needs_names);

}  // namespace porchlight::config
