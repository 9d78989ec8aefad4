#include "config/address.h"

#include <arpa/inet.h>

#include <charconv>

namespace porchlight::config {
namespace {

bool isV4(const std::string& text) noexcept {
    in_addr address{};
    return ::inet_pton(AF_INET, text.c_str(), &address) == 1;
}

/// With or without a zone: fe80::1%eth0.
bool isV6(const std::string& text) noexcept {
    in6_addr address{};
    return ::inet_pton(AF_INET6, text.substr(0, text.find('%')).c_str(), &address) == 1;
}

bool isPort(std::string_view text) noexcept {
    unsigned port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    return error == std::errc() && end == text.data() + text.size() && port >= 1 && port <= 65535;
}

}  // namespace

std::optional<std::string> listenAddress(const std::string& text) {
    if (text == "localhost") return "127.0.0.1";
    return isV4(text) || isV6(text) ? std::optional(text) : std::nullopt;
}

bool isLoopback(const std::string& address) noexcept {
    in_addr v4{};
    if (::inet_pton(AF_INET, address.c_str(), &v4) == 1) return (ntohl(v4.s_addr) >> 24U) == 127;
    in6_addr v6{};
    return ::inet_pton(AF_INET6, address.c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}

std::string whyNoHost(const std::string& text) {
    if (text.empty()) return "is empty: write a host name or an address";
    if (text.find("://") != std::string::npos)
        return "must be a host name or an address alone, without mqtt:// or the like";
    if (isV6(text)) return "";
    if (text.starts_with('[')) return "must be an address without brackets";
    if (text.find(':') != std::string::npos)
        return "must be a host name or an address without a port: the port is a key of its own";
    const bool is_plain =
        text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") ==
        std::string::npos;
    const bool is_numeric = text.find_first_not_of("0123456789.") == std::string::npos;
    if (!is_plain || text.size() > 253 || text.starts_with('-') || text.starts_with('.') ||
        text.find("..") != std::string::npos)
        return "is no host name or address";
    return is_numeric && !isV4(text) ? "is no complete address" : "";
}

std::string whyNoSource(const std::string& text) {
    const std::size_t scheme = text.find("://");
    if (scheme == std::string::npos || text.starts_with("file://")) return "";
    std::string authority = text.substr(scheme + 3, text.find_first_of("/?#", scheme + 3) - scheme - 3);
    if (const std::size_t at = authority.rfind('@'); at != std::string::npos) authority.erase(0, at + 1);
    const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
    if (bracket == std::string::npos) return "names no host: a [ is not closed";
    const std::size_t colon = authority.find(':', bracket);
    if (authority.substr(0, colon).empty()) return "names no host behind ://";
    if (colon == std::string::npos || isPort(std::string_view(authority).substr(colon + 1))) return "";
    return "has no port number behind the ':' of its host; in user and password write / as %2F, # as %23, ? "
           "as %3F, @ as %40";
}

std::string whyNoWebAddress(const std::string& text) {
    const std::size_t begin = text.starts_with("https://") ? 8 : text.starts_with("http://") ? 7 : 0;
    if (begin == 0) return "must begin with http:// or https://";
    if (text.find_first_of(" \"<>\\^`{|}?#") != std::string::npos)
        return "must be a plain address, without spaces, ? and #";
    const std::string authority = text.substr(begin, text.find('/', begin) - begin);
    if (authority.find('@') != std::string::npos)
        return "must not hold a user or a password: it stands in every alert";
    const std::size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
    const std::size_t colon = bracket == std::string::npos ? bracket : authority.find(':', bracket);
    const std::string host = bracket > 0 && bracket != std::string::npos ? authority.substr(1, bracket - 1)
                                                                         : authority.substr(0, colon);
    if (const std::string why = whyNoHost(host); !why.empty()) return "names no host: its host " + why;
    return colon != std::string::npos && !isPort(std::string_view(authority).substr(colon + 1))
               ? "has no port behind the ':'"
               : "";
}

}  // namespace porchlight::config
