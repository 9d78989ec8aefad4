/// Finds network cameras that answer WS-Discovery, as ONVIF cameras do.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "porchlight/discover.h"

namespace porchlight::app {

/// One answer. Everything in it was sent by whoever is on the network.
struct OnvifMatch {
    std::string endpoint;                ///< "urn:uuid:..."; lasts
    std::vector<std::string> addresses;  ///< of its web services: "http://192.0.2.10/onvif/device_service"
    std::string name;                    ///< from its scopes; may be empty
    std::string hardware;
};

/// The probe as it goes over the network. Source: WS-Discovery (April 2005), ONVIF Core 7.3.
std::string onvifProbe(const std::string& message_id);

/// The matches in an answer to `message_id`; empty when it is none. Pure; takes any bytes.
std::vector<OnvifMatch> parseOnvifAnswer(std::string_view xml, std::string_view message_id);

/// As a camera of a plugin that takes rtsp://; `sender` is the address that the answer came from.
FoundCamera cameraOf(const OnvifMatch& match, const std::string& sender);

/// Where to search. The defaults are those of ONVIF.
struct OnvifSearch {
    std::string group = "239.255.255.250";
    std::uint16_t port = 3702;
    std::vector<std::string> interfaces = interfacesHere();  ///< own IPv4 addresses, one per network

    static std::vector<std::string> interfacesHere();
};

/// Asks twice on each network and tells each camera once. Blocks until the deadline, 64 cameras at most.
/// Throws Error(Unavailable) when no socket can be made.
void discoverOnvif(const OnvifSearch& search, const FoundSink& found, Deadline deadline);

}  // namespace porchlight::app
