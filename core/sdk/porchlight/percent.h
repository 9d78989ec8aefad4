/// Hexadecimal digits, and the percent encoding of URLs (RFC 3986, 2.1), read back.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace porchlight {

/// -1: none.
constexpr int hexDigit(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/// Two small digits for each byte; no table, whose cache lines could tell of secrets. Throws std::bad_alloc.
inline std::string hexText(std::span<const std::uint8_t> bytes) {
    const auto digit = [](unsigned value) {
        return static_cast<char>(value < 10 ? '0' + value : 'a' + value - 10);
    };
    std::string out;
    out.reserve(2 * bytes.size());
    for (const std::uint8_t byte : bytes) out.append({digit(byte >> 4U), digit(byte & 15U)});
    return out;
}

inline std::string hexText(std::string_view bytes) {
    return hexText(std::span(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()));
}

/// What is no code stays as it is. Throws std::bad_alloc.
inline std::string percentDecoded(std::string_view text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool is_code =
            text[i] == '%' && i + 2 < text.size() && hexDigit(text[i + 1]) >= 0 && hexDigit(text[i + 2]) >= 0;
        out += is_code ? static_cast<char>(hexDigit(text[i + 1]) * 16 + hexDigit(text[i + 2])) : text[i];
        if (is_code) i += 2;
    }
    return out;
}

}  // namespace porchlight
