/// UTF-8: what is none of it must not reach a message, a page or a file of ours.
#pragma once

#include <string>
#include <string_view>

namespace porchlight {

/// Length of the valid UTF-8 sequence at `text[at]`, 0 if there is none. `at` must be within the text.
inline std::size_t utf8Length(std::string_view text, std::size_t at) noexcept {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned char lead = byte(at);
    if (lead < 0x80) return 1;
    const std::size_t length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
    if (length == 0 || at + length > text.size()) return 0;
    for (std::size_t i = 1; i < length; ++i)
        if ((byte(at + i) & 0xc0U) != 0x80) return 0;
    if (lead == 0xe0 && byte(at + 1) < 0xa0) return 0;  // overlong
    if (lead == 0xed && byte(at + 1) > 0x9f) return 0;  // half of a surrogate pair
    if (lead == 0xf0 && byte(at + 1) < 0x90) return 0;  // overlong
    if (lead == 0xf4 && byte(at + 1) > 0x8f) return 0;  // beyond Unicode
    return length;
}

/// The text with U+FFFD for each byte that is no UTF-8, cut before the character that would pass `max_bytes`.
inline std::string asUtf8(std::string_view text, std::size_t max_bytes = std::string_view::npos) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t length = utf8Length(text, at);
        const std::string_view next = length == 0 ? "\xef\xbf\xbd" : text.substr(at, length);
        if (next.size() > max_bytes - out.size()) break;
        out += next;
        at += length == 0 ? 1 : length;
    }
    return out;
}

}  // namespace porchlight
