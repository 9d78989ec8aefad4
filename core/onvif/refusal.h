/// Why a camera did not tell what it was asked.
#pragma once

#include <cstdint>
#include <string>

#include "porchlight/error.h"

namespace porchlight::onvif {

enum class Refusal : std::uint8_t {
    Unreachable = 1,  ///< nobody takes a connection there
    TimedOut,
    NotOnvif,       ///< somebody answers, but not as ONVIF does
    OnvifOff,       ///< a web server that has no ONVIF at this path
    PasswordAsked,  ///< and none was given
    WrongPassword,
    AccountLocked,
    NoRights,    ///< the password is right, the user may not ask this
    WrongClock,  ///< the camera takes our login for an old one
    Fault,       ///< a failure of the camera's own, in its own words
};

/// As it stands in JSON.
constexpr const char* nameOf(Refusal refusal) noexcept {
    switch (refusal) {
        case Refusal::Unreachable:
            return "unreachable";
        case Refusal::TimedOut:
            return "timed_out";
        case Refusal::NotOnvif:
            return "not_onvif";
        case Refusal::OnvifOff:
            return "onvif_off";
        case Refusal::PasswordAsked:
            return "password_asked";
        case Refusal::WrongPassword:
            return "wrong_password";
        case Refusal::AccountLocked:
            return "account_locked";
        case Refusal::NoRights:
            return "no_rights";
        case Refusal::WrongClock:
            return "wrong_clock";
        case Refusal::Fault:
            return "fault";
    }
    return "fault";
}

/// A failure that is of one question alone; the others would fail every other question, too.
constexpr bool isOfOneQuestion(Refusal refusal) noexcept {
    return refusal == Refusal::Fault || refusal == Refusal::NoRights || refusal == Refusal::NotOnvif;
}

/// Its text is one sentence that says what happened and what the owner can do.
class OnvifError : public Error {
  public:
    OnvifError(Refusal refusal, const std::string& text) : Error(kindOf(refusal), text), refusal_(refusal) {}
    Refusal refusal() const noexcept { return refusal_; }

  private:
    static constexpr ErrorKind kindOf(Refusal refusal) noexcept {
        if (refusal == Refusal::Unreachable || refusal == Refusal::TimedOut) return ErrorKind::Unavailable;
        return refusal == Refusal::Fault ? ErrorKind::BadData : ErrorKind::Misconfigured;
    }
    Refusal refusal_;
};

}  // namespace porchlight::onvif
