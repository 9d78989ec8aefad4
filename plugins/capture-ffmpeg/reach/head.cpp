#include "head.h"

namespace porchlight::ffmpeg {

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
