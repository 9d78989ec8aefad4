#include "app/switches.h"

#include <algorithm>

#include "base/log.h"
#include "base/text.h"

namespace porchlight::app {
namespace {

std::string configuredValue(const config::CameraConfig& camera, const std::string& key) {
    if (key == "record") return config::nameOf(camera.record.mode);
    return (key == "enabled" ? camera.is_enabled : camera.detect.is_enabled) ? "on" : "off";
}

}  // namespace

std::vector<camera::Switch> loadSwitches(store::Store& store,
                                         const std::vector<config::CameraConfig>& cameras) {
    std::vector<camera::Switch> out;
    for (const auto& row : store.switches.all()) {
        const auto found = std::find_if(cameras.begin(), cameras.end(),
                                        [&](const auto& camera) { return camera.name == row.camera; });
        if (found == cameras.end()) continue;
        const std::string configured = configuredValue(*found, row.key);
        const std::string what =
            row.key + " is " + row.value + ": switched by " + row.by + " at " + base::formatTime(row.at, 0);
        if (configured != row.configured) {
            base::logInfo("camera/" + row.camera,
                          what + "; the configuration was changed since, to " + configured + ", and counts");
            store.switches.remove(row.camera, row.key);
            continue;
        }
        base::logInfo("camera/" + row.camera, what + "; the configuration says " + configured);
        out.push_back({row.camera, row.key, row.value, row.configured, row.by, row.at});
    }
    return out;
}

config::RecordMode recordModeOf(const config::CameraConfig& camera,
                                const std::vector<camera::Switch>& switches) {
    for (const auto& entry : switches)
        if (entry.camera == camera.name && entry.key == "record")
            return config::recordModeOf(entry.value).value_or(camera.record.mode);
    return camera.record.mode;
}

}  // namespace porchlight::app
