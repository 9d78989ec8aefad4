/// The ledger of one camera: a contiguous chain of intervals, recorded or a gap with its cause.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "ledger/camera_facts.h"
#include "ledger/change_budget.h"
#include "ledger/coverage_chain.h"
#include "ledger/footage_spans.h"
#include "store/store.h"

namespace porchlight::ledger {

/// The rules of CoverageLedger for one camera. Invariant: rows and memory agree - what belongs together
/// stands in both or in neither when the store throws, and is tried again. **Thread**: thread-bound
/// (recorder). What begins with `note` or `set`, and restamp(), only take note; everything else throws what
/// Store throws.
class CameraLedger {
  public:
    CameraLedger(store::Store& store, const base::Clock& clock, std::string name);

    void setMode(config::RecordMode mode) noexcept;
    void setCondition(const CameraCondition& condition);
    void setWriter(const WriterFacts& facts);
    FootageSpans& footage() noexcept { return footage_; }
    void noteSynced();
    void noteRemoved() noexcept { is_removed_ = true; }
    bool isRemoved() const noexcept { return is_removed_; }

    /// For holes until footage comes again.
    void noteFault(GapCause cause, WallTime at) noexcept;

    /// Since when there is another reason than before for no footage.
    void noteWhy();

    /// The clock was set: what is in memory moves now, rows with the next advance().
    void restamp(const ClockMove& move);

    /// Begins, or goes on after a restart, and enters what became durable.
    void advance();
    bool hasBegun() const noexcept { return chain_.hasBegun(); }

    /// Ends a recorded interval that is over, and gives the gap its cause. `was_refused`: the database has
    /// taken nothing since; what is told now is from when it was so.
    void settle(bool was_refused);

    /// The chain ends with the camera.
    void end() { chain_.end(clock_.wallNow()); }
    /// It ends for now: the daemon stops.
    void stop();

    /// [from, to) was never lived, or slept: told where no footage is being recorded, a hole of it otherwise.
    bool isGapBefore(WallTime to) const noexcept;
    void paintGapRows(WallTime from, WallTime to, GapCause cause);

    /// Rows were changed beside it.
    void reread() { chain_.reread(); }

  private:
    using Time = Monotonic::time_point;
    void cover(const FootageSpan& span);
    void continueRecorded(const FootageSpan& span);
    void settleGap(const Explanation& why, bool was_refused);
    bool isTooSoon(GapCause was, const Explanation& why) const noexcept;
    GapCause causeOfHole(bool is_after_pause) const;

    const base::Clock& clock_;
    CoverageChain chain_;
    CameraFacts facts_;
    FootageSpans footage_;
    ChangeBudget budget_;
    Time synced_at_{};
    std::vector<ClockMove> moves_;  ///< not yet carried out
    bool is_removed_ = false;
    std::optional<GapCause> last_fault_;
    WallTime last_fault_at_{};
    Time unsure_since_{};  ///< 0: the explanation is sure
    Explanation why_;      ///< of no footage coming, and since when that is so
    WallTime why_since_{};
};

}  // namespace porchlight::ledger
