/// By which clock footage is stamped, and what is stamped anew when that is set.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "base/cancel.h"
#include "base/clock.h"
#include "record/footage/open_recording.h"
#include "record/upkeep/clock_trust.h"
#include "store/store.h"

namespace porchlight::record {

/// Rows follow in slices of a tick: first those of doubt, then what the ledger says of earlier boots, a day
/// at a time. Invariant: what is in memory is stamped by the same clock as the rows (`on_set` comes before
/// them).
/// **Owns** ClockTrust. **Thread**: thread-bound (recorder). Throws nothing but where it says so: a database
/// that takes nothing now is asked again with the next look.
class Stamper {
  public:
    /// `on_set`: the clock that stamped everything so far was not trusted, and was set by so much.
    /// `stop`: long work ends early. Throws Error of the database.
    Stamper(store::Store& store, const base::Clock& clock, ClockFactsSource facts, WallTime built_at,
            std::function<void(microseconds shift)> on_set, base::Cancel stop);

    const ClockTrust& trust() const noexcept { return trust_; }

    /// Looks when it is time, and goes on with what is left of stamping anew.
    void tick();

    /// How a recording or event that begins at `at` is marked; looks at the clock first.
    Stamp stampAt(WallTime at);

    /// What earlier boots left, or the clock's last step: as much as a slice allows.
    void restampRowsOfDoubt();

  private:
    void look();
    void repairLedger(const base::Cancel& cancel);

    store::Store& store_;
    const base::Clock& clock_;
    ClockTrust trust_;
    const std::function<void(microseconds shift)> on_set_;
    const Monotonic::time_point began_at_;
    const base::Cancel stop_;
    bool needs_restamp_ = true;  ///< also at the start: what an earlier boot left
    /// Recordings of earlier boots have moved, and the ledger does not say so yet.
    bool needs_ledger_repair_ = false;
    /// The camera whose ledger is being repaired, and how far it is.
    std::pair<std::string, WallTime> repaired_until_;
    Monotonic::time_point next_look_{};
};

}  // namespace porchlight::record
