/// Passwords: Argon2id hashes (libsodium) within the memory of a small board, and generated ones.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/limits.h"

namespace porchlight::web {

/// A board with less may lower the memory; stored hashes carry their own numbers.
struct HashCost {
    unsigned long long passes = 3;
    std::size_t memory_bytes = limit::kPasswordHash.standard_bytes;
};

/// What a new password, or the name of a new account, must be; empty when it is. Pure.
std::string passwordProblem(std::string_view password);
std::string accountNameProblem(std::string_view name);

/// The hash to store, in the text format of crypto_pwhash_str. One hash at a time in this process: others
/// wait 5 s at most. Any thread. Throws Error(Exhausted) when memory is short or too many wait.
std::string hashPassword(const std::string& password, const HashCost& cost = {});

/// Whether `password` made `hash`. Costs and throws as hashPassword.
bool verifyPassword(const std::string& hash, const std::string& password);

/// Whether `hash` was made with another cost than `cost` and should be made again at the next login.
bool needsRehash(const std::string& hash, const HashCost& cost = {}) noexcept;

/// 32 random bytes in hex, for a session cookie.
std::string generateToken();

/// SHA-256 in hex: how a session cookie is stored.
std::string hashToken(const std::string& token);

/// HMAC-SHA-256 of `text` in hex; `key` as generateToken gives it.
std::string signText(const std::string& key, const std::string& text);

/// Whether both are equal, in a time that does not tell where they differ.
bool isSameSecret(const std::string& one, const std::string& other);

}  // namespace porchlight::web
