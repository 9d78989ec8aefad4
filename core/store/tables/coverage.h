/// The coverage ledger: contiguous, whatever is written.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "store/tables/rows.h"

namespace porchlight::store {

class Connection;

/// The coverage ledger: contiguous, whatever is written. **Thread** and errors: as Store.
class Coverage {
  public:
    explicit Coverage(Connection& connection) : connection_(connection) {}

    using Visit =
        std::function<void(WallTime started_at, std::optional<WallTime> ended_at, std::string_view cause)>;
    /// No cause: recorded.
    void visit(const std::string& camera, WallTime from, WallTime to, const Visit& visit);
    /// From `at` on the camera is recorded (empty `cause`) or has a gap: ends the running interval and begins
    /// another, contiguous with it. The same again changes nothing. A time before the running interval's
    /// start (clock step) is taken as that start, so the ledger never runs backwards.
    void append(const std::string& camera, WallTime at, bool is_recorded, const std::string& cause,
                const std::string& detail = {});
    /// Replaces what the ledger says of row.started_at..row.ended_at (no end: from there on) and joins equal
    /// neighbours. The stretch between the end of an ended ledger and the row becomes a gap kNotConfigured;
    /// nothing is told of the time before the ledger began. Writes nothing when the ledger says so already.
    void paint(const CoverageRow& row);
    void end(const std::string& camera, WallTime at);  ///< the camera is removed: the running interval ends
    std::vector<CoverageRow> running();                ///< of all cameras
    std::optional<CoverageRow> running(const std::string& camera);
    /// Moves what is told of [from, until) later by `shift` > 0: the clock that stamped it was slow. What the
    /// ledger says from `until` on goes on from where that is now; the time that was never lived is a gap
    /// with that cause.
    void move(const std::string& camera, WallTime from, WallTime until, microseconds shift,
              const std::string& cause);
    std::optional<WallTime> start(const std::string& camera);
    /// Overlapping, oldest first, the newest `limit`.
    std::vector<CoverageRow> between(const std::string& camera, WallTime from, WallTime to,
                                     std::size_t limit = 1'000'000);
    /// Time in from..to by cause; "" is recorded. A running interval counts up to `to`. Throws Cancelled.
    std::map<std::string, microseconds> sums(const std::string& camera, WallTime from, WallTime to,
                                             const base::Cancel& cancel = {});

  private:
    Connection& connection_;
};

}  // namespace porchlight::store
