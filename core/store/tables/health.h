/// Changes of health and recovery attempts. Troubles from their begin to their end: one runs per camera at
/// most.
#pragma once

#include <string>
#include <vector>

#include "store/tables/rows.h"

namespace porchlight::store {

class Connection;

/// Changes of health and recovery attempts. **Thread** and errors: as Store.
class Health {
  public:
    explicit Health(Connection& connection) : connection_(connection) {}

    void insert(const HealthRow& row);
    /// Newest first.
    std::vector<HealthRow> between(const std::string& camera, WallTime from, WallTime to, std::size_t limit);
    void insertRecovery(const RecoveryRow& row);
    /// Newest first.
    std::vector<RecoveryRow> recoveries(const std::string& camera, WallTime from, WallTime to,
                                        std::size_t limit);

  private:
    Connection& connection_;
};

/// Troubles from their begin to their end: one runs per camera at most. **Thread** and errors: as Store.
class Incidents {
  public:
    explicit Incidents(Connection& connection) : connection_(connection) {}

    /// Begins one, goes on with one that ended less than a minute ago, or changes the running one; critical
    /// stays critical.
    void note(const IncidentRow& row);
    /// Nothing runs: nothing happens.
    void end(const std::string& camera, WallTime at, std::int64_t failures);
    /// Overlapping, newest first.
    std::vector<IncidentRow> between(const std::string& camera, WallTime from, WallTime to,
                                     std::size_t limit);
    std::int64_t count(const std::string& camera, WallTime since);

  private:
    Connection& connection_;
};

}  // namespace porchlight::store
