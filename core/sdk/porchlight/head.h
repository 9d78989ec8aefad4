/// Words, numbers and fields, as in the heads that HTTP and RTSP have in common.
#pragma once

#include <algorithm>
#include <cctype>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace porchlight {

/// In small letters. Pure; the text's may throw std::bad_alloc.
inline char lower(char letter) noexcept {
    return static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
}

inline std::string lower(std::string_view text) {
    std::string out(text);
    for (char& letter : out) letter = lower(letter);
    return out;
}

/// Whether they are the same, or `text` begins with it, whatever their case is. Pure.
inline bool isSameWord(std::string_view left, std::string_view right) noexcept {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

inline bool beginsWithWord(std::string_view text, std::string_view word) noexcept {
    return isSameWord(text.substr(0, word.size()), word);
}

/// Without spaces, tabs and ends of lines around it. Pure.
inline std::string_view trimmed(std::string_view text) noexcept {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    return text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
}

/// A length, a status: digits and nothing else. Nothing: it is none; a number that is too large becomes the
/// largest. Pure.
inline std::optional<std::uint64_t> numberIn(std::string_view text, int base = 10) noexcept {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (error == std::errc::invalid_argument || end != text.data() + text.size()) return std::nullopt;
    return error == std::errc() ? number : std::numeric_limits<std::uint64_t>::max();
}

/// The length of a head with the empty line that ends it, LF or CR LF; npos: it has not ended. Pure.
inline std::size_t headLength(std::string_view text) noexcept {
    for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
        const std::string_view behind = text.substr(at + 1);
        if (behind.starts_with('\n')) return at + 2;
        if (behind.starts_with("\r\n")) return at + 3;
    }
    return std::string_view::npos;
}

/// Cuts the first line off, whether it ends with LF or CR LF. -> it, without its end. Pure.
inline std::string_view takeLine(std::string_view& text) noexcept {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

/// The values of all fields of this name, in their order: views of `head`. Pure; bytes may be hostile.
inline std::vector<std::string_view> fieldsOf(std::string_view head, std::string_view name) {
    std::vector<std::string_view> values;
    while (!head.empty()) {
        const std::string_view line = takeLine(head);
        const std::size_t colon = line.find(':');
        if (colon != std::string_view::npos && isSameWord(trimmed(line.substr(0, colon)), name))
            values.push_back(trimmed(line.substr(colon + 1)));
    }
    return values;
}

/// The first of them; empty where there is none. Pure.
inline std::string_view fieldOf(std::string_view head, std::string_view name) {
    const std::vector<std::string_view> values = fieldsOf(head, name);
    return values.empty() ? std::string_view() : values.front();
}

}  // namespace porchlight
