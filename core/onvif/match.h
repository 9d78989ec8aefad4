/// The texts of WS-Discovery: what is sent to all cameras, and what one of them answers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "porchlight/discover.h"

namespace porchlight::onvif {

/// One answer. Everything in it was sent by whoever is on the network.
struct Match {
    std::string endpoint;                ///< "urn:uuid:..."; lasts
    std::vector<std::string> addresses;  ///< of its web services: "http://192.0.2.10/onvif/device_service"
    std::string name;                    ///< from its scopes; may be empty
    std::string hardware;
};

/// The probe as it goes over the network. Source: WS-Discovery (April 2005), ONVIF Core 7.3.
std::string probe(const std::string& message_id);

/// The matches in an answer to `message_id`; empty when it is none. Pure; takes any bytes.
std::vector<Match> matchesIn(std::string_view answer, std::string_view message_id);

/// As a camera of a plugin that takes rtsp://; `sender` is the address that the answer came from.
FoundCamera foundCamera(const Match& match, const std::string& sender);

}  // namespace porchlight::onvif
