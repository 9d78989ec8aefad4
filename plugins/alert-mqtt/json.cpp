#include "json.h"

#include <cmath>
#include <cstdio>
#include <ctime>

#include "porchlight/utf8.h"

namespace porchlight::mqtt {

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char letter : asUtf8(text)) {
        const auto byte = static_cast<unsigned char>(letter);
        if (letter == '"' || letter == '\\') {
            out += '\\';
            out += letter;
        } else if (byte < 0x20 || byte == 0x7f) {
            char escaped[8];
            std::snprintf(escaped, sizeof escaped, "\\u%04x", static_cast<unsigned>(byte));
            out += escaped;
        } else {
            out += letter;
        }
    }
    return out + '"';
}

std::string number(double value) {
    if (!std::isfinite(value)) return "0";
    char text[40];
    std::snprintf(text, sizeof text, "%.3f", value);
    std::string out(text);
    while (out.back() == '0') out.pop_back();
    if (out.back() == '.') out.pop_back();
    return out;
}

std::string isoTime(WallTime time) {
    const auto whole = std::chrono::floor<seconds>(time);
    const std::time_t clock = static_cast<std::time_t>(whole.time_since_epoch().count());
    std::tm parts{};
    ::gmtime_r(&clock, &parts);
    char text[40];
    const std::size_t used = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    const auto ms = std::chrono::duration_cast<milliseconds>(time - whole).count();
    std::snprintf(text + used, sizeof text - used, ".%03dZ", static_cast<int>(ms));
    return quoted(text);
}

}  // namespace porchlight::mqtt
