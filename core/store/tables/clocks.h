/// Rows stamped by a clock that was not trusted, and steps of the clock.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/tables/rows.h"

namespace porchlight::store {

class Connection;

/// Rows stamped by a clock that was not trusted, and steps of the clock. **Thread** and errors: as Store.
class Clocks {
  public:
    explicit Clocks(Connection& connection) : connection_(connection) {}

    void insertDoubt(const ClockDoubtRow& row);
    std::vector<ClockDoubtRow> doubts();
    /// Start of the first doubtful recording of a boot, and the end of what was recorded before it, if
    /// anything.
    std::pair<WallTime, std::optional<WallTime>> doubtfulBoot(const std::string& boot_id);
    /// Moves a doubtful recording's or event's times by `shift`; ends the doubt unless `clock_state` is
    /// "untrusted".
    void restamp(const ClockDoubtRow& doubt, microseconds shift, const std::string& clock_state);
    void insertStep(const ClockStepRow& row);                     ///< and forgets those older than a year
    std::vector<ClockStepRow> steps(WallTime from, WallTime to);  ///< oldest first

  private:
    Connection& connection_;
};

}  // namespace porchlight::store
