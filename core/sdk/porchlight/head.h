/// Words and fields of the heads that HTTP and RTSP have in common.
#pragma once

#include <algorithm>
#include <cctype>
#include <string_view>
#include <vector>

namespace porchlight {

/// Whether they are the same, or `text` begins with it, whatever their case is. Pure.
inline bool isSameWord(std::string_view left, std::string_view right) noexcept {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

inline bool beginsWithWord(std::string_view text, std::string_view word) noexcept {
    return isSameWord(text.substr(0, word.size()), word);
}

/// Without spaces, tabs and ends of lines around it. Pure.
inline std::string_view trimmed(std::string_view text) noexcept {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    return text.substr(0, text.find_last_not_of(" \t\r\n") + 1);
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
