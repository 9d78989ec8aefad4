/// The mark in the database that tells the next run when, and how, this one ended.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "ledger/gap_cause.h"
#include "store/store.h"

namespace porchlight::ledger {

/// `ledger_mark` in `meta`: "alive_us boot_id state". A minute is how close the end of a gap before a power
/// cut is known; that it is of another boot tells a power cut from a crash.
/// **Thread**: thread-bound (recorder). Throws Error of the database where it says so.
class AliveMark {
  public:
    /// `boot_id`: of now.
    AliveMark(store::Store& store, const base::Clock& clock, std::string boot_id);

    /// What the last run left. Throws.
    void read();

    WallTime lastAlive() const noexcept { return last_alive_; }
    bool wasStopped() const noexcept { return was_stopped_; }  ///< properly
    bool isOfThisBoot() const noexcept { return last_boot_ == boot_id_; }
    bool isOfAnyBoot() const noexcept { return !last_boot_.empty(); }  ///< there was one

    /// Why the core did not run until now.
    GapCause causeOfAbsence() const noexcept;

    /// Once a minute.
    bool isDue() const noexcept;

    // Throw.
    void writeAlive() { write("alive"); }
    void writeStopped() { write("stopped"); }

  private:
    void write(const char* state);

    store::Store& store_;
    const base::Clock& clock_;
    const std::string boot_id_;
    WallTime last_alive_{};
    std::string last_boot_;
    bool was_stopped_ = false;
    std::optional<Monotonic::time_point> written_at_;
};

}  // namespace porchlight::ledger
