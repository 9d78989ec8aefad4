/// IP networks as people write them: "192.168.1.0/24", "::1".
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace porchlight::base {

/// An address with the number of its bits that count. IPv4 is held as ::ffff:a.b.c.d.
struct Network {
    std::array<std::uint8_t, 16> address{};
    unsigned prefix_bits = 128;

    bool operator==(const Network&) const = default;
};

/// Nothing if it is none. An address alone is a network of one.
std::optional<Network> parseNetwork(std::string_view text);

/// Whether the address belongs to the network; false for what is no address.
bool contains(const Network& network, std::string_view address);

/// What counts as one address: IPv4 whole, IPv6 by its /64.
std::string throttleKey(const std::string& address);

/// Addresses that one stranger easily has together: IPv4 by its /24, IPv6 by its /48. In a home's own network
/// each address is a group.
std::string addressGroup(const std::string& address);

}  // namespace porchlight::base
