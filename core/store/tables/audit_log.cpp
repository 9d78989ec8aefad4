#include "store/tables/audit_log.h"

#include "store/tables/connection.h"

namespace porchlight::store {
namespace {

constexpr std::int64_t kFailedLoginsKept = 1000;

}  // namespace

void AuditLog::insert(const AuditRow& row) {
    connection_.database.run(
        "INSERT INTO audit (at_us, user, address, action, detail) VALUES (?, ?, ?, ?, ?)", row.at, row.user,
        row.address, row.action, row.detail);
}

std::vector<AuditRow> AuditLog::newest(std::size_t limit, const AuditFilter& filter) {
    std::vector<AuditRow> out;
    Statement rows = connection_.database.query(
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

bool AuditLog::hasLoggedInFrom(const std::string& user, const std::string& address) {
    return connection_.database
        .single("SELECT 1 FROM audit WHERE action = 'login' AND user = ? AND address = ? LIMIT 1", user,
                address)
        .has_value();
}

void AuditLog::noteFailedLogin(const std::string& user, const std::string& address, WallTime at) {
    Transaction transaction(connection_.database);
    connection_.database.run(
        "INSERT INTO failed_login VALUES (?1, ?2, ?3, ?3, 1) ON CONFLICT (user, address)"
        " DO UPDATE SET last_at_us = ?3, tries = tries + 1",
        user, address, at);
    connection_.database.run(
        "DELETE FROM failed_login WHERE last_at_us < (SELECT last_at_us FROM failed_login"
        " ORDER BY last_at_us DESC LIMIT 1 OFFSET ?)",
        kFailedLoginsKept - 1);
    transaction.commit();
}

std::vector<FailedLoginRow> AuditLog::failedLogins(std::size_t limit) {
    std::vector<FailedLoginRow> out;
    Statement rows = connection_.database.query(
        "SELECT user, address, first_at_us, last_at_us, tries FROM failed_login"
        " ORDER BY last_at_us DESC LIMIT ?",
        static_cast<std::int64_t>(limit));
    while (rows.step())
        out.push_back({rows.text(0), rows.text(1), rows.time(2), rows.time(3), rows.integer(4)});
    return out;
}

}  // namespace porchlight::store
