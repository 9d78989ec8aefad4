// The texts of WS-Discovery: what is sent, and what may come back.
#include <algorithm>

#include "app/discover/onvif_discovery.h"
#include "base/text.h"
#include "porchlight/percent.h"

namespace porchlight::app {
namespace {

constexpr std::size_t kMaxMatches = 16;  ///< in one answer: a proxy may tell several
constexpr std::size_t kMaxText = 300;

/// The inside of the first element with this local name at or behind `from`; `from` moves behind it.
/// Namespaces are not looked at: cameras use every prefix.
std::optional<std::string_view> nextElement(std::string_view xml, std::string_view name, std::size_t& from) {
    while (from < xml.size()) {
        const std::size_t open = xml.find('<', from);
        const std::size_t close = open == std::string_view::npos ? open : xml.find('>', open);
        if (close == std::string_view::npos) break;
        from = close + 1;
        std::string_view tag = xml.substr(open + 1, close - open - 1);
        const bool is_empty = tag.ends_with('/');
        const std::string_view full = tag.substr(0, tag.find_first_of(" \t\r\n/"));
        const std::size_t colon = full.find(':');
        if ((colon == std::string_view::npos ? full : full.substr(colon + 1)) != name) continue;
        if (is_empty) return std::string_view();
        const std::string ending = "</" + std::string(full);
        const std::size_t end = xml.find(ending, from);
        if (end == std::string_view::npos) break;
        const std::string_view inside = xml.substr(from, end - from);
        from = end + ending.size();
        return inside;
    }
    from = xml.size();
    return std::nullopt;
}

std::string trimmed(std::string_view text) {
    const std::size_t first = text.find_first_not_of(" \t\r\n");
    if (first == std::string_view::npos) return {};
    text = text.substr(first, text.find_last_not_of(" \t\r\n") - first + 1).substr(0, 4096);
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        out += text[i];
        for (const auto& [entity, letter] :
             {std::pair{"&amp;", '&'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}})
            if (text.substr(i).starts_with(entity)) {
                out.back() = letter;
                i += std::string_view(entity).size() - 1;
                break;
            }
    }
    return out;
}

std::string textOf(std::string_view xml, std::string_view name) {
    std::size_t from = 0;
    const auto inside = nextElement(xml, name, from);
    return inside ? trimmed(*inside) : std::string();
}

std::vector<std::string> words(const std::string& text) {
    std::vector<std::string> out;
    std::size_t at = 0;
    while ((at = text.find_first_not_of(" \t\r\n", at)) != std::string::npos && out.size() < 64) {
        const std::size_t end = std::min(text.find_first_of(" \t\r\n", at), text.size());
        out.push_back(text.substr(at, end - at).substr(0, kMaxText));
        at = end;
    }
    return out;
}

std::string scopeOf(const std::vector<std::string>& scopes, const std::string& kind) {
    const std::string prefix = "onvif://www.onvif.org/" + kind + "/";
    for (const std::string& scope : scopes)
        if (scope.starts_with(prefix)) return percentDecoded(scope.substr(prefix.size())).substr(0, 80);
    return {};
}

/// The host of an address; empty when it holds anything that has no business in a host name.
std::string hostOf(const std::string& address) {
    const std::size_t begin = address.find("://");
    if (begin == std::string::npos) return {};
    std::string host = address.substr(begin + 3);
    if (host.starts_with('['))
        host = host.substr(0, host.find(']') + 1);
    else
        host = host.substr(0, host.find_first_of(":/"));
    const bool is_plain =
        !host.empty() && host.size() < 128 && std::all_of(host.begin(), host.end(), [](char c) {
            return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
                   c == '-' || c == ':' || c == '[' || c == ']';
        });
    return is_plain ? host : std::string();
}

}  // namespace

std::string onvifProbe(const std::string& message_id) {
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
           "<e:Envelope xmlns:e=\"http://www.w3.org/2003/05/soap-envelope\""
           " xmlns:w=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\""
           " xmlns:d=\"http://schemas.xmlsoap.org/ws/2005/04/discovery\""
           " xmlns:dn=\"http://www.onvif.org/ver10/network/wsdl\">"
           "<e:Header>"
           "<w:MessageID>" +
           message_id +
           "</w:MessageID>"
           "<w:To e:mustUnderstand=\"true\">urn:schemas-xmlsoap-org:ws:2005:04:discovery</w:To>"
           "<w:Action e:mustUnderstand=\"true\">"
           "http://schemas.xmlsoap.org/ws/2005/04/discovery/Probe"
           "</w:Action>"
           "</e:Header>"
           "<e:Body><d:Probe><d:Types>dn:NetworkVideoTransmitter</d:Types></d:Probe></e:Body>"
           "</e:Envelope>";
}

std::vector<OnvifMatch> parseOnvifAnswer(std::string_view xml, std::string_view message_id) {
    std::vector<OnvifMatch> out;
    if (textOf(xml, "RelatesTo") != message_id) return out;
    std::size_t from = 0;
    while (out.size() < kMaxMatches) {
        const auto inside = nextElement(xml, "ProbeMatch", from);
        if (!inside) break;
        OnvifMatch match;
        match.endpoint = textOf(*inside, "Address").substr(0, kMaxText);
        for (const std::string& address : words(textOf(*inside, "XAddrs")))
            if (address.starts_with("http://") || address.starts_with("https://"))
                match.addresses.push_back(address);
        const auto scopes = words(textOf(*inside, "Scopes"));
        match.name = scopeOf(scopes, "name");
        match.hardware = scopeOf(scopes, "hardware");
        if (!match.endpoint.empty() || !match.addresses.empty()) out.push_back(std::move(match));
    }
    return out;
}

FoundCamera cameraOf(const OnvifMatch& match, const std::string& sender) {
    // The address on the network that we share with it, if it tells that one; a camera may have several.
    std::string host;
    for (const std::string& address : match.addresses)
        if (const std::string candidate = hostOf(address);
            !candidate.empty() && (host.empty() || candidate == sender))
            host = candidate;
    if (host.empty()) host = sender;
    FoundCamera camera;
    camera.id = match.endpoint.empty() ? match.addresses.front() : match.endpoint;
    camera.title = match.name;
    if (!match.hardware.empty() && match.hardware != match.name)
        camera.title += (camera.title.empty() ? "" : " ") + match.hardware;
    if (camera.title.empty()) camera.title = "Network camera " + host;
    camera.offers = "ONVIF" + (match.addresses.empty() ? std::string() : " " + match.addresses.front());
    camera.problem = "fill in user, password and path: porchlight sources --onvif " + host +
                     " --user NAME finds the streams";
    camera.settings = {{"url", "rtsp://USER:PASSWORD@" + host + ":554/"}};
    return camera;
}

}  // namespace porchlight::app
