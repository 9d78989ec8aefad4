/// Who we are, told with each request of a conversation.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "reach/address.h"
#include "reach/challenge.h"

namespace porchlight::ffmpeg {

/// Answers the strongest offer of a camera. A password that was refused is
/// never told again: cameras lock accounts after some attempts. A nonce that is over is another matter,
/// whether the camera says so (stale) or took it before: its successor is answered, once until the camera
/// takes an answer. An offer weaker than the one answered before it is never taken.
///
/// Owns: the password, the offer that is answered, the count of answers. Thread: thread-bound (reader). Never
/// blocks.
class RtspLogin {
  public:
    explicit RtspLogin(std::optional<Login> login) : login_(std::move(login)) {}

    /// An offer of Basic, which would be told the password itself, counts as none from now on.
    void neverAnswerBasic() noexcept { is_basic_barred_ = true; }

    /// What a 401 offers. False: what was told is refused, for good, or there is nothing to tell.
    bool take(std::string_view head);

    /// The camera took what was told.
    void noteAdmitted() noexcept { is_admitted_ = offer_.has_value(); }

    /// The camera took what was told last.
    bool isAdmitted() const noexcept { return offer_ && is_admitted_; }

    /// What was refused concerned one request, and not the conversation. Throws std::bad_alloc.
    void comeBackTo(const RtspLogin& before) {
        *this = before;
        ++count_;  // that request had it, too
    }

    /// Nothing was told that the camera did not take.
    bool isFree() const noexcept { return !is_refused_ && (!offer_ || is_admitted_); }

    /// The line "Authorization: ..." of the next request, with its end; empty before there was a 401, and
    /// once the password is refused. Throws Error(Exhausted).
    std::string line(std::string_view method, std::string_view uri);

    /// "SHA-256", the algorithm of what the camera asked for last, as it writes it; empty: it named none.
    std::string_view algorithm() const noexcept {
        return offer_ ? std::string_view(offer_->algorithm) : std::string_view();
    }

  private:
    bool mayAnswer(const Challenge& offer) const noexcept;

    std::optional<Login> login_;
    std::optional<Challenge> offer_;
    std::string client_nonce_;
    unsigned count_ = 0;
    bool is_admitted_ = false;  ///< the answer to offer_
    bool did_renew_ = false;    ///< offer_ took the place of another
    bool is_refused_ = false;
    bool is_basic_barred_ = false;
};

}  // namespace porchlight::ffmpeg
