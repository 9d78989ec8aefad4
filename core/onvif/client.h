/// Asks one camera's web services.
#pragma once

#include <optional>
#include <string>

#include "onvif/exchange.h"
#include "onvif/refusal.h"
#include "onvif/soap.h"

namespace porchlight::onvif {

/// How the camera was shown who asks.
enum class LoginWay : std::uint8_t { None = 1, Token, Digest };

constexpr const char* nameOf(LoginWay way) noexcept {
    if (way == LoginWay::None) return "none";
    return way == LoginWay::Token ? "ws_security" : "http_digest";
}

/// Conversations with one camera. It is first asked without a login: what it refuses says which login it
/// wants (HTTP Digest, else WS-Security), and only that one is made. A login that was refused is not made
/// again, because cameras lock accounts; then every call fails. Basic is never answered. **Thread**:
/// thread-bound; calls block until their waits or the deadline of all together are over.
class Client {
  public:
    /// `login`: empty for cameras that ask for none. `now`: our clock.
    using Now = WallTime (*)();
    Client(ServiceAddress device, std::optional<Login> login, Deadline deadline, Waits waits = {},
           Now now = &wallNow);

    /// The first thing to ask: how far the camera's clock is ahead of ours; logins are made by the camera's
    /// clock from then on. Nothing where it does not tell it. Throws OnvifError: there is no ONVIF.
    std::optional<seconds> measureClock();

    /// The content of the answer: "GetProfilesResponse". Throws OnvifError.
    Node call(const ServiceAddress& service, const Operation& operation);

    /// The deadline of all that is asked from now on.
    void allow(Deadline deadline) noexcept { deadline_ = deadline; }
    /// The same for last words: whoever has raised Waits::halt meant what came before.
    void allowAfterHalt(Deadline deadline) noexcept {
        deadline_ = deadline;
        waits_.halt = nullptr;
    }

    const ServiceAddress& device() const noexcept { return device_; }
    LoginWay loginWay() const noexcept { return way_; }
    std::optional<seconds> clockAhead() const noexcept { return clock_ahead_; }
    /// By the camera's clock, as far as it told it.
    WallTime cameraTime() const { return now_() + clock_ahead_.value_or(seconds{0}); }
    const std::string& password() const noexcept { return password_; }

    static WallTime wallNow();

  private:
    /// What came, judged as far as it matters here.
    struct Reply {
        HttpAnswer http;
        std::optional<SoapAnswer> soap;  ///< nothing: no SOAP
        std::string problem;             ///< why not
        bool is_refused = false;
    };

    Reply ask(const ServiceAddress& service, const Operation& operation, LoginWay way);
    static bool saysStale(const Reply& refused);
    bool chooseWay(const Reply& refused);
    bool mayTokenHelp(const Reply& reply) const;
    Node contentOf(Reply reply, const ServiceAddress& service, const Operation& operation) const;
    void noteAccepted(bool did_ask, const ServiceAddress& service, const Operation& operation);
    bool isLoginOver(const Reply& refused);
    [[noreturn]] void tellRefusal(const Reply& reply, const Operation& operation);
    [[noreturn]] void refuse(Refusal refusal, const std::string& why) const;

    const ServiceAddress device_;
    const std::optional<Login> login_;
    const std::string password_;
    Deadline deadline_;
    Waits waits_;
    const Now now_;
    std::optional<seconds> clock_ahead_;
    LoginWay way_ = LoginWay::None;
    Challenge challenge_;       ///< of HTTP Digest
    unsigned uses_ = 0;         ///< of its nonce
    std::string client_nonce_;  ///< drawn with it: what is hashed of both holds for all requests
    /// A question that was refused without the login and answered with it.
    struct Proof {
        ServiceAddress service;
        std::string space;
        std::string name;
        std::string arguments;
    };
    bool was_accepted_ = false;
    Monotonic::time_point accepted_at_{};
    std::optional<Proof> proof_;
    bool did_try_token_ = false;         ///< where nothing asked for it
    std::optional<OnvifError> refused_;  ///< the login, for good
};

}  // namespace porchlight::onvif
