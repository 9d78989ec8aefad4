/// What is written to disk, by day and purpose, and how long the flash lasts at that rate.
#pragma once

#include <optional>
#include <vector>

#include "base/clock.h"
#include "disk/write_meter.h"
#include "store/store.h"

namespace porchlight::record {

/// **Owns** the meter. **Thread**: thread-bound (recorder).
class WearReport {
  public:
    WearReport(store::Store& store, const base::Clock& clock) : store_(store), clock_(clock), meter_(clock) {}

    disk::WriteMeter& meter() noexcept { return meter_; }

    /// Puts the counts into the database when that is due, and reads once a minute what it holds. Throws
    /// Error.
    void flush(bool at_once = false) { meter_.flush(store_, at_once); }
    void read();

    /// Of the last seven days and today, counts that are not in the database yet included.
    std::vector<store::WrittenRow> written() const;
    std::optional<double> flashLifeYears(std::uint64_t disk_bytes) const;

  private:
    store::Store& store_;
    const base::Clock& clock_;
    disk::WriteMeter meter_;
    std::vector<store::WrittenRow> stored_;
    Monotonic::time_point next_read_{};
};

}  // namespace porchlight::record
