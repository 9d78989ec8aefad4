#include "web/accounts.h"

#include "base/log.h"
#include "web/http_error.h"

namespace porchlight::web {
namespace {

constexpr auto kSessionLife = std::chrono::days(30);
constexpr auto kRenewAfter = std::chrono::days(1);  // one write a day and session, not one a request

}  // namespace

std::string sessionCookie(const std::string& token, bool is_secure) {
    std::string text(kSessionCookie);
    text.append("=").append(token).append("; Path=/; HttpOnly; SameSite=Strict; Max-Age=");
    text += token.empty() ? "0" : std::to_string(std::chrono::seconds(kSessionLife).count());
    if (is_secure) text += "; Secure";
    return text;
}

void checkOrigin(const Exchange& exchange) {
    if (exchange.method() == "GET" || exchange.peer().is_local) return;
    const std::string site = exchange.header("Sec-Fetch-Site");
    if (!site.empty() && site != "same-origin" && site != "none")
        throw HttpError(403, "wrong_origin", "the request came from another site");
    const std::string origin = exchange.header("Origin");
    if (origin.empty()) return;
    const auto start = origin.find("://");
    if (start == std::string::npos || origin.substr(start + 3) != exchange.header("Host"))
        throw HttpError(403, "wrong_origin", "the request came from another site");
}

void Accounts::checkThrottle(const Exchange& exchange, const std::string& address_key, const std::string& account_key) {
    int wait_s = throttle_.attempt(address_key);
    if (wait_s == 0) wait_s = throttle_.attempt(account_key);
    if (wait_s == 0) return;
    base::logWarning("web", "login throttled for " + exchange.peer().address);
    throw HttpError(429, "too_many_attempts", "too many attempts, wait " + std::to_string(wait_s) + " s", "", wait_s);
}

std::optional<store::UserRow> Accounts::checkPassword(const std::string& name, const std::string& password) {
    const std::optional<store::UserRow> user = stores_.lease()->user(name);
    if (!user) {
        hashPassword(password, cost_);  // the time must not tell that the name is unknown
        return std::nullopt;
    }
    if (!verifyPassword(user->password_hash, password)) return std::nullopt;
    return user;
}

std::string Accounts::login(const Exchange& exchange, const std::string& name, const std::string& password) {
    const std::string address_key = "address " + throttleKey(exchange.peer().address);
    const std::string account_key = "account " + name;
    checkThrottle(exchange, address_key, account_key);
    const auto user = checkPassword(name, password);
    if (!user) {
        stores_.lease()->insertAudit({clock_.wallNow(), name, exchange.peer().address, "login_failed", ""});
        throw HttpError(401, "wrong_login", "wrong user name or password");
    }
    throttle_.succeed(address_key);
    throttle_.succeed(account_key);
    if (needsRehash(user->password_hash, cost_)) stores_.lease()->setPassword(name, hashPassword(password, cost_));
    return openSession(exchange, *user);
}

std::string Accounts::openSession(const Exchange& exchange, const store::UserRow& user) {
    const std::string token = generateToken();
    const WallTime now = clock_.wallNow();
    store::SessionRow row{hashToken(token), user.id, now, now + kSessionLife, exchange.peer().address,
                          exchange.header("User-Agent").substr(0, 200)};
    const std::string old_token = exchange.cookie(kSessionCookie);
    auto store = stores_.lease();
    if (!old_token.empty()) store->removeSession(hashToken(old_token));
    store->removeExpiredSessions(now);
    store->insertSession(row);
    store->insertAudit({now, user.name, exchange.peer().address, "login", ""});
    return token;
}

void Accounts::logout(const Caller& caller) {
    if (!caller.session_hash.empty()) stores_.lease()->removeSession(caller.session_hash);
}

std::optional<Caller> Accounts::callerOf(const Exchange& exchange) {
    if (exchange.peer().is_local) return Caller{"local", store::Role::Admin, "", ""};
    const std::string authorization = exchange.header("Authorization");
    if (authorization.starts_with("Bearer ")) return holderOf(authorization.substr(7));
    const std::string token = exchange.cookie(kSessionCookie);
    if (token.size() != 64) return std::nullopt;
    const std::string hash = hashToken(token);
    const WallTime now = clock_.wallNow();
    auto store = stores_.lease();
    auto session = store->session(hash);
    if (!session || session->expires_at <= now) return std::nullopt;
    const auto user = store->userById(session->user_id);
    if (!user) return std::nullopt;
    if (session->expires_at < now + kSessionLife - kRenewAfter) {
        session->expires_at = now + kSessionLife;
        store->removeSession(hash);
        store->insertSession(*session);
    }
    return Caller{user->name, user->role, hash, ""};
}

std::optional<Caller> Accounts::holderOf(const std::string& token) {
    if (token.size() != 64) return std::nullopt;
    const std::string hash = hashToken(token);
    const auto row = stores_.lease()->token(hash);
    if (!row) return std::nullopt;
    return Caller{"token " + row->name, row->role, "", hash};
}

bool Accounts::isAlive(const Caller& caller) {
    if (!caller.token_hash.empty()) return stores_.lease()->token(caller.token_hash).has_value();
    if (caller.session_hash.empty()) return true;
    const auto session = stores_.lease()->session(caller.session_hash);
    return session && session->expires_at > clock_.wallNow();
}

void Accounts::audit(const Exchange& exchange, const std::string& action, const std::string& detail) {
    const std::string name = exchange.caller ? exchange.caller->name : "";
    stores_.lease()->insertAudit({clock_.wallNow(), name, exchange.peer().address, action, detail});
}

}  // namespace porchlight::web
