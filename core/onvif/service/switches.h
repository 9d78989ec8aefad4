/// What can be switched in a camera: its relays, and the filter that stands for infrared.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "onvif/camera.h"
#include "porchlight/companion.h"

namespace porchlight::onvif {

inline constexpr std::size_t kMaxOutputs = 16;

/// Relays, with the service that has them: of devices, or of their inputs and outputs.
struct Outputs {
    ServiceAddress service;
    std::string_view space;
    std::vector<CameraItem> items;  ///< ONVIF tells no state of them: is_on is false
};

/// Readers of single answers. Pure; take any tree.
std::vector<CameraItem> outputsIn(const Node& answer);  ///< of GetRelayOutputs
/// Of GetImagingSettings: infrared is "on" where the filter against it is off, "off", "auto"; empty: not
/// told.
std::string infraredIn(const Node& answer);

/// A camera that has none has an empty list. Block as Client does, throw OnvifError.
Outputs askOutputs(Client& client, const Services& services);
void setOutput(Client& client, const Outputs& outputs, const std::string& token, bool is_on);

/// `source`: token of the sensor. setInfrared() throws Error(NotSupported) for other words than those three.
std::string askInfrared(Client& client, const ServiceAddress& imaging, const std::string& source);
void setInfrared(Client& client, const ServiceAddress& imaging, const std::string& source,
                 std::string_view wanted);

}  // namespace porchlight::onvif
