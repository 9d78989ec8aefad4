/// Who we are, told with each request of a conversation.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "address.h"
#include "challenge.h"

namespace porchlight::ffmpeg {

/// Answers the strongest offer of a camera. A password that was refused is never told again: cameras lock
/// accounts after some attempts. A nonce that is over is another matter: its successor is answered.
///
/// Owns: the password, the offer that is answered, the count of answers. Thread: thread-bound (reader).
class RtspLogin {
  public:
    /// `is_last_resort`: what libavformat can answer is left to it.
    RtspLogin(std::optional<Login> login, bool is_last_resort)
        : login_(std::move(login)), is_last_resort_(is_last_resort) {}

    /// What a 401 offers. False: what was told is refused, or there is nothing to tell.
    bool take(std::string_view head);

    /// The camera took what was told.
    void noteAdmitted() noexcept { is_admitted_ = offer_.has_value(); }

    /// The line of the next request, with its end; empty before there was a 401.
    std::string line(std::string_view method, std::string_view uri);

  private:
    const std::optional<Login> login_;
    const bool is_last_resort_;
    std::optional<Challenge> offer_;
    std::string client_nonce_;
    unsigned count_ = 0;
    bool is_admitted_ = false;
};

}  // namespace porchlight::ffmpeg
