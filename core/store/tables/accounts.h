/// Users, their sessions and tokens.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "store/tables/rows.h"

namespace porchlight::store {

class Connection;

/// Users, their sessions and tokens. **Thread** and errors: as Store.
class Accounts {
  public:
    explicit Accounts(Connection& connection) : connection_(connection) {}

    std::int64_t insert(const UserRow& row);  ///< Error(Misconfigured) when the name is taken
    std::optional<UserRow> byName(const std::string& name);
    std::optional<UserRow> byId(std::int64_t id);
    std::vector<UserRow> all();
    /// Ends that user's sessions.
    bool setPassword(const std::string& name, const std::string& password_hash);
    /// Another hash of the same password, unless that was changed meanwhile; sessions go on.
    void replaceHash(std::int64_t user_id, const std::string& old_hash, const std::string& new_hash);
    /// And its sessions and tokens; never the last administrator.
    UserRemoval remove(const std::string& name);
    void insertSession(const SessionRow& row);
    /// A login: the session in place of the browser's earlier one, and its audit row. Forgets expired
    /// sessions.
    void openSession(const SessionRow& row, const std::string& replaced_hash, const AuditRow& audit);
    /// False: it is over, or lives as long already.
    bool renewSession(const std::string& token_hash, WallTime expires_at);
    std::optional<SessionRow> session(const std::string& token_hash);
    void removeSession(const std::string& token_hash);
    void removeExpiredSessions(WallTime now);
    void insertToken(const TokenRow& row);  ///< Error(Misconfigured) when the name is taken
    std::optional<TokenRow> token(const std::string& token_hash);
    std::vector<TokenRow> tokens();
    bool removeToken(const std::string& name);
    void noteTokenUse(const std::string& token_hash, WallTime at);

  private:
    Connection& connection_;
};

}  // namespace porchlight::store
