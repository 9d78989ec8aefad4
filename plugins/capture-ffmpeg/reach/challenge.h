/// How cameras ask who is there, and the answers: Basic (RFC 7617), Digest with MD5 and SHA-256 (RFC 7616).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "porchlight/challenge.h"

namespace porchlight::ffmpeg {

using porchlight::Asked;
using porchlight::bestOf;
using porchlight::Challenge;
using porchlight::challengesIn;
using porchlight::Login;

/// "Authorization: ..." with the end of its line; empty where the offer cannot be answered, or the user's
/// name would be more than a name in a header. Any thread; never blocks. Throws Error(Exhausted).
std::string answerTo(const Challenge& offer, const Login& login, const Asked& asked);

/// Whether libavformat 5.1 answers them: it takes the last offer of Digest, and knows MD5 only (MD5-sess
/// with a qop, too), in capital letters. Pure.
bool doesLibavformatAnswer(const std::vector<Challenge>& offers) noexcept;

/// Without line ends (RFC 4648). Any thread; never blocks.
std::string base64(std::string_view text);

/// 32 digits that nobody had before. Any thread; never blocks.
std::string freshNonce();

}  // namespace porchlight::ffmpeg
