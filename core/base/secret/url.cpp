#include "base/secret/url.h"

#include <algorithm>
#include <cctype>

#include "porchlight/head.h"

namespace porchlight::base {
namespace {

/// "host:port" or "[address]:port".
void splitPlace(std::string_view place, UrlParts& parts) noexcept {
    const bool is_bracketed = place.starts_with('[') && place.find(']') != std::string_view::npos;
    const std::size_t end_of_host = is_bracketed ? place.find(']') : 0;
    const std::size_t colon = place.find(':', end_of_host);
    parts.host = is_bracketed ? place.substr(1, end_of_host - 1) : place.substr(0, colon);
    if (colon != std::string_view::npos) parts.port = place.substr(colon + 1);
}

/// Names that hold credentials wherever they end a word ("accessToken"), and those that do so only as a whole
/// word of a query.
constexpr std::string_view kStrongNames[] = {"password", "passwd", "passphrase", "pwd",        "psw",
                                             "token",    "secret", "apikey",     "credential", "credentials"};
constexpr std::string_view kWeakNames[] = {"user",    "usr",       "username",      "login", "account",
                                           "pass",    "auth",      "authorization", "key",   "code",
                                           "session", "sessionid", "sid",           "sig",   "signature"};

bool isNameCharacter(char c) noexcept {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
}

/// Whether the value behind `name` is a credential. `before`: the character in front of it.
bool isCredential(std::string_view name, char before) {
    const std::string low = lower(name);
    for (const std::string_view strong : kStrongNames)
        if (low.ends_with(strong)) return true;
    const bool is_in_query = before == '?' || before == '&' || before == '/' || before == ';';
    return std::any_of(std::begin(kWeakNames), std::end(kWeakNames), [&](std::string_view weak) {
        if (!low.ends_with(weak)) return false;
        if (low.size() == weak.size()) return is_in_query;
        return low[low.size() - weak.size() - 1] == '_';
    });
}

/// Behind the value that begins at `from`: "Secret&channel=1", "Secret_channel=1".
std::size_t endOfValue(std::string_view text, std::size_t from) {
    std::size_t end = std::min(text.find_first_of("& \t\r\n\"'<>;", from), text.size());
    const std::size_t next = text.substr(0, end).find('=', from);
    if (next == std::string_view::npos) return end;
    const std::size_t cut = text.substr(0, next).rfind('_');
    return cut != std::string_view::npos && cut >= from ? cut : end;
}

}  // namespace

UrlParts splitUrl(std::string_view url) noexcept {
    UrlParts parts;
    const std::size_t colon = url.find("://");
    if (colon == std::string_view::npos) return parts;
    parts.scheme = url.substr(0, colon);
    std::string_view rest = url.substr(colon + 3);
    if (const std::size_t at = rest.rfind('@'); at != std::string_view::npos) {
        parts.credentials = rest.substr(0, at);
        rest.remove_prefix(at + 1);
    }
    const std::size_t end = std::min(rest.find_first_of("/?#"), rest.size());
    parts.path = rest.substr(end);
    splitPlace(rest.substr(0, end), parts);
    return parts;
}

std::vector<std::string_view> credentialValues(std::string_view text) {
    std::vector<std::string_view> values;
    for (std::size_t equals = text.find('='); equals != std::string_view::npos;
         equals = text.find('=', equals + 1)) {
        std::size_t begin = equals;
        while (begin > 0 && isNameCharacter(text[begin - 1])) --begin;
        if (!isCredential(text.substr(begin, equals - begin), begin > 0 ? text[begin - 1] : ' ')) continue;
        const std::size_t end = endOfValue(text, equals + 1);
        if (end > equals + 1) values.push_back(text.substr(equals + 1, end - equals - 1));
        equals = end > equals + 1 ? end - 1 : equals;
    }
    return values;
}

std::string percentEncoded(std::string_view text) {
    static constexpr char kDigits[] = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (std::isalnum(byte) != 0 || c == '-' || c == '.' || c == '_' || c == '~')
            out += c;
        else
            out.append({'%', kDigits[byte >> 4U], kDigits[byte & 15U]});
    }
    return out;
}

}  // namespace porchlight::base
