#include "placeholder/dot_letters.h"

namespace porchlight::placeholder {
namespace {

/// U+00C0 to U+00FF without their marks; U+00D7 and U+00F7 are signs.
constexpr std::string_view kLatin = "AAAAAAACEEEEIIIIDNOOOOOxOUUUUYPsaaaaaaaceeeeiiiidnooooo/ouuuuypy";
static_assert(kLatin.size() == 64);

/// Signs that messages are written with.
char signOf(char32_t code) noexcept {
    switch (code) {
        case 0x00A0:
        case 0x2009:
        case 0x202F:
            return ' ';
        case 0x00B7:
        case 0x2022:
            return '-';
        case 0x2010:
        case 0x2011:
        case 0x2012:
        case 0x2013:
        case 0x2014:
        case 0x2212:
            return '-';
        case 0x2018:
        case 0x2019:
        case 0x00B4:
            return '\'';
        case 0x201C:
        case 0x201D:
        case 0x201E:
        case 0x00AB:
        case 0x00BB:
            return '"';
        case 0x2026:
            return '.';
        default:
            return '?';
    }
}

char letterOf(char32_t code) noexcept {
    if (code >= 0x20 && code < 0x7F) return static_cast<char>(code);
    if (code == '\n' || code == '\t') return ' ';
    if (code >= 0xC0 && code <= 0xFF) return kLatin[code - 0xC0];
    return signOf(code);
}

/// The code point at `at`, which is moved behind it; U+FFFD for what is no UTF-8.
char32_t nextCode(std::string_view text, std::size_t& at) noexcept {
    const auto first = static_cast<unsigned char>(text[at++]);
    if (first < 0x80) return first;
    const int more = first >= 0xF0 ? 3 : first >= 0xE0 ? 2 : first >= 0xC0 ? 1 : 0;
    if (more == 0) return 0xFFFD;
    char32_t code = first & (0x3FU >> more);
    for (int i = 0; i < more; ++i) {
        if (at >= text.size() || (static_cast<unsigned char>(text[at]) & 0xC0U) != 0x80U) return 0xFFFD;
        code = (code << 6U) | (static_cast<unsigned char>(text[at++]) & 0x3FU);
    }
    return code;
}

}  // namespace

std::string inDotLetters(std::string_view utf8) {
    std::string out;
    out.reserve(utf8.size());
    for (std::size_t at = 0; at < utf8.size();) out.push_back(letterOf(nextCode(utf8, at)));
    return out;
}

}  // namespace porchlight::placeholder
