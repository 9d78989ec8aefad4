/// The ledger "no unexplained second": for each camera a contiguous chain of intervals, recorded or a gap
/// with its cause.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "ledger/alive_mark.h"
#include "ledger/camera_ledger.h"
#include "ledger/gap_cause.h"
#include "ledger/host_watch.h"
#include "store/store.h"

namespace porchlight::ledger {

/// **Owns** nothing on disk but the rows of `coverage` and the mark `ledger_mark` in `meta`. **Thread**:
/// thread-bound (recorder). open(), tick(), close() and noteFound() throw what Store throws, and the next
/// tick tries again from memory that is as it was: of what belongs together in the ledger, a start above all,
/// nothing stands until all does. All else only takes note and never throws.
///
/// *Recorded* is footage that was synced, as far as its own times say, also when it lies in the past
/// (pre-roll). All else is a gap. A gap begins where the footage ended, and gets its cause when that is
/// known: at once when the camera says what is wrong, after kLate when it says that all is well. Holes in
/// footage under 0.5 s are clocks that differ, no gaps. Recorded wins over gap, a gap never over recorded:
/// when the wall clock is set back, the same seconds of wall time are lived twice and their footage counts
/// once.
///
/// Writes: a row when something changes (a flapping camera: 30 at once, then one a minute) and one mark a
/// minute, which is how close the end of a gap before a power cut is known; where footage was recorded, it is
/// known to a second.
class CoverageLedger {
  public:
    /// `boot_id`: /proc/sys/kernel/random/boot_id, which tells a power cut from a crash.
    CoverageLedger(store::Store& store, const base::Clock& clock, std::string boot_id);

    /// Explains the time since the core last ran. After closeUnfinished(), before anything else.
    /// What it could not finish is done by tick().
    void open();

    void addCamera(const std::string& name, config::RecordMode mode);  ///< or changes its mode
    void removeCamera(const std::string& name);                        ///< its ledger ends with the next tick
    void setCondition(const std::string& name, const CameraCondition& condition);
    void setWriter(const std::string& name, const WriterFacts& facts);

    /// `is_after_pause`: no picture came before it, although the stream ran on.
    void noteWritten(const std::string& name, WallTime start, WallTime end, bool is_after_pause = false);
    void noteSynced(const std::string& name);  ///< what was written is durable
    void noteLost(const std::string& name);    ///< what was written since the last sync may not be

    /// Footage of an earlier run was found: recorded, as far back as the ledger goes. Throws what Store
    /// throws.
    void noteFound(const std::string& name, WallTime start, WallTime end);

    /// The clock that stamped everything since the machine started was not trusted, and has just been set by
    /// `shift`; the rows of recordings move with it. What the ledger says of that time moves with the next
    /// tick, the time before is a gap.
    void restamp(microseconds shift);

    /// A few times a second: late footage, clock steps, the mark.
    void tick();

    /// The daemon stops properly; all footage is synced.
    void close();

  private:
    CameraLedger* find(const std::string& name) noexcept;
    void explainAbsence(const store::CoverageRow& row);
    std::vector<std::pair<WallTime, WallTime>> footageSince(const store::CoverageRow& row);
    void dropUnconfigured();
    void watchHost();
    void explainStep(WallTime from, WallTime to, GapCause cause);
    void noteFaultOfAll(GapCause cause, WallTime at);

    store::Store& store_;
    const base::Clock& clock_;
    AliveMark mark_;
    HostWatch host_;
    std::map<std::string, CameraLedger> cameras_;
    WallTime opened_at_;  ///< no footage of this run is older
    Monotonic::time_point opened_mono_{};
    bool was_tried_ = false;   ///< open()
    bool is_retried_ = false;  ///< it failed before: footage of this run may exist
    bool is_open_ = false;     ///< the time without the core is explained
    bool has_dropped_unconfigured_ = false;
    std::optional<GapCause> first_step_;  ///< the clock is set for the first time after the host started
    bool was_refused_ = false;            ///< the last tick did not get through
    bool is_refused_ = false;             ///< nor does this one, until it has
};

}  // namespace porchlight::ledger
