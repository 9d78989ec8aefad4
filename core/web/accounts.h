/// Logins, sessions and the audit log.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "http/exchange.h"
#include "porchlight/mutex.h"
#include "web/guard/password.h"
#include "web/guard/refusal_log.h"
#include "web/guard/throttle.h"
#include "web/store_pool.h"

namespace porchlight::web {

/// Any thread.
class Accounts {
  public:
    /// `node_id` becomes part of the cookies' names: cookies know no ports, and two appliances may share a
    /// host.
    Accounts(StorePool& stores, const base::Clock& clock, HashCost cost, const std::string& node_id);

    /// Checks name and password; opens a session and sets its cookie. Throws HttpError: 401 (the same for an
    /// unknown user and a wrong password, and after the same time), 429 with Retry-After, 503.
    void login(http::Exchange& exchange, const std::string& name, const std::string& password);
    void logout(http::Exchange& exchange);
    /// Sets the cookie by which a browser that has a session is known again at the next login.
    void rememberDevice(http::Exchange& exchange);

    /// Who holds the token or the session cookie of this request; nothing when it is missing, unknown or
    /// expired. A session that is used lives for another 30 days, and so does its cookie.
    std::optional<http::Caller> callerOf(http::Exchange& exchange);

    /// Whether the session or token still exists, for answers that last.
    bool isAlive(const http::Caller& caller);

    /// False, counting, when callers without a session have asked too much from this address.
    bool mayAsk(const http::Exchange& exchange);

    void audit(const http::Exchange& exchange, const std::string& action, const std::string& detail);
    const HashCost& hashCost() const noexcept { return cost_; }

    /// Work that is due now and then: see RefusalLog.
    void tick() { refusals_.tick(); }

  private:
    std::optional<http::Caller> holderOf(const std::string& token);
    std::optional<http::Caller> sessionOf(http::Exchange& exchange);
    Attempt attemptOf(const http::Exchange& exchange, const std::string& name,
                      const std::optional<store::UserRow>& user);
    bool isRight(const std::optional<store::UserRow>& user, const std::string& password);
    bool judge(http::Exchange& exchange, const Attempt& attempt, const std::optional<store::UserRow>& user,
               const std::string& password);
    void rehash(const store::UserRow& user, const std::string& password);
    void openSession(http::Exchange& exchange, const store::UserRow& user);
    void setCookie(http::Exchange& exchange, const std::string& name, const std::string& value, seconds life);
    std::string deviceOf(const http::Exchange& exchange, std::int64_t user_id);
    std::string deviceKey();

    StorePool& stores_;
    const base::Clock& clock_;
    HashCost cost_;
    const std::string session_cookie_;
    const std::string device_cookie_;
    Throttle throttle_;
    RefusalLog refusals_;
    Mutex key_mutex_;
    /// Signs device cookies; read from the database when first needed.
    std::string device_key_ PORCHLIGHT_GUARDED_BY(key_mutex_);
    Mutex strangers_mutex_;
    std::map<std::string, Allowance> strangers_ PORCHLIGHT_GUARDED_BY(strangers_mutex_);  ///< by address
};

/// The names of this appliance's cookies begin with these.
inline constexpr char kSessionCookie[] = "porchlight_session";
inline constexpr char kDeviceCookie[] = "porchlight_device";

/// A browser names the page that sent a changing request: that must be ours - this server's, or `own_url`
/// behind a proxy. Throws HttpError(403) that says which header was wrong.
void checkOrigin(const http::Exchange& exchange, const std::string& own_url);

/// The same by the header Origin alone, for what is asked with GET and yet not open to pages of others (a
/// WebSocket).
void checkPage(const http::Exchange& exchange, const std::string& own_url);

}  // namespace porchlight::web
