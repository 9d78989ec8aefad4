/// Finds network cameras that answer WS-Discovery, as ONVIF cameras do.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "porchlight/discover.h"

namespace porchlight::onvif {

/// Where to search. The defaults are those of ONVIF.
struct Search {
    std::string group = "239.255.255.250";
    std::uint16_t port = 3702;
    std::vector<std::string> interfaces = interfacesHere();  ///< own IPv4 addresses, one per network

    static std::vector<std::string> interfacesHere();
};

/// Asks twice on each network and tells each camera once. Blocks until the deadline, 64 cameras at most.
/// Throws Error(Unavailable) when no socket can be made.
void discover(const Search& search, const FoundSink& found, Deadline deadline);

}  // namespace porchlight::onvif
