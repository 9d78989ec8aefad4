#include "base/secret/redact.h"

#include <algorithm>
#include <cctype>

#include "base/secret/url.h"

namespace porchlight::base {
namespace {

/// Behind what may belong to the address that begins at `from`: the end of the line, or where another address
/// begins a word.
std::size_t endOfAddress(std::string_view text, std::size_t from) {
    const std::size_t line = std::min(text.find('\n', from), text.size());
    for (std::size_t next = text.find("://", from); next < line; next = text.find("://", next + 3)) {
        std::size_t begin = next;
        while (begin > from && std::isalnum(static_cast<unsigned char>(text[begin - 1])) != 0) --begin;
        if (begin > from && begin < next &&
            std::string_view(" \t\r\"'(<[").find(text[begin - 1]) != std::string_view::npos)
            return begin;
    }
    return line;
}

/// How much of "host:port/path" is no place: a word behind the colon that is no number may be a password
/// without its @.
std::size_t badPlace(std::string_view rest) {
    const std::string_view place = rest.substr(0, rest.find_first_of("/?# \t\r\n\"',;)<>"));
    const std::size_t colon = place.rfind(':');
    if (colon == std::string_view::npos || place.starts_with('[')) return 0;
    const std::string_view port = place.substr(colon + 1);
    const bool is_number = port.find_first_not_of("0123456789.") == std::string_view::npos;
    return is_number ? 0 : place.size();
}

std::string withoutCredentials(std::string_view text) {
    std::string out;
    std::size_t done = 0;
    for (const std::string_view value : credentialValues(text)) {
        const auto at = static_cast<std::size_t>(value.data() - text.data());
        out.append(text.substr(done, at - done)).append("***");
        done = at + value.size();
    }
    return out.append(text.substr(done));
}

}  // namespace

std::string redactUrls(std::string_view text) {
    std::string out;
    for (std::size_t scheme = text.find("://"); scheme != std::string_view::npos; scheme = text.find("://")) {
        out.append(text.substr(0, scheme + 3));
        text.remove_prefix(scheme + 3);
        const std::string_view address = text.substr(0, endOfAddress(text, 0));
        const std::size_t at = address.rfind('@');
        const std::size_t secret = at != std::string_view::npos ? at : badPlace(address);
        if (secret > 0) out.append("***");
        text.remove_prefix(secret);
        // What is left of this address: its "://" belong to no other.
        const std::size_t left = at != std::string_view::npos ? address.size() - secret : 0;
        out.append(text.substr(0, left));
        text.remove_prefix(left);
    }
    return withoutCredentials(out.append(text));
}

}  // namespace porchlight::base
