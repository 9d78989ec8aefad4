#include "digest.h"

extern "C" {
#include <libavutil/mem.h>
#include <libavutil/random_seed.h>
#include <libavutil/sha.h>
}

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cctype>
#include <cstdint>
#include <cstdio>
#include <memory>

#include "porchlight/error.h"
#include "socket.h"

namespace porchlight::ffmpeg {
namespace {

constexpr std::size_t kMaxHead = 16384;

struct FreeSha {
    void operator()(AVSHA* sha) const noexcept { av_free(sha); }
};

std::string sha256(std::string_view text) {
    const std::unique_ptr<AVSHA, FreeSha> sha(av_sha_alloc());
    if (!sha) throw Error(ErrorKind::Exhausted, "answer a camera: out of memory");
    std::uint8_t hash[32];
    av_sha_init(sha.get(), 256);
    av_sha_update(sha.get(), reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    av_sha_final(sha.get(), hash);
    std::string out;
    for (const std::uint8_t byte : hash) {
        char digits[3];
        std::snprintf(digits, sizeof digits, "%02x", byte);
        out += digits;
    }
    return out;
}

bool isSameWord(std::string_view left, std::string_view right) {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

std::string_view trimmed(std::string_view text) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t"), text.size()));
    while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
    return text;
}

/// Whether it stands in a list: "auth-int" is another word than "auth".
bool isListed(std::string_view list, std::string_view word) {
    while (!list.empty()) {
        const std::string_view one = list.substr(0, list.find(','));
        if (isSameWord(trimmed(one), word)) return true;
        list.remove_prefix(std::min(list.size(), one.size() + 1));
    }
    return false;
}

/// A quote or the end of a line would begin something else in our request.
bool isSafe(std::string_view value) {
    return std::all_of(value.begin(), value.end(),
                       [](unsigned char c) { return c >= 0x20 && c != 0x7f && c != '"'; });
}

/// The value of a parameter of an offer, without quotes.
std::string parameterOf(std::string_view offer, std::string_view name) {
    bool is_quoted = false;
    std::size_t begin = 0;
    for (std::size_t at = 0; at <= offer.size(); ++at) {
        if (at < offer.size() && offer[at] == '"') is_quoted = !is_quoted;
        if (at < offer.size() && (offer[at] != ',' || is_quoted)) continue;
        std::string_view part = offer.substr(begin, at - begin);
        begin = at + 1;
        const std::size_t sign = part.find('=');
        if (sign == std::string_view::npos || !isSameWord(trimmed(part.substr(0, sign)), name)) continue;
        std::string_view value = trimmed(part.substr(sign + 1));
        if (value.size() >= 2 && value.front() == '"') value = value.substr(1, value.size() - 2);
        return std::string(value);
    }
    return {};
}

/// The first offer of Digest with SHA-256, behind the word Digest; empty: there is none.
std::string_view offerIn(std::string_view head) {
    constexpr std::string_view kName = "WWW-Authenticate:";
    while (!head.empty()) {
        std::string_view line = head.substr(0, head.find("\r\n"));
        head.remove_prefix(std::min(head.size(), line.size() + 2));
        if (line.size() <= kName.size() || !isSameWord(line.substr(0, kName.size()), kName)) continue;
        line.remove_prefix(kName.size());
        line = trimmed(line);
        if (line.size() > 7 && isSameWord(line.substr(0, 7), "Digest ") &&
            isSameWord(parameterOf(line.substr(7), "algorithm"), "SHA-256"))
            return line.substr(7);
    }
    return {};
}

std::string pathOf(const std::string& url) {
    const std::size_t slash = url.find('/', url.find("://") + 3);
    return slash == std::string::npos ? "/" : url.substr(slash);
}

Socket connectToOneOf(const std::vector<std::string>& hosts, Address address, Deadline deadline,
                      const std::atomic<bool>& stop) {
    for (const std::string& host : hosts) {
        if (deadline.isPast()) break;
        address.host = host;
        if (Socket socket = connectTo(address, stop); socket.fd() >= 0) return socket;
    }
    return Socket();
}

/// The head of what the camera answers to somebody without a password.
std::string headOf(const Address& address, const std::vector<std::string>& hosts, Deadline deadline,
                   const std::atomic<bool>& stop) {
    const Socket socket = connectToOneOf(hosts, address, deadline, stop);
    if (socket.fd() < 0) return {};
    const bool is_ipv6 = address.host.find(':') != std::string::npos;
    const std::string host = is_ipv6 ? "[" + address.host + "]" : address.host;
    const std::string request = "GET " + pathOf(withoutLogin(address.url)) + " HTTP/1.1\r\nHost: " + host +
                                ":" + std::to_string(address.port) + "\r\nConnection: close\r\n\r\n";
    return ask(socket, request, "\r\n\r\n", kMaxHead, deadline, stop).text;
}

}  // namespace

std::string sha256Answer(std::string_view head, const Login& login, std::string_view method,
                         std::string_view path, std::string_view client_nonce) {
    const std::string_view offer = offerIn(head);
    if (offer.empty()) return {};
    const std::string realm = parameterOf(offer, "realm");
    const std::string nonce = parameterOf(offer, "nonce");
    const std::string opaque = parameterOf(offer, "opaque");
    const std::string qop = parameterOf(offer, "qop");
    const bool has_qop = isListed(qop, "auth");
    if (!isSafe(login.user) || login.user.find('\\') != std::string::npos || !isSafe(realm) ||
        !isSafe(nonce) || !isSafe(opaque) || (!qop.empty() && !has_qop))
        return {};
    const std::string used(client_nonce);
    const std::string where(path);
    const std::string secret = sha256(login.user + ":" + realm + ":" + login.password);
    const std::string asked = sha256(std::string(method) + ":" + where);
    const std::string middle = has_qop ? ":00000001:" + used + ":auth:" : ":";
    const std::string response = sha256(secret + ":" + nonce + middle + asked);
    std::string out = "Authorization: Digest username=\"" + login.user + "\", realm=\"" + realm +
                      "\", nonce=\"" + nonce + "\", uri=\"" + where + "\", algorithm=SHA-256, response=\"" +
                      response + "\"";
    if (has_qop) out += ", qop=auth, nc=00000001, cnonce=\"" + used + "\"";
    if (!opaque.empty()) out += ", opaque=\"" + opaque + "\"";
    return out + "\r\n";
}

std::string sha256Header(const Address& address, const std::vector<std::string>& hosts, Deadline deadline,
                         const std::atomic<bool>& stop) {
    const auto login = loginOf(address.url);
    if (address.scheme != "http" || address.port <= 0 || !login) return {};
    const std::string once = std::to_string(av_get_random_seed()) + std::to_string(av_get_random_seed());
    return sha256Answer(headOf(address, hosts, deadline, stop), *login, "GET",
                        pathOf(withoutLogin(address.url)), once);
}

}  // namespace porchlight::ffmpeg
