#include "config/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "base/secret/url.h"
#include "base/text.h"
#include "porchlight/head.h"

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

bool isScheme(std::string_view text) noexcept {
    const auto isFit = [](unsigned char c) {
        return std::isalnum(c) != 0 || c == '+' || c == '-' || c == '.';
    };
    return std::all_of(text.begin(), text.end(), isFit);
}

bool isAmong(std::string_view scheme, const std::vector<std::string>& known) {
    return std::any_of(known.begin(), known.end(),
                       [&](const auto& name) { return isSameWord(scheme, name); });
}

/// `schemes`: "rtsp|http"; empty: any.
std::string whyUnknown(std::string_view scheme, std::string_view schemes) {
    const auto known = base::split(schemes, '|');
    if (schemes.empty() || isAmong(scheme, known)) return "";
    std::string names;
    for (const std::string& name : known) names += (names.empty() ? "" : ", ") + name + "://";
    return scheme == "file" ? "must begin with one of " + names
                            : "begins with a scheme that is not one of " + names;
}

/// Why a text without a scheme is no path of a file.
std::string whyNoPath(std::string_view text, std::string_view schemes) {
    const std::string_view word = text.substr(0, text.find(':'));
    if (word.size() < text.size() && isAmong(word, base::split(schemes, '|')))
        return "lacks the // behind " + std::string(word) + ":";
    const bool is_path = text.empty() || text.front() == '/' || text.front() == '.' ||
                         (text.find('@') == std::string_view::npos && !text.starts_with("://"));
    return is_path ? whyUnknown("file", schemes)
                   : "must begin with a scheme such as rtsp:// (a file with an @ in its name with / or ./)";
}

/// What stands behind the host, and begins with a ':' where a port does.
std::string_view behindHost(std::string_view text, const base::UrlParts& parts) noexcept {
    text.remove_prefix(static_cast<std::size_t>(parts.host.data() + parts.host.size() - text.data()));
    return text.starts_with(']') ? text.substr(1) : text;
}

/// Why user, password, host and port of a network address cannot be told apart.
std::string whyNoPlace(std::string_view text, const base::UrlParts& parts) {
    if (const std::size_t wrong = parts.credentials.find_first_of("/?#@"); wrong != std::string_view::npos) {
        const std::string c(1, parts.credentials[wrong]);
        return "has a " + c + " before its last @: in user and password write " + c + " as " +
               base::percentEncoded(c) + (c == "@" ? "" : " (an @ that belongs to the path is written %40)");
    }
    if (text.find("://[") != std::string_view::npos && text.find(']') == std::string_view::npos)
        return "names no host: a [ is not closed";
    if (parts.host.empty()) return "names no host";
    if (!behindHost(text, parts).starts_with(':') || isPort(parts.port)) return "";
    return "has no number from 1 to 65535 as its port: where a password stands there, the @ behind it is "
           "missing, or "
           "YAML took it for a comment (put the address in quotes)";
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

std::string whyNoSource(std::string_view text, std::string_view schemes) {
    const base::UrlParts parts = base::splitUrl(text);
    if (parts.scheme.empty()) return whyNoPath(text, schemes);
    if (!isScheme(parts.scheme)) return "must begin with a scheme such as rtsp://";
    if (const std::string why = whyUnknown(parts.scheme, schemes); !why.empty()) return why;
    return isSameWord(parts.scheme, "file") ? "" : whyNoPlace(text, parts);
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
