#include "onvif/address.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/secret/secrets.h"
#include "base/secret/url.h"
#include "base/text.h"
#include "porchlight/error.h"
#include "porchlight/head.h"

namespace porchlight::onvif {
namespace {

constexpr std::size_t kMaxAddress = 1024;

bool isHost(std::string_view text) noexcept {
    return !text.empty() && text.size() < 254 && std::all_of(text.begin(), text.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               std::string_view(".-_:%").find(c) != std::string_view::npos;
    });
}

/// What may stand in the first line of a request, and in a configuration between quotes.
bool isPath(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(),
                       [](unsigned char c) { return c > 0x20 && c < 0x7f && c != '"' && c != '\\'; });
}

/// -1: none.
int portIn(std::string_view text) noexcept {
    int port = -1;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), port);
    return failure == std::errc{} && end == text.data() + text.size() && port > 0 && port < 65536 ? port : -1;
}

std::optional<ServiceAddress> webAddress(std::string_view text) {
    const base::UrlParts parts = base::splitUrl(text);
    ServiceAddress out;
    out.is_secure = isSameWord(parts.scheme, "https");
    out.host = parts.host;
    out.port = parts.port.empty() ? (out.is_secure ? 443 : 80) : portIn(parts.port);
    if (parts.path.size() > 1 && parts.path.front() == '/') out.path = parts.path;
    out.path = out.path.substr(0, out.path.find('#'));
    const bool is_web = out.is_secure || isSameWord(parts.scheme, "http");
    if (!is_web || text.size() > kMaxAddress || !isHost(out.host) || !isPath(out.path) || out.port < 0)
        return {};
    return out;
}

std::string bracketed(const std::string& host) {
    return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

std::string without(std::string text, const std::string& hidden) {
    for (std::size_t at = 0; !hidden.empty() && (at = text.find(hidden, at)) != std::string::npos; at += 3)
        text.replace(at, hidden.size(), "***");
    return text;
}

/// Some put it in as it is, with characters that mean something in an address.
std::string withoutPassword(std::string_view told, std::string_view password) {
    const std::string whole(told);
    if (password.size() < 4) return whole;  // would be found in every address
    return without(without(whole, std::string(password)), base::percentEncoded(password));
}

std::string withoutCredentials(std::string_view path) {
    std::string out;
    std::size_t done = 0;
    for (const std::string_view value : base::credentialValues(path)) {
        const auto at = static_cast<std::size_t>(value.data() - path.data());
        out.append(path.substr(done, at - done)).append("***");
        done = at + value.size();
    }
    return out.append(path.substr(done));
}

}  // namespace

std::string ServiceAddress::hostAndPort() const {
    return bracketed(host) + ":" + std::to_string(port);
}

std::string ServiceAddress::text() const {
    return (is_secure ? "https://" : "http://") + hostAndPort() + path;
}

ServiceAddress parseServiceAddress(std::string_view written) {
    std::string url(trimmed(written));
    if (url.find("://") == std::string::npos) {
        const bool is_ipv6 = !url.starts_with('[') && std::count(url.begin(), url.end(), ':') > 1;
        url = "http://" + (is_ipv6 ? "[" + url + "]" : url);
    }
    if (!base::splitUrl(url).credentials.empty() || url.find('@') != std::string::npos)
        throw Error(ErrorKind::Misconfigured,
                    "the address holds a user or password: give --user NAME, the password is asked for");
    if (const auto address = webAddress(url)) return *address;
    throw Error(ErrorKind::Misconfigured, base::printable(url) +
                                              " is no address of a camera: 192.0.2.10, 192.0.2.10:8080 or "
                                              "http://192.0.2.10/onvif/device_service");
}

ServiceAddress serviceAt(const ServiceAddress& reached, std::string_view told) {
    std::optional<ServiceAddress> best;
    while (!(told = trimmed(told)).empty()) {
        const std::string_view one = told.substr(0, told.find_first_of(" \t\r\n"));
        told.remove_prefix(one.size());
        const auto address = webAddress(one);
        if (!address) continue;
        if (isSameWord(address->host, reached.host) && address->is_secure == reached.is_secure)
            return *address;
        if (!best) best = address;
    }
    ServiceAddress out = reached;
    if (best) out.path = best->path;
    return out;
}

std::string shownStream(std::string_view told, const std::string& host, std::string_view password) {
    const std::string url = withoutPassword(told, password);
    const base::UrlParts parts = base::splitUrl(url);
    const bool is_known = isSameWord(parts.scheme, "rtsp") || isSameWord(parts.scheme, "rtsps") ||
                          isSameWord(parts.scheme, "http") || isSameWord(parts.scheme, "https");
    if (!is_known || told.size() > kMaxAddress || !isHost(parts.host) || !isPath(parts.path)) return {};
    if (!parts.port.empty() && portIn(parts.port) < 0) return {};
    std::string out(parts.scheme);
    out += "://" + bracketed(host);
    if (!parts.port.empty()) out += ":" + std::string(parts.port);
    return out + withoutCredentials(parts.path);
}

std::string openedStream(std::string_view told, const std::string& host, const std::optional<Login>& login) {
    if (shownStream(told, host, {}).empty()) return {};
    const base::UrlParts parts = base::splitUrl(told);
    std::string out = std::string(parts.scheme) + "://";
    if (login)
        out += base::percentEncoded(login->user) + ":" + base::percentEncoded(login->password) + "@";
    else if (!parts.credentials.empty())
        out += std::string(parts.credentials) + "@";
    out += bracketed(host);
    if (!parts.port.empty()) out += ":" + std::string(parts.port);
    return out.append(parts.path);
}

std::string withUser(const std::string& stream, std::string_view user) {
    const std::size_t host = stream.find("://") + 3;
    return stream.substr(0, host) + base::percentEncoded(user) + ":PASSWORD@" + stream.substr(host);
}

}  // namespace porchlight::onvif
