/// The rows of one camera's ledger, and what memory knows of the one that runs.
#pragma once

#include <algorithm>
#include <functional>
#include <optional>
#include <string>

#include "ledger/camera_facts.h"
#include "ledger/gap_cause.h"
#include "store/store.h"

namespace porchlight::ledger {

/// The clock that stamped [from, until) was wrong by `shift`.
struct ClockMove {
    WallTime from{};
    WallTime until{};
    microseconds shift{0};
    GapCause cause = GapCause::ClockStep;  ///< of the time that was never lived
};

/// Invariant: rows and memory agree; what belongs together (whole()) stands in both or in neither.
/// **Thread**: thread-bound (recorder). Throws what Store throws.
class CoverageChain {
  public:
    CoverageChain(store::Store& store, std::string camera);

    /// Goes on with the interval that runs, else begins with a gap.
    void begin(WallTime at, const Explanation& why);
    bool hasBegun() const noexcept { return has_begun_; }

    const store::CoverageRow& running() const noexcept { return row_; }
    bool isRecorded() const noexcept { return row_.is_recorded; }
    WallTime startedAt() const noexcept { return row_.started_at; }
    WallTime recordedUntil() const noexcept { return until_; }  ///< of the running one, if it is recorded
    void extendTo(WallTime until) noexcept { until_ = std::max(until_, until); }

    /// All that `change` does, or nothing of it when it throws.
    void whole(const std::function<void()>& change);

    /// The running interval ends, and a gap begins.
    void append(WallTime at, const Explanation& why);

    /// [from, to) is recorded, or a gap, whatever it was; without `to` it runs from there.
    void paintRecorded(WallTime from, std::optional<WallTime> to);
    void paintGap(WallTime from, std::optional<WallTime> to, GapCause cause);

    /// As above in rows alone: part of a change of several cameras, each of which reread()s when it is done.
    void paintGapRows(WallTime from, WallTime to, GapCause cause);

    /// Footage begins in the gap that runs, and is durable until `end`.
    void beginRecorded(WallTime start, WallTime end);

    /// Rows of a clock that was wrong move; whole().
    void move(const ClockMove& move);
    /// Memory moves with it at once.
    void restamp(const ClockMove& move) noexcept;

    /// Others have changed the rows.
    void reread();

    /// The chain ends, a gap not before `now`.
    void end(WallTime now);

  private:
    void paint(WallTime from, std::optional<WallTime> to, bool is_recorded, const char* cause);

    store::Store& store_;
    store::CoverageRow row_;  ///< the running one, as stored
    bool has_begun_ = false;
    WallTime until_{};  ///< end of durable footage, while `row_` is recorded
};

}  // namespace porchlight::ledger
