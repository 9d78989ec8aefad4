#include "web/guard/password.h"

#include <sodium.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <string_view>

#include "base/secret/sha256.h"
#include "porchlight/error.h"
#include "porchlight/mutex.h"
#include "porchlight/percent.h"

namespace porchlight::web {
namespace {

constexpr std::size_t kMinPasswordBytes = 10;
constexpr std::size_t kMaxPasswordBytes = 1024;
constexpr std::size_t kMaxNameLength = 40;

// 32 MiB each: two hashes at once could be the end of a small board. (Not a timed_mutex: GCC 12's
// ThreadSanitizer does not know its lock with a deadline.)
Mutex turn_mutex;
ConditionVariable turn_ends;
bool is_hashing PORCHLIGHT_GUARDED_BY(turn_mutex) = false;

/// The right to hash, for as long as it lives.
class Turn {
  public:
    Turn() {
        UniqueLock lock(turn_mutex);
        if (!turn_ends.waitFor(lock, std::chrono::seconds(5),
                               []() PORCHLIGHT_REQUIRES(turn_mutex) { return !is_hashing; }))
            throw Error(ErrorKind::Exhausted, "hash a password: too many logins at once");
        is_hashing = true;
    }
    ~Turn() {
        {
            const LockGuard lock(turn_mutex);
            is_hashing = false;
        }
        turn_ends.notifyOne();
    }
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;
};

void startSodium() {
    if (sodium_init() < 0) throw Error(ErrorKind::Internal, "start libsodium: no source of randomness");
}

}  // namespace

std::string passwordProblem(std::string_view password) {
    return password.size() < kMinPasswordBytes || password.size() > kMaxPasswordBytes
               ? "must have 10 to 1024 characters"
               : "";
}

std::string accountNameProblem(std::string_view name) {
    static constexpr std::string_view kLetters =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    const bool is_good = !name.empty() && name.size() <= kMaxNameLength &&
                         name.find_first_not_of(kLetters) == std::string_view::npos;
    return is_good ? "" : "must be 1 to 40 letters, digits, dots, dashes or underscores";
}

std::string hashPassword(const std::string& password, const HashCost& cost) {
    startSodium();
    const Turn turn;
    std::array<char, crypto_pwhash_STRBYTES> out{};
    if (crypto_pwhash_str(out.data(), password.data(), password.size(), cost.passes, cost.memory_bytes) != 0)
        throw Error(ErrorKind::Exhausted, "hash a password: not enough memory");
    return out.data();
}

bool verifyPassword(const std::string& hash, const std::string& password) {
    startSodium();
    if (hash.size() >= crypto_pwhash_STRBYTES) return false;
    const Turn turn;
    errno = 0;
    if (crypto_pwhash_str_verify(hash.c_str(), password.data(), password.size()) == 0) return true;
    if (errno == ENOMEM) throw Error(ErrorKind::Exhausted, "check a password: not enough memory");
    return false;
}

bool needsRehash(const std::string& hash, const HashCost& cost) noexcept {
    return crypto_pwhash_str_needs_rehash(hash.c_str(), cost.passes, cost.memory_bytes) != 0;
}

std::string generateToken() {
    startSodium();
    std::array<unsigned char, 32> bytes{};
    randombytes_buf(bytes.data(), bytes.size());
    return hexText(bytes);
}

std::string hashToken(const std::string& token) {
    return base::sha256Hex(token);
}

std::string signText(const std::string& key, const std::string& text) {
    std::array<unsigned char, crypto_auth_hmacsha256_KEYBYTES> raw{};
    static_assert(crypto_auth_hmacsha256_KEYBYTES == 32);
    if (sodium_hex2bin(raw.data(), raw.size(), key.data(), key.size(), nullptr, nullptr, nullptr) != 0)
        throw Error(ErrorKind::Internal, "sign a cookie: the key is none");
    std::array<unsigned char, crypto_auth_hmacsha256_BYTES> out{};
    crypto_auth_hmacsha256(out.data(), reinterpret_cast<const unsigned char*>(text.data()), text.size(),
                           raw.data());
    return hexText(out);
}

bool isSameSecret(const std::string& one, const std::string& other) {
    return one.size() == other.size() && sodium_memcmp(one.data(), other.data(), one.size()) == 0;
}

}  // namespace porchlight::web
