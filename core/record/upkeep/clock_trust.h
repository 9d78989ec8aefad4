/// Whether the wall clock can be believed, and when it is set.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "base/cancel.h"
#include "base/clock.h"
#include "store/store.h"

namespace porchlight::record {

/// What the machine says of its clock.
struct ClockFacts {
    bool is_synchronised = false;  ///< the kernel was told so by a time service (adjtimex)
    /// Goes on while the power is off: a real-time clock that agrees, or no small board.
    bool keeps_time = false;
    std::string boot_id;
};
using ClockFactsSource = std::function<ClockFacts(WallTime now)>;

/// Asks the kernel: adjtimex, /sys/class/rtc, /proc/device-tree, /proc/sys/kernel/random/boot_id. Any thread.
ClockFacts readClockFacts(WallTime now);

/// The clock is believed once it is plausible (after this program was built, not hours before the newest
/// footage) and either synchronised or of a machine that keeps time; from then on for good. Boards without a
/// real-time clock start with the time at which they were last running, or with 1970: plausible or not,
/// nothing is deleted by age, and footage is marked, until a time service has spoken.
///
/// **Thread**: thread-bound (recorder).
class ClockTrust {
  public:
    ClockTrust(const base::Clock& clock, ClockFactsSource facts, WallTime built_at,
               std::optional<WallTime> newest_known);

    struct Change {
        microseconds shift{0};  ///< the wall clock was set by this, more than kClockStep; 0: it was not
        bool became_trusted = false;
    };
    /// Looks again; call it at least every few seconds.
    Change look();

    bool isTrusted() const noexcept { return is_trusted_; }
    const std::string& bootId() const noexcept { return boot_id_; }

    /// Wall time of a moment of this boot, by the clock as it is now.
    WallTime wallAt(microseconds boot_time) const noexcept;
    /// Time since boot of a wall time of this boot, by the clock as it is now.
    microseconds bootTimeAt(WallTime at) const noexcept;

  private:
    microseconds offset() const noexcept;
    bool judge() const;

    const base::Clock& clock_;
    const ClockFactsSource facts_;
    const WallTime built_at_;
    const std::optional<WallTime> newest_known_;
    std::string boot_id_;
    microseconds last_offset_;
    bool is_trusted_ = false;
};

/// Re-stamps the rows of doubt after `change`: those of this boot get their true time (`restamped`;
/// `trusted` when it was right all along); once the clock is trusted, those of earlier boots are put
/// behind what was recorded before them (`estimated`). While it is not trusted they stay doubtful. True
/// when rows of earlier boots moved: the coverage ledger does not know of it. Throws Error and Cancelled:
/// what has moved by then has, and the next call goes on there.
bool restampRows(store::Store& store, const ClockTrust& clock, const base::Cancel& cancel = {});

}  // namespace porchlight::record
