/// SHA-256 of what is streamed. Who includes it links libsodium, which base itself does not.
#pragma once

#include <sodium.h>

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "porchlight/percent.h"

namespace porchlight::base {

/// **Thread**: thread-bound.
class Sha256 {
  public:
    Sha256() { crypto_hash_sha256_init(&state_); }
    void add(std::span<const std::uint8_t> bytes) {
        crypto_hash_sha256_update(&state_, bytes.data(), bytes.size());
    }
    /// Lower-case hex; nothing afterwards.
    std::string finish() {
        std::array<unsigned char, crypto_hash_sha256_BYTES> digest{};
        crypto_hash_sha256_final(&state_, digest.data());
        return hexText(digest);
    }

  private:
    crypto_hash_sha256_state state_;
};

inline std::string sha256Hex(std::string_view text) {
    Sha256 hash;
    hash.add({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()});
    return hash.finish();
}

}  // namespace porchlight::base
