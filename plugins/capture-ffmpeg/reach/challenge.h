/// How cameras ask who is there, and the answers: Basic (RFC 7617), Digest with MD5 and SHA-256 (RFC 7616).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "address.h"

namespace porchlight::ffmpeg {

/// One offer of a 401. Plain data.
struct Challenge {
    enum class Kind { Other = 1, Basic, Md5, Sha256 };  ///< Other: nothing that can be answered here

    Kind kind = Kind::Other;
    bool is_digest = false;  ///< of whatever algorithm
    bool has_qop = false;
    bool is_stale = false;  ///< of a digest: the password was right, the nonce is over
    std::string algorithm;  ///< as it is written; empty: it names none
    std::string realm;
    std::string nonce;
    std::string opaque;
};

/// The request that an answer is for.
struct Asked {
    std::string_view method;
    std::string_view uri;
    std::string_view client_nonce;  ///< not used before with another nonce
    unsigned count = 1;             ///< of requests with this nonce
};

/// All offers in a head, in their order, also several in one field. Pure; bytes may be hostile.
std::vector<Challenge> challengesIn(std::string_view head);

/// "Authorization: ..." with the end of its line; empty where the offer cannot be answered, or the user's
/// name would be more than a name in a header. Any thread; never blocks. Throws Error(Exhausted).
std::string answerTo(const Challenge& offer, const Login& login, const Asked& asked);

/// The strongest that can be answered, one of `offers`; null: none. Pure.
const Challenge* bestOf(const std::vector<Challenge>& offers) noexcept;

/// Whether libavformat 5.1 answers them: it takes the last offer of Digest, and knows MD5 only, in capital
/// letters. Pure.
bool doesLibavformatAnswer(const std::vector<Challenge>& offers) noexcept;

/// 32 digits that nobody had before. Any thread; never blocks.
std::string freshNonce();

}  // namespace porchlight::ffmpeg
