/// Store: users, sessions, tokens, the audit log.
#include "store/store_impl.h"

namespace porchlight::store {

namespace {

constexpr std::int64_t kFailedLoginsKept = 1000;

#define PORCHLIGHT_USER_COLUMNS "id, name, password_hash, role, created_at_us"

UserRow readUser(const Statement& from) {
    return {from.integer(0), from.text(1), from.text(2), enumOf(from.text(3), {Role::Viewer, Role::Admin}),
            from.time(4)};
}

std::optional<UserRow> oneUser(Statement rows) {
    if (!rows.step()) return std::nullopt;
    return readUser(rows);
}

#define PORCHLIGHT_TOKEN_COLUMNS "token_hash, name, role, created_at_us, user_id, maker, last_used_at_us"

TokenRow readToken(const Statement& from) {
    TokenRow row{from.text(0),         from.text(1), enumOf(from.text(2), {Role::Viewer, Role::Admin}),
                 from.time(3),         {},           from.text(5),
                 from.timeOrNothing(6)};
    if (!from.isNull(4)) row.user_id = from.integer(4);
    return row;
}

}  // namespace

std::int64_t Store::insertUser(const UserRow& row) {
    const DurableWrites durable(impl_->database);
    const int made = impl_->database.run(
        "INSERT INTO user (name, password_hash, role, created_at_us) VALUES (?, ?, ?, ?) ON CONFLICT (name) "
        "DO NOTHING",
        row.name, row.password_hash, std::string_view(nameOf(row.role)), row.created_at);
    if (made == 0) throw Error(ErrorKind::Misconfigured, "add user " + row.name + ": the name is taken");
    return impl_->database.lastInsertId();
}

std::optional<UserRow> Store::user(const std::string& name) {
    return oneUser(
        impl_->database.query("SELECT " PORCHLIGHT_USER_COLUMNS " FROM user WHERE name = ?", name));
}

std::optional<UserRow> Store::userById(std::int64_t id) {
    return oneUser(impl_->database.query("SELECT " PORCHLIGHT_USER_COLUMNS " FROM user WHERE id = ?", id));
}

std::vector<UserRow> Store::users() {
    std::vector<UserRow> out;
    Statement rows = impl_->database.query("SELECT " PORCHLIGHT_USER_COLUMNS " FROM user ORDER BY name");
    while (rows.step()) out.push_back(readUser(rows));
    return out;
}

bool Store::setPassword(const std::string& name, const std::string& password_hash) {
    const DurableWrites durable(impl_->database);
    Transaction transaction(impl_->database);
    const int changed =
        impl_->database.run("UPDATE user SET password_hash = ?2 WHERE name = ?1", name, password_hash);
    impl_->database.run("DELETE FROM session WHERE user_id = (SELECT id FROM user WHERE name = ?)", name);
    transaction.commit();
    return changed > 0;
}

void Store::replaceHash(std::int64_t user_id, const std::string& old_hash, const std::string& new_hash) {
    impl_->database.run("UPDATE user SET password_hash = ?3 WHERE id = ?1 AND password_hash = ?2", user_id,
                        old_hash, new_hash);
}

UserRemoval Store::removeUser(const std::string& name) {
    const DurableWrites durable(impl_->database);
    // One statement: two administrators who remove each other at the same moment leave one behind.
    const int removed = impl_->database.run(
        "DELETE FROM user WHERE name = ? AND (role <> 'admin' OR (SELECT count(*) FROM user WHERE role = "
        "'admin') > 1)",
        name);
    if (removed > 0) return UserRemoval::Done;
    return user(name) ? UserRemoval::LastAdmin : UserRemoval::NoSuchUser;
}

void Store::insertSession(const SessionRow& row) {
    impl_->database.run(
        "INSERT INTO session (token_hash, user_id, created_at_us, expires_at_us, address, agent)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        row.token_hash, row.user_id, row.created_at, row.expires_at, row.address, row.agent);
}

std::optional<SessionRow> Store::session(const std::string& token_hash) {
    Statement row = impl_->database.query(
        "SELECT token_hash, user_id, created_at_us, expires_at_us, address, agent"
        " FROM session WHERE token_hash = ?",
        token_hash);
    if (!row.step()) return std::nullopt;
    return SessionRow{row.text(0), row.integer(1), row.time(2), row.time(3), row.text(4), row.text(5)};
}

void Store::openSession(const SessionRow& row, const std::string& replaced_hash, const AuditRow& audit) {
    Transaction transaction(impl_->database);
    insertSession(row);
    removeSession(replaced_hash);
    removeExpiredSessions(row.created_at);
    insertAudit(audit);
    transaction.commit();
}

bool Store::renewSession(const std::string& token_hash, WallTime expires_at) {
    return impl_->database.run(
               "UPDATE session SET expires_at_us = ?2 WHERE token_hash = ?1 AND expires_at_us < ?2",
               token_hash, expires_at) > 0;
}

void Store::removeSession(const std::string& token_hash) {
    impl_->database.run("DELETE FROM session WHERE token_hash = ?", token_hash);
}

void Store::removeExpiredSessions(WallTime now) {
    impl_->database.run("DELETE FROM session WHERE expires_at_us <= ?", now);
}

void Store::insertToken(const TokenRow& row) {
    const DurableWrites durable(impl_->database);
    const int made = impl_->database.run(
        "INSERT INTO api_token (token_hash, name, role, created_at_us, user_id, maker) VALUES (?, ?, ?, ?, "
        "?, ?)"
        " ON CONFLICT (name) DO NOTHING",
        row.token_hash, row.name, std::string_view(nameOf(row.role)), row.created_at, row.user_id, row.maker);
    if (made == 0) throw Error(ErrorKind::Misconfigured, "add token " + row.name + ": the name is taken");
}

std::optional<TokenRow> Store::token(const std::string& token_hash) {
    Statement row = impl_->database.query(
        "SELECT " PORCHLIGHT_TOKEN_COLUMNS " FROM api_token WHERE token_hash = ?", token_hash);
    if (!row.step()) return std::nullopt;
    return readToken(row);
}

std::vector<TokenRow> Store::tokens() {
    std::vector<TokenRow> out;
    Statement rows =
        impl_->database.query("SELECT " PORCHLIGHT_TOKEN_COLUMNS " FROM api_token ORDER BY name");
    while (rows.step()) out.push_back(readToken(rows));
    return out;
}

void Store::noteTokenUse(const std::string& token_hash, WallTime at) {
    impl_->database.run("UPDATE api_token SET last_used_at_us = ?2 WHERE token_hash = ?1", token_hash, at);
}

bool Store::removeToken(const std::string& name) {
    const DurableWrites durable(impl_->database);
    return impl_->database.run("DELETE FROM api_token WHERE name = ?", name) > 0;
}

void Store::insertAudit(const AuditRow& row) {
    impl_->database.run("INSERT INTO audit (at_us, user, address, action, detail) VALUES (?, ?, ?, ?, ?)",
                        row.at, row.user, row.address, row.action, row.detail);
}

std::vector<AuditRow> Store::audit(std::size_t limit, const AuditFilter& filter) {
    std::vector<AuditRow> out;
    Statement rows = impl_->database.query(
        "SELECT at_us, user, address, action, detail, id FROM audit WHERE (?1 = 0 OR id < ?1) AND (?2 = '' "
        "OR user = ?2)"
        " AND (?3 = '' OR action = ?3) AND at_us >= ?4 AND at_us < ?5 ORDER BY id DESC LIMIT ?6",
        filter.before_id, filter.user, filter.action, filter.from.value_or(WallTime::min()),
        filter.to.value_or(WallTime::max()), static_cast<std::int64_t>(limit));
    while (rows.step())
        out.push_back(
            {rows.time(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4), rows.integer(5)});
    return out;
}

bool Store::hasLoggedInFrom(const std::string& user, const std::string& address) {
    return impl_->database
        .single("SELECT 1 FROM audit WHERE action = 'login' AND user = ? AND address = ? LIMIT 1", user,
                address)
        .has_value();
}

void Store::noteFailedLogin(const std::string& user, const std::string& address, WallTime at) {
    Transaction transaction(impl_->database);
    impl_->database.run(
        "INSERT INTO failed_login VALUES (?1, ?2, ?3, ?3, 1) ON CONFLICT (user, address)"
        " DO UPDATE SET last_at_us = ?3, tries = tries + 1",
        user, address, at);
    impl_->database.run(
        "DELETE FROM failed_login WHERE last_at_us < (SELECT last_at_us FROM failed_login"
        " ORDER BY last_at_us DESC LIMIT 1 OFFSET ?)",
        kFailedLoginsKept - 1);
    transaction.commit();
}

std::vector<FailedLoginRow> Store::failedLogins(std::size_t limit) {
    std::vector<FailedLoginRow> out;
    Statement rows = impl_->database.query(
        "SELECT user, address, first_at_us, last_at_us, tries FROM failed_login"
        " ORDER BY last_at_us DESC LIMIT ?",
        static_cast<std::int64_t>(limit));
    while (rows.step())
        out.push_back({rows.text(0), rows.text(1), rows.time(2), rows.time(3), rows.integer(4)});
    return out;
}

}  // namespace porchlight::store
