/// Home Assistant's device discovery messages: one retained JSON per device with all its entities.
#pragma once

#include <string>

#include "porchlight/alert.h"

namespace porchlight::mqtt {

/// Where everything is published.
struct Topics {
    std::string base;              ///< "porchlight"
    std::string discovery_prefix;  ///< "homeassistant"
    std::string node;

    std::string status() const { return base + "/status"; }
    std::string problem() const { return base + "/problem"; }
    std::string problemAttributes() const { return base + "/problem/attributes"; }
    std::string camera(const std::string& name, const char* leaf) const {
        return base + "/cam/" + name + "/" + leaf;
    }
    std::string applianceConfig() const { return discovery_prefix + "/device/" + node + "/config"; }
    /// How those of cameras begin.
    std::string cameraDevices() const { return discovery_prefix + "/device/" + node + "_"; }
    std::string cameraConfig(const std::string& name) const { return cameraDevices() + name + "/config"; }
    std::string birth() const { return discovery_prefix + "/status"; }
};

/// The appliance: "Online" and "Problem" sensors, and the parent of the cameras (publish it first).
std::string applianceDevice(const Topics& topics, const AlertAppliance& appliance);

/// A camera: motion, motion event, last picture, connected, status, health.
std::string cameraDevice(const Topics& topics, const AlertAppliance& appliance, const AlertCamera& camera);

}  // namespace porchlight::mqtt
