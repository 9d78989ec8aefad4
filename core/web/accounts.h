/// Logins, sessions and the audit log.
#pragma once

#include <optional>
#include <string>

#include "web/exchange.h"
#include "web/password.h"
#include "web/store_pool.h"
#include "web/throttle.h"

namespace porchlight::web {

inline constexpr char kSessionCookie[] = "porchlight_session";

/// Any thread.
class Accounts {
  public:
    Accounts(StorePool& stores, const base::Clock& clock, HashCost cost)
        : stores_(stores), clock_(clock), cost_(cost), throttle_(clock) {}

    /// Checks name and password; gives the cookie's token of a new session. Throws HttpError: 401 (the same for an
    /// unknown user and a wrong password, and after the same time), 429 with Retry-After, 503.
    std::string login(const Exchange& exchange, const std::string& name, const std::string& password);
    void logout(const Caller& caller);

    /// Who holds the token or the session cookie of this request; nothing when it is missing, unknown or expired. A session that
    /// is used lives for another 30 days.
    std::optional<Caller> callerOf(const Exchange& exchange);

    /// Whether the session still exists, for answers that last.
    bool isAlive(const Caller& caller);

    void audit(const Exchange& exchange, const std::string& action, const std::string& detail);
    const HashCost& hashCost() const noexcept { return cost_; }

  private:
    std::optional<Caller> holderOf(const std::string& token);
    void checkThrottle(const Exchange& exchange, const std::string& address_key, const std::string& account_key);
    std::optional<store::UserRow> checkPassword(const std::string& name, const std::string& password);
    std::string openSession(const Exchange& exchange, const store::UserRow& user);

    StorePool& stores_;
    const base::Clock& clock_;
    HashCost cost_;
    Throttle throttle_;
};

/// The Set-Cookie text; an empty token deletes the cookie.
std::string sessionCookie(const std::string& token, bool is_secure);

/// A browser names the page that sent a changing request: that must be ours. Throws HttpError(403).
void checkOrigin(const Exchange& exchange);

}  // namespace porchlight::web
