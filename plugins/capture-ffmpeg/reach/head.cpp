#include "head.h"

#include <algorithm>
#include <cctype>

namespace porchlight::ffmpeg {
namespace {

constexpr std::string_view kBlank = " \t\r\n";

}  // namespace

bool isSameWord(std::string_view left, std::string_view right) noexcept {
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [](unsigned char a, unsigned char b) { return std::tolower(a) == std::tolower(b); });
}

bool beginsWithWord(std::string_view text, std::string_view word) noexcept {
    return isSameWord(text.substr(0, word.size()), word);
}

std::string_view trimmed(std::string_view text) noexcept {
    text.remove_prefix(std::min(text.find_first_not_of(kBlank), text.size()));
    return text.substr(0, text.find_last_not_of(kBlank) + 1);
}

std::string_view takeLine(std::string_view& text) noexcept {
    std::string_view line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

std::vector<std::string_view> fieldsOf(std::string_view head, std::string_view name) {
    std::vector<std::string_view> values;
    while (!head.empty()) {
        const std::string_view line = takeLine(head);
        const std::size_t colon = line.find(':');
        if (colon != std::string_view::npos && isSameWord(trimmed(line.substr(0, colon)), name))
            values.push_back(trimmed(line.substr(colon + 1)));
    }
    return values;
}

std::string_view fieldOf(std::string_view head, std::string_view name) {
    const std::vector<std::string_view> values = fieldsOf(head, name);
    return values.empty() ? std::string_view() : values.front();
}

std::string_view parameterOf(std::string_view value, std::string_view name) noexcept {
    while (true) {
        const std::size_t end = value.find(';');
        if (end == std::string_view::npos) return {};
        value.remove_prefix(end + 1);
        const std::string_view part = trimmed(value.substr(0, value.find(';')));
        const std::size_t sign = part.find('=');
        if (sign == std::string_view::npos || !isSameWord(trimmed(part.substr(0, sign)), name)) continue;
        std::string_view found = trimmed(part.substr(sign + 1));
        if (found.size() >= 2 && found.front() == '"' && found.back() == '"')
            found = found.substr(1, found.size() - 2);
        return found;
    }
}

}  // namespace porchlight::ffmpeg
