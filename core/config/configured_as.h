/// Whether a camera that was found is configured already.
#pragma once

#include <string>

#include "config/config.h"
#include "plugin/discovery.h"

namespace porchlight::config {

/// The name of the camera whose source is this one: the same device by whatever name, the same id, an address
/// on the same host. Empty when there is none. Looks at the file system.
std::string configuredAs(const Config& config, const plugin::FoundSource& found);

}  // namespace porchlight::config
