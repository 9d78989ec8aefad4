#include "web/accounts.h"

#include <Poco/Exception.h>
#include <Poco/String.h>
#include <Poco/URI.h>

#include "base/log.h"
#include "base/network.h"
#include "http/http_error.h"

namespace porchlight::web {
namespace {

constexpr auto kSessionLife = std::chrono::days(30);
constexpr auto kDeviceLife = std::chrono::days(365);
constexpr auto kRenewAfter = std::chrono::days(1);  // one write a day and session, not one a request
constexpr auto kTokenUseStep = std::chrono::hours(1);
constexpr char kUnknownUser[] = "unknown";
// Of callers without a session: several dashboards load at once behind one address.
constexpr double kRequestsAtOnce = 600;
constexpr double kRequestsPerSecond = 60;
constexpr std::size_t kMaxStrangers = 2048;

std::string withNode(const char* name, const std::string& node_id) {
    return node_id.empty() ? name : std::string(name) + "_" + node_id.substr(node_id.rfind('-') + 1);
}

/// What the caller may do does not hang on it: a database that takes no writes must lock nobody out.
template <class Work>
void tryToNote(Work work) {
    try {
        work();
    } catch (const Error& error) {
        base::logDebug("web", std::string("not noted: ") + error.what());
    }
}

/// "https://Host:443/" as "https://host"; what is no address is left as it is.
std::string originOf(const std::string& address) {
    try {
        const Poco::URI uri(address);
        const bool is_usual = uri.getPort() == (uri.getScheme() == "https" ? 443 : 80);
        return Poco::toLower(uri.getScheme() + "://" + uri.getHost()) +
               (is_usual ? "" : ":" + std::to_string(uri.getPort()));
    } catch (const Poco::Exception&) {
        return address;
    }
}

}  // namespace

void checkOrigin(const http::Exchange& exchange, const std::string& own_url) {
    if (exchange.method() == "GET" || exchange.peer().is_local) return;
    const std::string site = exchange.header("Sec-Fetch-Site");
    if (!site.empty() && site != "same-origin" && site != "none")
        throw http::HttpError(
            403, "wrong_origin",
            "the request came from another site: the header Sec-Fetch-Site says " + site.substr(0, 20));
    checkPage(exchange, own_url);
}

void checkPage(const http::Exchange& exchange, const std::string& own_url) {
    const std::string origin = exchange.header("Origin");
    if (origin.empty()) return;
    const auto start = origin.find("://");
    if (start != std::string::npos && origin.substr(start + 3) == exchange.header("Host")) return;
    if (!own_url.empty() && originOf(origin) == originOf(own_url)) return;
    throw http::HttpError(
        403, "wrong_origin",
        "the request came from another site: the header Origin says " + origin.substr(0, 100) +
            ", the header Host " + exchange.header("Host").substr(0, 100) +
            (own_url.empty() ? "; behind a proxy set web.url" : ", and web.url is neither"));
}

Accounts::Accounts(StorePool& stores, const base::Clock& clock, HashCost cost, const std::string& node_id)
    : stores_(stores),
      clock_(clock),
      cost_(cost),
      session_cookie_(withNode(kSessionCookie, node_id)),
      device_cookie_(withNode(kDeviceCookie, node_id)),
      throttle_(clock),
      refusals_(clock) {}

void Accounts::setCookie(http::Exchange& exchange, const std::string& name, const std::string& value,
                         seconds life) {
    std::string text =
        name + "=" + value + "; Path=/; HttpOnly; SameSite=Strict; Max-Age=" + std::to_string(life.count());
    if (exchange.peer().is_secure) text += "; Secure";
    exchange.addHeader("Set-Cookie", text);
}

std::string Accounts::deviceKey() {
    const LockGuard lock(key_mutex_);
    if (!device_key_.empty()) return device_key_;
    auto store = stores_.lease();
    device_key_ = store->meta.get("device_key").value_or("");
    if (device_key_.empty()) store->meta.set("device_key", device_key_ = generateToken());
    return device_key_;
}

/// The cookie of an earlier login reads ACCOUNT.RANDOM.SIGNATURE. It opens nothing: it only keeps the tries
/// of this browser apart from those of strangers.
std::string Accounts::deviceOf(const http::Exchange& exchange, std::int64_t user_id) {
    const std::string cookie = exchange.cookie(device_cookie_);
    const auto dot = cookie.rfind('.');
    if (dot == std::string::npos || cookie.size() > 200) return {};
    const std::string device = cookie.substr(0, dot);
    if (!device.starts_with(std::to_string(user_id) + ".")) return {};
    return isSameSecret(signText(deviceKey(), device), cookie.substr(dot + 1)) ? device : std::string();
}

Attempt Accounts::attemptOf(const http::Exchange& exchange, const std::string& name,
                            const std::optional<store::UserRow>& user) {
    const std::string& address = exchange.peer().address;
    return {name, address, user ? deviceOf(exchange, user->id) : "",
            stores_.lease()->audit.hasLoggedInFrom(name, address)};
}

bool Accounts::isRight(const std::optional<store::UserRow>& user, const std::string& password) {
    if (user) return verifyPassword(user->password_hash, password);
    hashPassword(password, cost_);  // the time must not tell that the name is unknown
    return false;
}

bool Accounts::judge(http::Exchange& exchange, const Attempt& attempt,
                     const std::optional<store::UserRow>& user, const std::string& password) {
    if (const int wait_s = throttle_.attempt(attempt); wait_s > 0) {
        refusals_.note("login", attempt.address);
        throw http::HttpError(429, "too_many_attempts",
                              "too many attempts, wait " + std::to_string(wait_s) + " s", "", wait_s);
    }
    exchange.entry().mayTakeTime();
    try {
        const bool is_right = isRight(user, password);
        if (is_right) throttle_.succeed(attempt);
        return is_right;
    } catch (const Error& error) {
        throttle_.withdraw(attempt);
        if (error.kind() != ErrorKind::Exhausted) throw;
        refusals_.note("login", attempt.address);
        throw http::HttpError(503, "busy", "too many logins at once, try again", "", 5);
    }
}

void Accounts::login(http::Exchange& exchange, const std::string& name, const std::string& password) {
    const auto user = stores_.lease()->accounts.byName(name);
    const Attempt attempt = attemptOf(exchange, name, user);
    if (!judge(exchange, attempt, user, password)) {
        tryToNote([&] {
            stores_.lease()->audit.noteFailedLogin(user ? name : kUnknownUser, attempt.address,
                                                   clock_.wallNow());
        });
        throw http::HttpError(401, "wrong_login", "wrong user name or password");
    }
    rehash(*user, password);
    openSession(exchange, *user);
}

void Accounts::rehash(const store::UserRow& user, const std::string& password) {
    if (!needsRehash(user.password_hash, cost_)) return;
    const std::string hash = hashPassword(password, cost_);
    tryToNote([&] { stores_.lease()->accounts.replaceHash(user.id, user.password_hash, hash); });
}

void Accounts::openSession(http::Exchange& exchange, const store::UserRow& user) {
    const std::string token = generateToken();
    const WallTime now = clock_.wallNow();
    const std::string& address = exchange.peer().address;
    const store::SessionRow row{hashToken(token),   user.id, now,
                                now + kSessionLife, address, exchange.header("User-Agent").substr(0, 200)};
    stores_.lease()->accounts.openSession(row, hashToken(exchange.cookie(session_cookie_)),
                                          {now, user.name, address, "login", ""});
    setCookie(exchange, session_cookie_, token, kSessionLife);
}

void Accounts::rememberDevice(http::Exchange& exchange) {
    if (exchange.caller->session_hash.empty()) return;
    const std::int64_t user_id = exchange.caller->user_id.value();
    std::string device = deviceOf(exchange, user_id);
    if (device.empty()) device = std::to_string(user_id) + "." + generateToken().substr(0, 32);
    setCookie(exchange, device_cookie_, device + "." + signText(deviceKey(), device), kDeviceLife);
}

void Accounts::logout(http::Exchange& exchange) {
    const std::string& hash = exchange.caller->session_hash;
    if (!hash.empty()) stores_.lease()->accounts.removeSession(hash);
    setCookie(exchange, session_cookie_, "", seconds{0});
}

std::optional<http::Caller> Accounts::callerOf(http::Exchange& exchange) {
    if (exchange.peer().is_local) return http::Caller{"local", true, "", "", std::nullopt};
    const std::string authorization = exchange.header("Authorization");
    if (authorization.starts_with("Bearer ")) return holderOf(authorization.substr(7));
    return sessionOf(exchange);
}

std::optional<http::Caller> Accounts::sessionOf(http::Exchange& exchange) {
    const std::string token = exchange.cookie(session_cookie_);
    if (token.size() != 64) return std::nullopt;
    const std::string hash = hashToken(token);
    const WallTime now = clock_.wallNow();
    auto store = stores_.lease();
    const auto session = store->accounts.session(hash);
    if (!session || session->expires_at <= now) return std::nullopt;
    const auto user = store->accounts.byId(session->user_id);
    if (!user) return std::nullopt;
    if (session->expires_at < now + kSessionLife - kRenewAfter)
        tryToNote([&] {
            if (store->accounts.renewSession(hash, now + kSessionLife))
                setCookie(exchange, session_cookie_, token, kSessionLife);
        });
    return http::Caller{user->name, user->role == store::Role::Admin, hash, "", user->id};
}

std::optional<http::Caller> Accounts::holderOf(const std::string& token) {
    if (token.size() != 64) return std::nullopt;
    const std::string hash = hashToken(token);
    const WallTime now = clock_.wallNow();
    auto store = stores_.lease();
    const auto row = store->accounts.token(hash);
    if (!row) return std::nullopt;
    if (!row->last_used_at || *row->last_used_at + kTokenUseStep <= now)
        tryToNote([&] { store->accounts.noteTokenUse(hash, now); });
    return http::Caller{"token " + row->name, row->role == store::Role::Admin, "", hash, row->user_id};
}

bool Accounts::isAlive(const http::Caller& caller) {
    if (!caller.token_hash.empty()) return stores_.lease()->accounts.token(caller.token_hash).has_value();
    if (caller.session_hash.empty()) return true;
    const auto session = stores_.lease()->accounts.session(caller.session_hash);
    return session && session->expires_at > clock_.wallNow();
}

bool Accounts::mayAsk(const http::Exchange& exchange) {
    const auto now = clock_.now();
    {
        const LockGuard lock(strangers_mutex_);
        if (strangers_.size() >= kMaxStrangers)
            std::erase_if(strangers_, [&](const auto& pair) { return pair.second.isFull(now); });
        // A table of strangers who all ask too much is no reason to refuse another.
        if (strangers_.size() >= kMaxStrangers) strangers_.clear();
        const auto entry = strangers_
                               .try_emplace(base::throttleKey(exchange.peer().address), kRequestsAtOnce,
                                            kRequestsPerSecond, now)
                               .first;
        if (entry->second.has(now)) {
            entry->second.take(now);
            return true;
        }
    }
    refusals_.note("requests", exchange.peer().address);
    return false;
}

void Accounts::audit(const http::Exchange& exchange, const std::string& action, const std::string& detail) {
    const std::string name = exchange.caller ? exchange.caller->name : "";
    stores_.lease()->audit.insert({clock_.wallNow(), name, exchange.peer().address, action, detail});
}

}  // namespace porchlight::web
