/// Loads all plugins in a process made for it, so that the core learns what really loads without loading it.
#pragma once

#include <vector>

#include "plugin/loader.h"

namespace porchlight::app {

/// The child's side: prints one tab-separated line a plugin (file, runtime versions, refusal) to standard
/// output.
int printProbe(const plugin::Catalogue& catalogue);

/// The core's side: runs `program probe-plugins` and merges what it found into the listings. When the child
/// fails or takes longer than 10 s, the listings stay as read from the files and the plugin it died on is
/// refused.
std::vector<plugin::Listing> probeInChild(const plugin::Catalogue& catalogue, const std::string& program);

}  // namespace porchlight::app
