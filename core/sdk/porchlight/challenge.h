/// How cameras ask who is there by HTTP Digest with MD5 and SHA-256, also of a session (RFC 7616), and the
/// answers.
#pragma once

#include <algorithm>
#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

#include "porchlight/head.h"

namespace porchlight {

struct Login {
    std::string user;
    std::string password;
};

/// One offer of a 401. Plain data.
struct Challenge {
    enum class Kind { Other = 1, Basic, Md5, Sha256 };  ///< Other: nothing that can be answered here

    Kind kind = Kind::Other;
    bool is_digest = false;   ///< of whatever algorithm
    bool is_session = false;  ///< of a digest: MD5-sess, SHA-256-sess
    bool has_qop = false;
    bool is_stale = false;  ///< of a digest: the password was right, the nonce is over
    std::string algorithm;  ///< as it is written; empty: it names none
    std::string realm;
    std::string nonce;
    std::string opaque;
};

/// The request that an answer is for. A session keeps its client nonce as long as the camera's nonce.
struct Asked {
    std::string_view method;
    std::string_view uri;
    std::string_view client_nonce;  ///< not used before with another nonce
    unsigned count = 1;             ///< of requests with this nonce
};

/// Hashes as lower-case hexadecimal digits, of whichever library is at hand.
struct DigestHashes {
    std::string (*md5)(std::string_view text);
    std::string (*sha256)(std::string_view text);
};

namespace detail {

/// An offer as it is written.
struct WrittenOffer {
    std::string_view scheme, realm, nonce, opaque, qop, algorithm, stale;
    bool is_damaged = false;  ///< a quote that never ends
};

/// Whether it stands in a list: "auth-int" is another word than "auth".
inline bool isListed(std::string_view list, std::string_view word) {
    while (!list.empty()) {
        const std::string_view one = list.substr(0, list.find(','));
        if (isSameWord(trimmed(one), word)) return true;
        list.remove_prefix(std::min(list.size(), one.size() + 1));
    }
    return false;
}

/// A quote or the end of a line would begin something else in our request.
inline bool isSafeInQuotes(std::string_view value) {
    return std::all_of(value.begin(), value.end(),
                       [](unsigned char c) { return c >= 0x20 && c != 0x7f && c != '"'; });
}

/// What stands between the commas that are not within quotes.
inline std::vector<std::string_view> partsOf(std::string_view list) {
    std::vector<std::string_view> parts;
    bool is_quoted = false;
    std::size_t begin = 0;
    for (std::size_t at = 0; at <= list.size(); ++at) {
        if (at < list.size() && list[at] == '"') is_quoted = !is_quoted;
        if (at < list.size() && (list[at] != ',' || is_quoted)) continue;
        parts.push_back(trimmed(list.substr(begin, at - begin)));
        begin = at + 1;
    }
    return parts;
}

/// "Digest realm=x" begins an offer, "realm=x" goes on with it: `part` becomes that. -> the scheme, or
/// nothing
inline std::string_view takeScheme(std::string_view& part) noexcept {
    const std::size_t end = std::min(part.find_first_of(" \t="), part.size());
    const std::string_view rest = trimmed(part.substr(end));
    if (rest.starts_with('=')) return {};
    const std::string_view scheme = part.substr(0, end);
    part = rest;
    return scheme;
}

inline void takeParameter(std::string_view part, WrittenOffer& offer) noexcept {
    const std::size_t sign = part.find('=');
    if (sign == std::string_view::npos) return;
    const std::string_view name = trimmed(part.substr(0, sign));
    std::string_view value = trimmed(part.substr(sign + 1));
    if (value.starts_with('"')) {
        offer.is_damaged |= value.size() < 2 || !value.ends_with('"');
        value = value.substr(1, std::max<std::size_t>(value.size(), 2) - 2);
    }
    const struct {
        std::string_view name;
        std::string_view& value;
    } known[] = {{"realm", offer.realm}, {"nonce", offer.nonce},         {"opaque", offer.opaque},
                 {"qop", offer.qop},     {"algorithm", offer.algorithm}, {"stale", offer.stale}};
    for (const auto& one : known)
        if (isSameWord(name, one.name)) one.value = value;
}

/// "MD5-sess": the algorithm is what stands before it.
inline constexpr std::string_view kSession = "-sess";

inline bool isOfSession(std::string_view algorithm) noexcept {
    return algorithm.size() > kSession.size() &&
           isSameWord(algorithm.substr(algorithm.size() - kSession.size()), kSession);
}

inline Challenge::Kind kindOfOffer(const WrittenOffer& offer) {
    if (offer.is_damaged || !isSafeInQuotes(offer.realm) || !isSafeInQuotes(offer.nonce) ||
        !isSafeInQuotes(offer.opaque))
        return Challenge::Kind::Other;
    if (isSameWord(offer.scheme, "Basic")) return Challenge::Kind::Basic;
    if (!isSameWord(offer.scheme, "Digest") || (!offer.qop.empty() && !isListed(offer.qop, "auth")))
        return Challenge::Kind::Other;
    std::string_view hash = offer.algorithm;
    if (isOfSession(hash)) hash.remove_suffix(kSession.size());
    if (isSameWord(hash, "SHA-256")) return Challenge::Kind::Sha256;
    const bool is_md5 = hash.empty() || isSameWord(hash, "MD5");
    return is_md5 ? Challenge::Kind::Md5 : Challenge::Kind::Other;
}

inline Challenge judged(const WrittenOffer& offer) {
    Challenge out;
    out.kind = kindOfOffer(offer);
    out.is_digest = isSameWord(offer.scheme, "Digest");
    out.is_session = out.is_digest && isOfSession(offer.algorithm);
    out.has_qop = !offer.qop.empty();
    out.is_stale = out.is_digest && isSameWord(offer.stale, "true");
    out.algorithm = offer.algorithm;
    out.realm = offer.realm;
    out.nonce = offer.nonce;
    out.opaque = offer.opaque;
    return out;
}

}  // namespace detail

/// All offers in a head, in their order, also several in one field. Pure; bytes may be hostile.
inline std::vector<Challenge> challengesIn(std::string_view head) {
    std::vector<Challenge> offers;
    for (const std::string_view field : fieldsOf(head, "WWW-Authenticate")) {
        std::vector<detail::WrittenOffer> written;
        for (std::string_view part : detail::partsOf(field)) {
            if (const std::string_view scheme = detail::takeScheme(part); !scheme.empty())
                written.emplace_back().scheme = scheme;
            if (!written.empty()) detail::takeParameter(part, written.back());
        }
        for (const detail::WrittenOffer& one : written) offers.push_back(detail::judged(one));
    }
    return offers;
}

/// The strongest that can be answered, one of `offers`; null: none. Pure.
inline const Challenge* bestOf(const std::vector<Challenge>& offers) noexcept {
    const Challenge* best = nullptr;
    for (const Challenge& offer : offers)
        if (offer.kind != Challenge::Kind::Other && (best == nullptr || offer.kind > best->kind))
            best = &offer;
    return best;
}

/// "Authorization: Digest ..." with the end of its line, for an offer of Md5 or Sha256; empty where it is
/// another, or the user's name would be more than a name in a header. Any thread; never blocks; throws what
/// the hashes do.
inline std::string digestAnswer(const Challenge& offer, const Login& login, const Asked& asked,
                                const DigestHashes& hashes) {
    const bool is_sha = offer.kind == Challenge::Kind::Sha256;
    if (!is_sha && offer.kind != Challenge::Kind::Md5) return {};
    if (!detail::isSafeInQuotes(login.user) || login.user.find('\\') != std::string::npos) return {};
    const auto hashed = is_sha ? hashes.sha256 : hashes.md5;
    char count[16];
    std::snprintf(count, sizeof count, "%08x", asked.count);
    const std::string uri(asked.uri);
    const std::string nonce(asked.client_nonce);
    std::string secret = hashed(login.user + ":" + offer.realm + ":" + login.password);
    if (offer.is_session) secret = hashed(secret + ":" + offer.nonce + ":" + nonce);
    const std::string middle = offer.has_qop ? ":" + std::string(count) + ":" + nonce + ":auth:" : ":";
    const std::string response =
        hashed(secret + ":" + offer.nonce + middle + hashed(std::string(asked.method) + ":" + uri));
    std::string out = "Authorization: Digest username=\"" + login.user + "\", realm=\"" + offer.realm +
                      "\", nonce=\"" + offer.nonce + "\", uri=\"" + uri + "\"";
    if (!offer.algorithm.empty())
        out += ", algorithm=" + offer.algorithm;  // some know it as they wrote it only
    out += ", response=\"" + response + "\"";
    if (offer.has_qop) out += ", qop=auth, nc=" + std::string(count);
    if (offer.has_qop || offer.is_session) out += ", cnonce=\"" + nonce + "\"";
    if (!offer.opaque.empty()) out += ", opaque=\"" + offer.opaque + "\"";
    return out + "\r\n";
}

}  // namespace porchlight
