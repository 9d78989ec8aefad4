/// What was written to disk, by day and purpose.
#pragma once

#include <vector>

#include "store/tables/rows.h"

namespace porchlight::store {

class Connection;

/// What was written to disk, by day and purpose. **Thread** and errors: as Store.
class Wear {
  public:
    explicit Wear(Connection& connection) : connection_(connection) {}

    /// Adds to the day's counts; forgets days older than a year.
    void add(const std::vector<WrittenRow>& rows);
    std::vector<WrittenRow> since(std::int64_t from_day);

  private:
    Connection& connection_;
};

}  // namespace porchlight::store
