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

std::string prefixOf(const in6_addr& address, std::ptrdiff_t bytes) {
    in6_addr cut = address;
    std::fill(std::begin(cut.s6_addr) + bytes, std::end(cut.s6_addr), std::uint8_t{0});
    char text[INET6_ADDRSTRLEN] = "";
    ::inet_ntop(AF_INET6, &cut, text, sizeof text);
    return std::string(text) + "/" + std::to_string(bytes * 8);
}

bool isPrivate(std::uint32_t ipv4) noexcept {
    return ipv4 >> 24U == 127 || ipv4 >> 24U == 10 || ipv4 >> 20U == 0xac1 || ipv4 >> 16U == 0xc0a8 ||
           ipv4 >> 16U == 0xa9fe;
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

std::string throttleKey(const std::string& address) {
    in6_addr parsed{};
    if (::inet_pton(AF_INET6, address.c_str(), &parsed) != 1 || IN6_IS_ADDR_V4MAPPED(&parsed)) return address;
    return prefixOf(parsed, 8);
}

std::string addressGroup(const std::string& address) {
    in_addr ipv4{};
    if (::inet_pton(AF_INET, address.c_str(), &ipv4) == 1) {
        const std::uint32_t number = ntohl(ipv4.s_addr);
        return isPrivate(number) ? address : address.substr(0, address.rfind('.')) + ".0/24";
    }
    in6_addr parsed{};
    if (::inet_pton(AF_INET6, address.c_str(), &parsed) != 1) return address;
    if (IN6_IS_ADDR_V4MAPPED(&parsed)) return addressGroup(address.substr(address.rfind(':') + 1));
    const bool is_private = (parsed.s6_addr[0] & 0xfeU) == 0xfc || IN6_IS_ADDR_LINKLOCAL(&parsed) ||
                            IN6_IS_ADDR_LOOPBACK(&parsed);
    return prefixOf(parsed, is_private ? 8 : 6);
}

}  // namespace porchlight::base
