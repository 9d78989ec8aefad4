/// Base64 (RFC 4648, with padding).
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace porchlight::base {

inline std::string toBase64(std::string_view bytes) {
    static constexpr char kLetters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    out.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        const auto byte = [&](std::size_t at) {
            return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0U;
        };
        const unsigned bits = byte(i) << 16U | byte(i + 1) << 8U | byte(i + 2);
        const std::size_t digits = std::min<std::size_t>(3, bytes.size() - i) + 1;
        for (unsigned digit = 0; digit < 4; ++digit)
            out += digit < digits ? kLetters[(bits >> (18 - 6 * digit)) & 63U] : '=';
    }
    return out;
}

inline std::string toBase64(std::span<const std::uint8_t> bytes) {
    return toBase64(std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size()));
}

}  // namespace porchlight::base
