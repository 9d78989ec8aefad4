/// Run-time switches across restarts.
#pragma once

#include <vector>

#include "camera/switch.h"
#include "config/config.h"
#include "store/store.h"

namespace porchlight::app {

/// The switches that are still in force, one line of the log each. Those whose key of the configuration was
/// changed since are deleted: the configuration is the owner's newer word. Those of cameras that are not
/// configured now are kept and not returned. Throws what Store throws.
std::vector<camera::Switch> loadSwitches(store::Store& store,
                                         const std::vector<config::CameraConfig>& cameras);

/// The mode a camera records in: the switched one, else the configured one.
config::RecordMode recordModeOf(const config::CameraConfig& camera,
                                const std::vector<camera::Switch>& switches);

}  // namespace porchlight::app
