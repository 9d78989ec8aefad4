/// Addresses as people write them, well-formed or not: their pieces, and what is wrong with them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace porchlight::base {

/// The pieces of "scheme://user:password@host:port/path"; views into the text that was split.
///
/// Credentials reach to the LAST @ of the whole text: a password with an unescaped / ? # or @ in it stays in
/// this piece and in no other. So whoever shows host, port or path shows no password, whatever was written.
struct UrlParts {
    std::string_view scheme;       ///< empty: no address but a path; all else is empty then
    std::string_view credentials;  ///< "user:password", without the @
    std::string_view host;         ///< without the brackets of an IPv6 address
    std::string_view port;         ///< as written; empty when none is
    std::string_view path;         ///< with its first / ? or #
};

UrlParts splitUrl(std::string_view url) noexcept;

/// Where the values of credentials stand in a text: "user=admin&pwd=Secret",
/// "user=admin_password=Secret_channel=1". A value reaches to the next & or the end of the word, whatever
/// else is in it. Views into `text`, in their order.
std::vector<std::string_view> credentialValues(std::string_view text);

/// Everything but letters, digits and - . _ ~ as %XX.
std::string percentEncoded(std::string_view text);

}  // namespace porchlight::base
