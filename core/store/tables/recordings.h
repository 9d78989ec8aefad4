/// Files of footage: what was recorded, where it lies and whether it is still there.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/cancel.h"
#include "store/tables/rows.h"

namespace porchlight::store {

class Connection;

/// Files of footage: what was recorded, where it lies and whether it is still there. **Thread** and errors:
/// as Store.
class Recordings {
  public:
    explicit Recordings(Connection& connection) : connection_(connection) {}

    /// Durable (FULL) when it returns. `doubt`, of an untrusted clock, becomes a row in the same transaction.
    std::int64_t insert(const RecordingRow& row, const ClockDoubtRow* doubt = nullptr);
    void finish(std::int64_t id, WallTime ended_at, std::uint64_t bytes);
    void markGone(std::int64_t id, const std::string& reason);
    std::vector<RecordingRow> unfinished();  ///< ended_at is null: after a crash
    /// Overlapping, oldest first, existing.
    std::vector<RecordingRow> overlapping(const std::string& camera, WallTime from, WallTime to);
    /// One that began in from..to, is finished, lasts at least so long and lies on the volume: the newest, or
    /// any of them.
    std::optional<RecordingRow> anyFinished(const std::string& camera, WallTime from, WallTime to,
                                            microseconds least, bool wants_newest);
    /// The `limit` oldest after (`after_start`, `after_id`); of one camera, or of all when `camera` is empty.
    std::vector<RetentionCandidate> oldest(const std::string& camera, WallTime after_start,
                                           std::int64_t after_id, std::size_t limit);
    /// Its file is elsewhere now; durable when it returns.
    void move(std::int64_t id, const std::string& path);
    /// Existing, path begins with `folder`, by path.
    std::vector<RecordingRow> below(const std::string& folder);
    void revive(std::int64_t id);  ///< a file that was thought gone is there again; it is open now
    /// Finished ones whose files had no row: all in one transaction, not durable (what a power cut takes is
    /// found again).
    void adopt(const std::vector<RecordingRow>& rows);
    /// Paths from `from` on and before `end`, also of rows whose files are gone, by path; the first `limit`.
    std::vector<KnownPath> knownPaths(const std::string& from, const std::string& end, std::size_t limit);
    std::vector<RecordingRow> existingAfter(std::int64_t id, std::size_t limit);  ///< existing, by id
    std::optional<RecordingRow> byId(std::int64_t id);                            ///< also one that is gone
    std::int64_t newestId();                                                      ///< 0: there is none
    std::optional<RecordingRow> at(const std::string& path);                      ///< also one that is gone
    bool knows(const std::string& path);
    std::uint64_t bytes();                          ///< of existing files, from the byte ledger
    std::map<std::string, RecordedTotal> totals();  ///< by camera, from the byte ledger
    /// Adds the existing rows up again. What the ledger says wrongly, one sentence each; put right with
    /// `repair`.
    std::vector<std::string> checkTotals(bool repair);
    std::optional<WallTime> newestTime();  ///< latest start among trusted recordings
    using Visit =
        std::function<void(WallTime started_at, std::optional<WallTime> ended_at, std::uint64_t bytes)>;
    void visit(const std::string& camera, WallTime from, WallTime to, const Visit& visit);
    /// The start of the camera's oldest recording, also of one whose file is gone.
    std::optional<WallTime> start(const std::string& camera);
    /// Starts and ends of all recordings, also of those whose files are gone, that overlap from..to; oldest
    /// first. Throws Cancelled.
    std::vector<std::pair<WallTime, WallTime>> spans(const std::string& camera, WallTime from, WallTime to,
                                                     const base::Cancel& cancel = {});

  private:
    Connection& connection_;
};

}  // namespace porchlight::store
