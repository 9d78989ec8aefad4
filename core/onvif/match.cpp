#include "onvif/match.h"

#include <algorithm>
#include <cctype>

#include "onvif/camera.h"
#include "onvif/xml.h"
#include "porchlight/head.h"
#include "porchlight/percent.h"
#include "porchlight/utf8.h"

namespace porchlight::onvif {
namespace {

constexpr std::size_t kMaxMatches = 16;  ///< in one answer: a proxy may tell several
constexpr std::size_t kMaxWord = 300;
constexpr std::size_t kMaxList = 4096;  ///< addresses or scopes of one camera

/// "&amp;", "&#38;": what XML takes an ampersand for.
bool isReference(std::string_view text) noexcept {
    const std::size_t end = text.substr(0, 10).find(';');
    return end != std::string_view::npos && end > 1 &&
           std::all_of(text.begin() + 1, text.begin() + static_cast<std::ptrdiff_t>(end),
                       [](unsigned char c) { return c == '#' || std::isalnum(c) != 0; });
}

/// An answer as XML is written. A camera is found, too, whose owner named it "Garage & yard" or in an
/// encoding that it does not tell, or that sends the NUL behind its text.
std::string asXml(std::string_view answer) {
    answer = trimmed(answer.substr(0, answer.find('\0')));
    if (answer.starts_with("<?xml"))  // the encoding that it names says little of what it holds
        answer.remove_prefix(std::min(answer.find("?>"), answer.size() - 2) + 2);
    std::string out;
    for (; !answer.empty(); answer.remove_prefix(1)) {
        out += answer.front();
        if (answer.front() == '&' && !isReference(answer)) out += "amp;";
    }
    return asUtf8(out);
}

/// Nothing in it when it is no XML.
Node treeOf(std::string_view answer) {
    try {
        return parseXml(asXml(answer));
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::BadData) throw;
        return {};  // anybody may send anything: the next answer may be a camera's
    }
}

std::vector<std::string> words(std::string_view text) {
    text = text.substr(0, kMaxList);
    std::vector<std::string> out;
    std::size_t at = 0;
    while ((at = text.find_first_not_of(" \t\r\n", at)) != std::string_view::npos && out.size() < 64) {
        const std::size_t end = std::min(text.find_first_of(" \t\r\n", at), text.size());
        out.emplace_back(text.substr(at, std::min(end - at, kMaxWord)));
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

std::string probe(const std::string& message_id) {
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

std::vector<Match> matchesIn(std::string_view answer, std::string_view message_id) {
    std::vector<Match> out;
    const Node root = treeOf(answer);
    const Node* matches = root.find("Body/ProbeMatches");
    if (matches == nullptr || root.textAt("Header/RelatesTo") != message_id) return out;
    for (const Node& node : matches->children) {
        if (node.name != "ProbeMatch" || out.size() >= kMaxMatches) continue;
        Match match;
        match.endpoint = node.textAt("EndpointReference/Address").substr(0, kMaxWord);
        for (std::string& address : words(node.textAt("XAddrs")))
            if (address.starts_with("http://") || address.starts_with("https://"))
                match.addresses.push_back(std::move(address));
        const auto scopes = words(node.textAt("Scopes"));
        match.name = scopeOf(scopes, "name");
        match.hardware = scopeOf(scopes, "hardware");
        if (!match.endpoint.empty() || !match.addresses.empty()) out.push_back(std::move(match));
    }
    return out;
}

FoundCamera foundCamera(const Match& match, const std::string& sender) {
    // The address on the network that we share with it, if it tells that one; a camera may have several.
    std::string host;
    for (const std::string& address : match.addresses)
        if (const std::string candidate = hostOf(address);
            !candidate.empty() && (host.empty() || candidate == sender))
            host = candidate;
    if (host.empty()) host = sender;
    FoundCamera camera;
    camera.id = match.endpoint.empty() ? match.addresses.front() : match.endpoint;
    camera.title = titleOf(match.name, match.hardware, host);
    camera.offers = "ONVIF" + (match.addresses.empty() ? std::string() : " " + match.addresses.front());
    camera.problem = "fill in user, password and path: porchlight sources --onvif " + host +
                     " --user NAME finds the streams";
    camera.settings = {{"url", "rtsp://USER:PASSWORD@" + host + ":554/"}};
    return camera;
}

}  // namespace porchlight::onvif
