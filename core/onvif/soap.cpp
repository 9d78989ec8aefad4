#include "onvif/soap.h"

#include <Poco/MD5Engine.h>
#include <Poco/SHA1Engine.h>
#include <sys/random.h>

#include <algorithm>
#include <cctype>
#include <cerrno>

#include "base/fd.h"
#include "base/secret/base64.h"
#include "base/secret/sha256.h"
#include "base/text.h"
#include "porchlight/error.h"
#include "porchlight/head.h"
#include "porchlight/percent.h"

namespace porchlight::onvif {
namespace {

constexpr std::size_t kMaxReason = 160;
constexpr const char* kWss = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-";

bool holds(std::string_view text, std::string_view word) {
    return lower(text).find(word) != std::string::npos;
}

std::string md5Hex(std::string_view text) {
    Poco::MD5Engine engine;
    engine.update(text.data(), text.size());
    return hexText(engine.digest());
}

std::string withoutPrefix(std::string_view name) {
    return std::string(name.substr(name.rfind(':') + 1));
}

/// SOAP 1.2 nests its codes from the general to the particular.
std::string innermostCode(const Node& fault) {
    const Node* code = fault.find("Code");
    while (code != nullptr && code->find("Subcode") != nullptr) code = code->find("Subcode");
    return withoutPrefix(code != nullptr ? code->textAt("Value") : fault.textAt("faultcode"));
}

Fault faultOf(const Node& node) {
    Fault out;
    out.code = innermostCode(node);
    for (const char* path : {"Reason/Text", "faultstring", "Detail/Text", "detail"})
        if (out.reason.empty()) out.reason = node.textAt(path);
    return out;
}

}  // namespace

std::string envelope(const Operation& operation, const std::string& header) {
    const std::string name(operation.name);
    return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"
           "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\">" +
           (header.empty() ? header : "<s:Header>" + header + "</s:Header>") + "<s:Body><" + name +
           " xmlns=\"" + std::string(operation.service) + "\">" + operation.arguments + "</" + name +
           "></s:Body></s:Envelope>";
}

std::string usernameToken(const Login& login, std::string_view nonce, WallTime now) {
    const std::string created = formatTime(now, 0);
    Poco::SHA1Engine engine;
    engine.update(nonce.data(), nonce.size());
    engine.update(created);
    engine.update(login.password);
    const auto digest = engine.digest();
    const std::string wss(kWss);
    return "<Security s:mustUnderstand=\"1\" xmlns=\"" + wss + "wssecurity-secext-1.0.xsd\"><UsernameToken>" +
           "<Username>" + xmlText(login.user) + "</Username><Password Type=\"" + wss +
           "username-token-profile-1.0#PasswordDigest\">" + base::toBase64({digest.data(), digest.size()}) +
           "</Password><Nonce EncodingType=\"" + wss + "soap-message-security-1.0#Base64Binary\">" +
           base::toBase64(nonce) + "</Nonce><Created xmlns=\"" + wss + "wssecurity-utility-1.0.xsd\">" +
           created + "</Created></UsernameToken></Security>";
}

std::string Fault::text() const {
    const std::string whole = code.empty() || reason.empty() ? code + reason : code + ", " + reason;
    return base::printable(whole.empty() ? "a fault without a reason" : whole.substr(0, kMaxReason));
}

SoapAnswer readSoap(std::string_view body) {
    Node root = parseXml(body);
    auto content = std::find_if(root.children.begin(), root.children.end(),
                                [](const Node& child) { return child.name == "Body"; });
    if (root.name != "Envelope" || content == root.children.end() || content->children.empty())
        throw Error(ErrorKind::BadData, "XML that is no SOAP");
    SoapAnswer out;
    out.content = std::move(content->children.front());
    if (out.content.name == "Fault") out.fault = faultOf(out.content);
    return out;
}

bool saysNotAuthorized(const Fault& fault) {
    for (const char* code : {"NotAuthorized", "FailedAuthentication", "InvalidSecurity", "FailedCheck",
                             "InvalidSecurityToken", "OperationProhibited"})
        if (isSameWord(fault.code, code)) return true;
    return holds(fault.reason, "not authorized") || holds(fault.reason, "unauthorized") ||
           holds(fault.reason, "authentication fail") || holds(fault.reason, "requires authentication");
}

bool saysNotSupported(const Fault& fault) {
    return isSameWord(fault.code, "ActionNotSupported") || holds(fault.reason, "not supported") ||
           holds(fault.reason, "not implemented");
}

bool saysExpired(const Fault& fault) {
    return isSameWord(fault.code, "MessageExpired") || isSameWord(fault.code, "Expired") ||
           holds(fault.reason, "expired") || holds(fault.reason, "timestamp");
}

bool saysLocked(std::string_view text) {
    const std::string low = lower(text.substr(0, 65536));
    if (low.find(">lock<") != std::string::npos) return true;
    for (const char* word : {"locked", "blocked"})
        for (std::size_t at = low.find(word); at != std::string::npos; at = low.find(word, at + 1))
            if (at == 0 || std::isalpha(static_cast<unsigned char>(low[at - 1])) == 0) return true;
    return false;
}

DigestHashes digestHashes() noexcept {
    return {md5Hex, base::sha256Hex};
}

std::string freshBytes(std::size_t size) {
    std::string out(size, '\0');
    if (::getrandom(out.data(), size, 0) != static_cast<ssize_t>(size))
        throw base::errnoError("get random bytes", errno);
    return out;
}

}  // namespace porchlight::onvif
