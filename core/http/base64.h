/// Base64 (RFC 4648, with padding).
#pragma once

#include <sodium.h>

#include <cstdint>
#include <span>
#include <string>

namespace porchlight::http {

inline std::string toBase64(std::span<const std::uint8_t> bytes) {
    std::string out(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(out.data(), out.size(), bytes.data(), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
    out.pop_back();
    return out;
}

}  // namespace porchlight::http
