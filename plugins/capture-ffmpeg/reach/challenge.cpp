#include "challenge.h"

extern "C" {
#include <libavutil/base64.h>
#include <libavutil/md5.h>
#include <libavutil/mem.h>
#include <libavutil/random_seed.h>
#include <libavutil/sha.h>
}

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <span>

#include "head.h"
#include "porchlight/error.h"

namespace porchlight::ffmpeg {
namespace {

/// An offer as it is written.
struct Written {
    std::string_view scheme, realm, nonce, opaque, qop, algorithm, stale;
    bool is_damaged = false;  ///< a quote that never ends
};

struct FreeSha {
    void operator()(AVSHA* sha) const noexcept { av_free(sha); }
};

std::string hexadecimal(std::span<const std::uint8_t> bytes) {
    std::string out;
    for (const std::uint8_t byte : bytes) {
        char digits[3];
        std::snprintf(digits, sizeof digits, "%02x", byte);
        out += digits;
    }
    return out;
}

std::string sha256(std::string_view text) {
    const std::unique_ptr<AVSHA, FreeSha> sha(av_sha_alloc());
    if (!sha) throw Error(ErrorKind::Exhausted, "answer a camera: out of memory");
    std::uint8_t hash[32];
    av_sha_init(sha.get(), 256);
    av_sha_update(sha.get(), reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    av_sha_final(sha.get(), hash);
    return hexadecimal(hash);
}

std::string md5(std::string_view text) {
    std::uint8_t hash[16];
    av_md5_sum(hash, reinterpret_cast<const std::uint8_t*>(text.data()), text.size());
    return hexadecimal(hash);
}

std::string base64(const std::string& text) {
    std::string out(AV_BASE64_SIZE(text.size()), '\0');
    av_base64_encode(out.data(), static_cast<int>(out.size()),
                     reinterpret_cast<const std::uint8_t*>(text.data()), static_cast<int>(text.size()));
    out.resize(out.find('\0'));
    return out;
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

/// What stands between the commas that are not within quotes.
std::vector<std::string_view> partsOf(std::string_view list) {
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
std::string_view takeScheme(std::string_view& part) noexcept {
    const std::size_t end = std::min(part.find_first_of(" \t="), part.size());
    const std::string_view rest = trimmed(part.substr(end));
    if (rest.starts_with('=')) return {};
    const std::string_view scheme = part.substr(0, end);
    part = rest;
    return scheme;
}

void takeParameter(std::string_view part, Written& offer) noexcept {
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

Challenge::Kind kindOfOffer(const Written& offer) {
    if (offer.is_damaged || !isSafe(offer.realm) || !isSafe(offer.nonce) || !isSafe(offer.opaque))
        return Challenge::Kind::Other;
    if (isSameWord(offer.scheme, "Basic")) return Challenge::Kind::Basic;
    if (!isSameWord(offer.scheme, "Digest") || (!offer.qop.empty() && !isListed(offer.qop, "auth")))
        return Challenge::Kind::Other;
    if (isSameWord(offer.algorithm, "SHA-256")) return Challenge::Kind::Sha256;
    const bool is_md5 = offer.algorithm.empty() || isSameWord(offer.algorithm, "MD5");
    return is_md5 ? Challenge::Kind::Md5 : Challenge::Kind::Other;
}

Challenge judged(const Written& offer) {
    Challenge out;
    out.kind = kindOfOffer(offer);
    out.is_digest = isSameWord(offer.scheme, "Digest");
    out.has_qop = !offer.qop.empty();
    out.is_stale = out.is_digest && isSameWord(offer.stale, "true");
    out.algorithm = offer.algorithm;
    out.realm = offer.realm;
    out.nonce = offer.nonce;
    out.opaque = offer.opaque;
    return out;
}

std::string digestAnswer(const Challenge& offer, const Login& login, const Asked& asked) {
    const bool is_sha = offer.kind == Challenge::Kind::Sha256;
    const auto hashed = [is_sha](const std::string& text) { return is_sha ? sha256(text) : md5(text); };
    char count[16];
    std::snprintf(count, sizeof count, "%08x", asked.count);
    const std::string uri(asked.uri);
    const std::string nonce(asked.client_nonce);
    const std::string secret = hashed(login.user + ":" + offer.realm + ":" + login.password);
    const std::string middle = offer.has_qop ? ":" + std::string(count) + ":" + nonce + ":auth:" : ":";
    const std::string response =
        hashed(secret + ":" + offer.nonce + middle + hashed(std::string(asked.method) + ":" + uri));
    std::string out = "Authorization: Digest username=\"" + login.user + "\", realm=\"" + offer.realm +
                      "\", nonce=\"" + offer.nonce + "\", uri=\"" + uri + "\"";
    if (!offer.algorithm.empty())
        out += ", algorithm=" + offer.algorithm;  // some know it as they wrote it only
    out += ", response=\"" + response + "\"";
    if (offer.has_qop) out += ", qop=auth, nc=" + std::string(count) + ", cnonce=\"" + nonce + "\"";
    if (!offer.opaque.empty()) out += ", opaque=\"" + offer.opaque + "\"";
    return out + "\r\n";
}

}  // namespace

std::vector<Challenge> challengesIn(std::string_view head) {
    std::vector<Challenge> offers;
    for (const std::string_view field : fieldsOf(head, "WWW-Authenticate")) {
        std::vector<Written> written;
        for (std::string_view part : partsOf(field)) {
            if (const std::string_view scheme = takeScheme(part); !scheme.empty())
                written.emplace_back().scheme = scheme;
            if (!written.empty()) takeParameter(part, written.back());
        }
        for (const Written& one : written) offers.push_back(judged(one));
    }
    return offers;
}

std::string answerTo(const Challenge& offer, const Login& login, const Asked& asked) {
    if (offer.kind == Challenge::Kind::Other) return {};
    if (offer.kind == Challenge::Kind::Basic)
        return "Authorization: Basic " + base64(login.user + ":" + login.password) + "\r\n";
    if (!isSafe(login.user) || login.user.find('\\') != std::string::npos) return {};
    return digestAnswer(offer, login, asked);
}

const Challenge* bestOf(const std::vector<Challenge>& offers) noexcept {
    const Challenge* best = nullptr;
    for (const Challenge& offer : offers)
        if (offer.kind != Challenge::Kind::Other && (best == nullptr || offer.kind > best->kind))
            best = &offer;
    return best;
}

bool doesLibavformatAnswer(const std::vector<Challenge>& offers) noexcept {
    const auto last =
        std::find_if(offers.rbegin(), offers.rend(), [](const Challenge& offer) { return offer.is_digest; });
    const auto isKnown = [](const std::string& algorithm) { return algorithm.empty() || algorithm == "MD5"; };
    if (last != offers.rend()) return last->kind == Challenge::Kind::Md5 && isKnown(last->algorithm);
    return bestOf(offers) != nullptr;
}

std::string freshNonce() {
    char digits[33];
    std::snprintf(digits, sizeof digits, "%08x%08x%08x%08x", av_get_random_seed(), av_get_random_seed(),
                  av_get_random_seed(), av_get_random_seed());
    return digits;
}

}  // namespace porchlight::ffmpeg
