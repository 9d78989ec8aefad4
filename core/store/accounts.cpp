/// Store: users, sessions, tokens, the audit log.
#include "store/store_impl.h"

namespace porchlight::store {

namespace {

#define PORCHLIGHT_USER_COLUMNS "id, name, password_hash, role, created_at_us"

UserRow readUser(const Statement& from) {
    return {from.integer(0), from.text(1), from.text(2), enumOf(from.text(3), {Role::Viewer, Role::Admin}), from.time(4)};
}

std::optional<UserRow> oneUser(Statement rows) {
    if (!rows.step()) return std::nullopt;
    return readUser(rows);
}

TokenRow readToken(const Statement& from) {
    return {from.text(0), from.text(1), enumOf(from.text(2), {Role::Viewer, Role::Admin}), from.time(3)};
}

}  // namespace

std::int64_t Store::insertUser(const UserRow& row) {
    const DurableWrites durable(impl_->database);
    const int made = impl_->database.run(
        "INSERT INTO user (name, password_hash, role, created_at_us) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO NOTHING",
        row.name, row.password_hash, std::string_view(nameOf(row.role)), row.created_at);
    if (made == 0) throw Error(ErrorKind::Misconfigured, "add user " + row.name + ": the name is taken");
    return impl_->database.lastInsertId();
}

std::optional<UserRow> Store::user(const std::string& name) {
    return oneUser(impl_->database.query("SELECT " PORCHLIGHT_USER_COLUMNS " FROM user WHERE name = ?", name));
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
    const int changed = impl_->database.run("UPDATE user SET password_hash = ?2 WHERE name = ?1", name, password_hash);
    impl_->database.run("DELETE FROM session WHERE user_id = (SELECT id FROM user WHERE name = ?)", name);
    transaction.commit();
    return changed > 0;
}

bool Store::removeUser(const std::string& name) {
    const DurableWrites durable(impl_->database);
    return impl_->database.run("DELETE FROM user WHERE name = ?", name) > 0;
}

void Store::insertSession(const SessionRow& row) {
    impl_->database.run("INSERT INTO session (token_hash, user_id, created_at_us, expires_at_us, address, agent)"
                        " VALUES (?, ?, ?, ?, ?, ?)",
                        row.token_hash, row.user_id, row.created_at, row.expires_at, row.address, row.agent);
}

std::optional<SessionRow> Store::session(const std::string& token_hash) {
    Statement row = impl_->database.query("SELECT token_hash, user_id, created_at_us, expires_at_us, address, agent"
                                          " FROM session WHERE token_hash = ?", token_hash);
    if (!row.step()) return std::nullopt;
    return SessionRow{row.text(0), row.integer(1), row.time(2), row.time(3), row.text(4), row.text(5)};
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
        "INSERT INTO api_token (token_hash, name, role, created_at_us) VALUES (?, ?, ?, ?) ON CONFLICT (name) DO NOTHING",
        row.token_hash, row.name, std::string_view(nameOf(row.role)), row.created_at);
    if (made == 0) throw Error(ErrorKind::Misconfigured, "add token " + row.name + ": the name is taken");
}

std::optional<TokenRow> Store::token(const std::string& token_hash) {
    Statement row = impl_->database.query("SELECT token_hash, name, role, created_at_us FROM api_token"
                                          " WHERE token_hash = ?", token_hash);
    if (!row.step()) return std::nullopt;
    return readToken(row);
}

std::vector<TokenRow> Store::tokens() {
    std::vector<TokenRow> out;
    Statement rows = impl_->database.query("SELECT token_hash, name, role, created_at_us FROM api_token ORDER BY name");
    while (rows.step()) out.push_back(readToken(rows));
    return out;
}

bool Store::removeToken(const std::string& name) {
    const DurableWrites durable(impl_->database);
    return impl_->database.run("DELETE FROM api_token WHERE name = ?", name) > 0;
}

void Store::insertAudit(const AuditRow& row) {
    impl_->database.run("INSERT INTO audit (at_us, user, address, action, detail) VALUES (?, ?, ?, ?, ?)", row.at, row.user,
                        row.address, row.action, row.detail);
}

std::vector<AuditRow> Store::audit(std::size_t limit) {
    std::vector<AuditRow> out;
    Statement rows = impl_->database.query("SELECT at_us, user, address, action, detail FROM audit ORDER BY id DESC LIMIT ?",
                                           static_cast<std::int64_t>(limit));
    while (rows.step()) out.push_back({rows.time(0), rows.text(1), rows.text(2), rows.text(3), rows.text(4)});
    return out;
}

}  // namespace porchlight::store
