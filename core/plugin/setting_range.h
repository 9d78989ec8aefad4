/// Settings of plugins as their owner reads them.
#pragma once

#include <string>

#include "porchlight/settings.h"

namespace porchlight::plugin {

/// What a setting may be: "1 to 100 px", "tcp | udp", "2s to 10m", "true | false", "text". Pure.
std::string rangeOf(const SettingSpec& spec);

}  // namespace porchlight::plugin
