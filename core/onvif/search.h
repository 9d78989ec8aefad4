/// Finds network cameras that answer WS-Discovery, as ONVIF cameras do.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/halt.h"
#include "onvif/match.h"
#include "porchlight/discover.h"

namespace porchlight::onvif {

/// Where to search. The defaults are those of ONVIF.
struct Search {
    std::string group = "239.255.255.250";
    std::uint16_t port = 3702;
    std::vector<std::string> interfaces = interfacesHere();  ///< own IPv4 addresses, one per network
    const base::Halt* halt = nullptr;                        ///< ends the search; outlives it

    static std::vector<std::string> interfacesHere();
};

/// `sender`: the address that the answer came from. False: that is enough.
using MatchSink = std::function<bool(const Match& match, const std::string& sender)>;

/// Asks twice on each network and tells each answer. Blocks until the deadline, `halt`, or a match that is
/// enough; 64 cameras at most. Throws Error(Unavailable) when no socket can be made.
void searchMatches(const Search& search, const MatchSink& found, Deadline deadline);

/// Asks twice on each network and tells each camera once. Blocks until the deadline, 64 cameras at most.
/// Throws Error(Unavailable) when no socket can be made.
void discover(const Search& search, const FoundSink& found, Deadline deadline);

}  // namespace porchlight::onvif
