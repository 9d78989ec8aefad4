/// The ledger "no unexplained second": for each camera a contiguous chain of intervals, recorded or a gap
/// with its cause.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "ledger/gap_cause.h"
#include "store/store.h"

namespace porchlight::ledger {

/// What the camera's side says of itself.
struct CameraCondition {
    std::optional<GapCause> cause;  ///< why no pictures come that could be recorded; nothing while they do
    std::string detail;             ///< of Disabled: by whom
    bool is_detect_on = true;
    bool operator==(const CameraCondition&) const = default;
};

/// What the recorder says of one camera.
struct WriterFacts {
    bool is_wanted = false;         ///< footage that comes now is to be recorded
    bool is_writing = false;        ///< a file is open
    std::optional<GapCause> error;  ///< DiskFull, WriteError, ...: nothing can be written
};

/// **Owns** nothing on disk but the rows of `coverage` and the mark `ledger_mark` in `meta`. **Thread**:
/// thread-bound (recorder). open(), tick() and close() throw what Store throws, and the next tick tries again
/// from memory that is as it was: of what belongs together in the ledger, a start above all, nothing stands
/// until all does. All else only takes note and never throws.
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
    static constexpr microseconds kBridge{500'000};  ///< shorter holes are clocks that differ
    struct Span {
        WallTime start{};
        WallTime end{};
        bool is_after_pause = false;
    };
    /// The clock that stamped [from, until) was wrong by `shift`.
    struct Move {
        WallTime from{};
        WallTime until{};
        microseconds shift{0};
        GapCause cause = GapCause::ClockStep;  ///< of the time that was never lived
    };
    static void addSpan(std::vector<Span>& spans, const Span& span);
    struct Explanation {
        GapCause cause = GapCause::NoFrames;
        std::string detail;
        bool is_sure = true;  ///< false: all is said to be well, only that nothing comes
        bool operator==(const Explanation&) const = default;
    };
    struct Camera {
        config::RecordMode mode = config::RecordMode::Motion;
        CameraCondition condition{GapCause::Starting, {}, true};
        WriterFacts writer;
        store::CoverageRow row;  ///< the running one, as stored
        WallTime until{};        ///< end of durable footage, while `row` is recorded
        Monotonic::time_point synced_at{};
        std::vector<Move> moves;       ///< not yet carried out
        bool ends_with_pause = false;  ///< what was written last
        std::vector<Span> written;
        std::vector<Span> durable;  ///< not yet in the ledger; 1024 at most, the oldest is told as dropped
        bool has_row = false;
        bool is_removed = false;
        std::optional<GapCause> last_fault;  ///< for holes
        WallTime last_fault_at{};
        Monotonic::time_point unsure_since{};  ///< 0: the explanation is sure
        Explanation why;                       ///< of no footage coming, and since when that is so
        WallTime why_since{};
        int changes_left = 0;
        Monotonic::time_point changes_at{};
    };

    void whole(Camera& camera, const std::function<void()>& change);
    void explainAbsence(const store::CoverageRow& row);
    void dropUnconfigured();
    void watchHost();
    void explainStep(WallTime from, WallTime to, GapCause cause);
    void startRow(Camera& camera, const std::string& name);
    void coverDurable(Camera& camera);
    void carryOutMoves(Camera& camera);
    void carryOut(Camera& camera, const Move& move);
    void cover(Camera& camera, const Span& span);
    void continueRecorded(Camera& camera, const Span& span);
    void beginRecorded(Camera& camera, WallTime start, WallTime end);
    void noteWhy(Camera& camera) const;
    void settle(Camera& camera);
    void settleGap(Camera& camera, const Explanation& why);
    void append(Camera& camera, WallTime at, const Explanation& why);
    void paint(Camera& camera, WallTime from, std::optional<WallTime> to, std::optional<GapCause> gap);
    bool mayChange(Camera& camera) noexcept;
    Explanation explain(const Camera& camera) const;
    GapCause causeOfHole(const Camera& camera, bool is_after_pause) const;
    void writeMark(const char* state);

    store::Store& store_;
    const base::Clock& clock_;
    const std::string boot_id_;
    std::map<std::string, Camera> cameras_;
    WallTime opened_at_;  ///< no footage of this run is older
    Monotonic::time_point opened_mono_{};
    bool was_tried_ = false;   ///< open()
    bool is_retried_ = false;  ///< it failed before: footage of this run may exist
    bool is_open_ = false;     ///< the time without the core is explained
    bool has_dropped_unconfigured_ = false;
    std::optional<GapCause> first_step_;  ///< the clock is set for the first time after the host started
    WallTime last_alive_{};
    std::string last_boot_;
    bool was_stopped_ = false;
    WallTime last_wall_{};
    Monotonic::time_point last_mono_{};
    microseconds last_suspended_{0};
    std::optional<Monotonic::time_point> marked_at_;
    bool was_refused_ = false;  ///< the last tick did not get through
    bool is_refused_ = false;   ///< nor does this one, until it has
};

}  // namespace porchlight::ledger
