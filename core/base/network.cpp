#include "base/network.h"

#include <arpa/inet.h>

#include <algorithm>

namespace porchlight::base {
namespace {

constexpr unsigned kMappedBits = 96;  // what stands before an IPv4 address

std::optional<Network> parseAddress(const std::string& text) {
    Network out;
    if (::inet_pton(AF_INET6, text.c_str(), out.address.data()) == 1) return out;
    out.address = {};
    out.address[10] = out.address[11] = 0xff;
    if (::inet_pton(AF_INET, text.c_str(), out.address.data() + 12) == 1) return out;
    return std::nullopt;
}

}  // namespace

std::optional<Network> parseNetwork(std::string_view text) {
    const auto slash = text.find('/');
    auto out = parseAddress(std::string(text.substr(0, slash)));
    if (!out || slash == std::string_view::npos) return out;
    const std::string_view bits = text.substr(slash + 1);
    if (bits.empty() || bits.size() > 3 || bits.find_first_not_of("0123456789") != std::string_view::npos)
        return std::nullopt;
    const bool is_ipv4 = text.find(':') == std::string_view::npos;
    out->prefix_bits = static_cast<unsigned>(std::stoul(std::string(bits))) + (is_ipv4 ? kMappedBits : 0);
    return out->prefix_bits <= 128 ? out : std::nullopt;
}

bool contains(const Network& network, std::string_view address) {
    const auto other = parseAddress(std::string(address));
    if (!other) return false;
    for (unsigned bit = 0; bit < network.prefix_bits; ++bit) {
        const auto mask = static_cast<std::uint8_t>(0x80U >> bit % 8);
        if ((network.address[bit / 8] & mask) != (other->address[bit / 8] & mask)) return false;
    }
    return true;
}

}  // namespace porchlight::base
