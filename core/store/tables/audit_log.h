/// Who did what, and who failed to log in.
#pragma once

#include <string>
#include <vector>

#include "store/tables/rows.h"

namespace porchlight::store {

class Connection;

/// Who did what, and who failed to log in. **Thread** and errors: as Store.
class AuditLog {
  public:
    explicit AuditLog(Connection& connection) : connection_(connection) {}

    void insert(const AuditRow& row);
    std::vector<AuditRow> newest(std::size_t limit, const AuditFilter& filter = {});  ///< newest first
    /// As far back as the audit log goes.
    bool hasLoggedInFrom(const std::string& user, const std::string& address);
    /// Keeps the newest 1000.
    void noteFailedLogin(const std::string& user, const std::string& address, WallTime at);
    std::vector<FailedLoginRow> failedLogins(std::size_t limit);  ///< newest first

  private:
    Connection& connection_;
};

}  // namespace porchlight::store
