#include "store/tables/accounts.h"

#include "store/tables/audit_log.h"
#include "store/tables/connection.h"

namespace porchlight::store {

namespace {

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

std::int64_t Accounts::insert(const UserRow& row) {
    const DurableWrites durable(connection_.database);
    const int made = connection_.database.run(
        "INSERT INTO user (name, password_hash, role, created_at_us) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (name) DO NOTHING",
        row.name, row.password_hash, std::string_view(nameOf(row.role)), row.created_at);
    if (made == 0) throw Error(ErrorKind::Misconfigured, "add user " + row.name + ": the name is taken");
    return connection_.database.lastInsertId();
}

std::optional<UserRow> Accounts::byName(const std::string& name) {
    return oneUser(
        connection_.database.query("SELECT " PORCHLIGHT_USER_COLUMNS " FROM user WHERE name = ?", name));
}

std::optional<UserRow> Accounts::byId(std::int64_t id) {
    return oneUser(
        connection_.database.query("SELECT " PORCHLIGHT_USER_COLUMNS " FROM user WHERE id = ?", id));
}

std::vector<UserRow> Accounts::all() {
    std::vector<UserRow> out;
    Statement rows = connection_.database.query("SELECT " PORCHLIGHT_USER_COLUMNS " FROM user ORDER BY name");
    while (rows.step()) out.push_back(readUser(rows));
    return out;
}

bool Accounts::setPassword(const std::string& name, const std::string& password_hash) {
    const DurableWrites durable(connection_.database);
    Transaction transaction(connection_.database);
    const int changed =
        connection_.database.run("UPDATE user SET password_hash = ?2 WHERE name = ?1", name, password_hash);
    connection_.database.run("DELETE FROM session WHERE user_id = (SELECT id FROM user WHERE name = ?)",
                             name);
    transaction.commit();
    return changed > 0;
}

void Accounts::replaceHash(std::int64_t user_id, const std::string& old_hash, const std::string& new_hash) {
    connection_.database.run("UPDATE user SET password_hash = ?3 WHERE id = ?1 AND password_hash = ?2",
                             user_id, old_hash, new_hash);
}

UserRemoval Accounts::remove(const std::string& name) {
    const DurableWrites durable(connection_.database);
    // One statement: two administrators who remove each other at the same moment leave one behind.
    const int removed = connection_.database.run(
        "DELETE FROM user WHERE name = ?"
        " AND (role <> 'admin' OR (SELECT count(*) FROM user WHERE role = 'admin') > 1)",
        name);
    if (removed > 0) return UserRemoval::Done;
    return byName(name) ? UserRemoval::LastAdmin : UserRemoval::NoSuchUser;
}

void Accounts::insertSession(const SessionRow& row) {
    connection_.database.run(
        "INSERT INTO session (token_hash, user_id, created_at_us, expires_at_us, address, agent)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        row.token_hash, row.user_id, row.created_at, row.expires_at, row.address, row.agent);
}

std::optional<SessionRow> Accounts::session(const std::string& token_hash) {
    Statement row = connection_.database.query(
        "SELECT token_hash, user_id, created_at_us, expires_at_us, address, agent"
        " FROM session WHERE token_hash = ?",
        token_hash);
    if (!row.step()) return std::nullopt;
    return SessionRow{row.text(0), row.integer(1), row.time(2), row.time(3), row.text(4), row.text(5)};
}

void Accounts::openSession(const SessionRow& row, const std::string& replaced_hash, const AuditRow& audit) {
    Transaction transaction(connection_.database);
    insertSession(row);
    removeSession(replaced_hash);
    removeExpiredSessions(row.created_at);
    AuditLog(connection_).insert(audit);
    transaction.commit();
}

bool Accounts::renewSession(const std::string& token_hash, WallTime expires_at) {
    return connection_.database.run(
               "UPDATE session SET expires_at_us = ?2 WHERE token_hash = ?1 AND expires_at_us < ?2",
               token_hash, expires_at) > 0;
}

void Accounts::removeSession(const std::string& token_hash) {
    connection_.database.run("DELETE FROM session WHERE token_hash = ?", token_hash);
}

void Accounts::removeExpiredSessions(WallTime now) {
    connection_.database.run("DELETE FROM session WHERE expires_at_us <= ?", now);
}

void Accounts::insertToken(const TokenRow& row) {
    const DurableWrites durable(connection_.database);
    const int made = connection_.database.run(
        "INSERT INTO api_token (token_hash, name, role, created_at_us, user_id, maker)"
        " VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (name) DO NOTHING",
        row.token_hash, row.name, std::string_view(nameOf(row.role)), row.created_at, row.user_id, row.maker);
    if (made == 0) throw Error(ErrorKind::Misconfigured, "add token " + row.name + ": the name is taken");
}

std::optional<TokenRow> Accounts::token(const std::string& token_hash) {
    Statement row = connection_.database.query(
        "SELECT " PORCHLIGHT_TOKEN_COLUMNS " FROM api_token WHERE token_hash = ?", token_hash);
    if (!row.step()) return std::nullopt;
    return readToken(row);
}

std::vector<TokenRow> Accounts::tokens() {
    std::vector<TokenRow> out;
    Statement rows =
        connection_.database.query("SELECT " PORCHLIGHT_TOKEN_COLUMNS " FROM api_token ORDER BY name");
    while (rows.step()) out.push_back(readToken(rows));
    return out;
}

void Accounts::noteTokenUse(const std::string& token_hash, WallTime at) {
    connection_.database.run("UPDATE api_token SET last_used_at_us = ?2 WHERE token_hash = ?1", token_hash,
                             at);
}

bool Accounts::removeToken(const std::string& name) {
    const DurableWrites durable(connection_.database);
    return connection_.database.run("DELETE FROM api_token WHERE name = ?", name) > 0;
}

}  // namespace porchlight::store
