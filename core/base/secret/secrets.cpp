#include "base/secret/secrets.h"

#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <memory>

#include "base/secret/base64.h"
#include "base/secret/redact.h"
#include "base/secret/url.h"
#include "porchlight/mutex.h"
#include "porchlight/percent.h"

namespace porchlight::base {
namespace {

constexpr std::size_t kLeastLength = 4;    // shorter ones would blot out half of every text
constexpr std::size_t kLeastAnywhere = 6;  // shorter ones are hidden as whole words only
/// User and password, of 4,096 bytes each as the configuration takes a text, as a header of HTTP has them
/// (base64).
constexpr std::size_t kMaxLength = 12'000;
constexpr std::size_t kMaxKept = 8192;
/// Part of a path that no person names so: "rtsps://nvr:7441/aB3dE6gH9jK2".
constexpr std::size_t kLongKey = 12;
constexpr std::string_view kCuts = ":/?#@&=%;, \"'\\\t\r\n";

constexpr std::string_view kCommonWords[] = {
    "account",    "admin",    "administrator", "camera",   "channel", "default", "false",   "guest",
    "http",       "https",    "live",          "login",    "main",    "none",    "null",    "onvif",
    "operator",   "password", "pass",          "root",     "rtsp",    "rtsps",   "service", "stream",
    "supervisor", "true",     "user",          "username", "video",   "viewer",  "test",
};

/// The kept texts, the longest first. A copy that is read while another thread may add.
using Kept = std::vector<std::string>;

Mutex kept_mutex;

std::shared_ptr<const Kept>& kept() PORCHLIGHT_REQUIRES(kept_mutex) {
    static std::shared_ptr<const Kept> secrets = std::make_shared<Kept>();
    return secrets;
}

std::shared_ptr<const Kept> keptNow() {
    const LockGuard lock(kept_mutex);
    return kept();
}

bool isWordCharacter(char c) noexcept {
    return std::isalnum(static_cast<unsigned char>(c)) != 0;
}

bool isCommon(std::string_view word) {
    const auto isSame = [](char a, char b) { return a == std::tolower(static_cast<unsigned char>(b)); };
    return std::any_of(std::begin(kCommonWords), std::end(kCommonWords), [&](std::string_view common) {
        return std::equal(common.begin(), common.end(), word.begin(), word.end(), isSame);
    });
}

std::vector<std::string> piecesOf(std::string_view text, std::string_view cuts = kCuts) {
    std::vector<std::string> pieces;
    for (std::size_t at = 0; (at = text.find_first_not_of(cuts, at)) != std::string_view::npos;) {
        const std::size_t end = std::min(text.find_first_of(cuts, at), text.size());
        pieces.emplace_back(text.substr(at, end - at));
        at = end;
    }
    return pieces;
}

std::string lowerHex(std::string encoded) {
    for (std::size_t at = encoded.find('%'); at != std::string::npos && at + 2 < encoded.size();
         at = encoded.find('%', at + 1))
        for (const std::size_t digit : {at + 1, at + 2})
            encoded[digit] = static_cast<char>(std::tolower(static_cast<unsigned char>(encoded[digit])));
    return encoded;
}

/// The secret as it may stand in a text: as written, decoded, encoded, and in pieces.
Kept formsOf(const std::string& secret) {
    const std::string plain = percentDecoded(secret);
    const std::string encoded = percentEncoded(plain);
    Kept forms{secret, plain, encoded, lowerHex(encoded)};
    for (const std::string& text : {secret, plain})
        for (std::string& piece : piecesOf(text)) forms.push_back(std::move(piece));
    return forms;
}

bool isLongKey(std::string_view part) {
    const bool has_digit = part.find_first_of("0123456789") != std::string_view::npos;
    return part.size() >= kLongKey && has_digit && part.find_first_of(".=") == std::string_view::npos;
}

/// Marks the letters of every kept secret in `text`.
void markKept(std::string_view text, const std::string& secret, std::vector<bool>& hidden) {
    for (std::size_t at = text.find(secret); at != std::string_view::npos; at = text.find(secret, at + 1)) {
        const std::size_t end = at + secret.size();
        const bool is_word = (at == 0 || !isWordCharacter(text[at - 1])) &&
                             (end == text.size() || !isWordCharacter(text[end]));
        for (std::size_t i = at; i < end && (is_word || secret.size() >= kLeastAnywhere); ++i)
            hidden[i] = true;
    }
    // Cut off by the end of the text: a buffer of a library was too short for all of it.
    for (std::size_t length = std::min(secret.size() - 1, text.size()); length >= kLeastLength; --length)
        if (text.ends_with(std::string_view(secret).substr(0, length))) {
            std::fill(hidden.end() - static_cast<std::ptrdiff_t>(length), hidden.end(), true);
            return;
        }
}

std::string withoutKept(std::string_view text, const Kept& secrets) {
    std::vector<bool> hidden(text.size(), false);
    for (const std::string& secret : secrets) markKept(text, secret, hidden);
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!hidden[i])
            out += text[i];
        else if (i == 0 || !hidden[i - 1])
            out += "***";
    }
    return out;
}

}  // namespace

std::vector<std::string> secretsIn(std::string_view url) {
    std::vector<std::string> out;
    const UrlParts parts = splitUrl(url);
    if (parts.scheme.empty()) return out;
    if (!parts.credentials.empty()) {
        const std::size_t colon = std::min(parts.credentials.find(':'), parts.credentials.size());
        out.emplace_back(parts.credentials.substr(0, colon));
        if (colon < parts.credentials.size()) out.emplace_back(parts.credentials.substr(colon + 1));
        out.push_back(toBase64(percentDecoded(parts.credentials)));
    }
    // Without an @ a password may have been taken for the port.
    if (parts.port.find_first_not_of("0123456789") != std::string_view::npos) {
        out.emplace_back(parts.host);
        out.emplace_back(parts.port);
    }
    // Of the whole: the @ of a query's value looks like the end of credentials.
    for (const std::string_view value : credentialValues(url)) out.emplace_back(value);
    for (const std::string& part : piecesOf(parts.path.substr(0, parts.path.find('?')), "/"))
        if (isLongKey(part)) out.push_back(part);
    return out;
}

void keepSecrets(const std::vector<std::string>& secrets) {
    const LockGuard lock(kept_mutex);
    Kept all = *kept();
    for (const std::string& secret : secrets) {
        if (secret.size() > kMaxLength) continue;
        for (std::string& form : formsOf(secret))
            if (form.size() >= kLeastLength && !isCommon(form)) all.push_back(std::move(form));
    }
    const auto isLonger = [](const auto& a, const auto& b) {
        return a.size() != b.size() ? a.size() > b.size() : a < b;
    };
    std::sort(all.begin(), all.end(), isLonger);
    all.erase(std::unique(all.begin(), all.end()), all.end());
    if (all.size() > kMaxKept) all.resize(kMaxKept);
    kept() = std::make_shared<const Kept>(std::move(all));
}

void keepSecretsOfEnvironment() {
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::string_view value = text.substr(std::min(text.find('='), text.size() - 1) + 1);
        if (value.find("://") != std::string_view::npos) keepSecrets(secretsIn(value));
    }
}

std::string hideSecrets(std::string_view text) {
    return redactUrls(withoutKept(text, *keptNow()));
}

}  // namespace porchlight::base
