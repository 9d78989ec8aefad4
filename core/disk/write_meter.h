/// How much is written to disk, for what: the wear of an SD card, and how long it lasts at that rate.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "store/store.h"

namespace porchlight::disk {

/// Counts bytes and syncs by purpose and puts them to the day's row. It writes only when something else was
/// written: its own row never is the reason for the next one. A crash loses the counts of the last
/// `kFlushInterval`.
/// **Thread**: thread-bound (recorder).
class WriteMeter {
  public:
    static constexpr microseconds kFlushInterval{15LL * 60 * 1'000'000};

    explicit WriteMeter(const base::Clock& clock);

    void addFootage(std::uint64_t bytes, std::uint64_t syncs) noexcept {
        footage_bytes_ += bytes, footage_syncs_ += syncs;
    }
    void addThumbnail(std::uint64_t bytes, std::uint64_t syncs) noexcept {
        thumbnail_bytes_ += bytes, thumbnail_syncs_ += syncs;
    }

    /// Puts the counts into the database when the interval is over (or at once). Throws Error.
    void flush(store::Store& store, bool at_once = false);

    /// Counted, but not in the database yet.
    std::vector<store::WrittenRow> pending() const;

  private:
    std::uint64_t databaseGrowth() const noexcept;

    const base::Clock& clock_;
    Monotonic::time_point flushed_at_;
    std::uint64_t footage_bytes_ = 0;
    std::uint64_t footage_syncs_ = 0;
    std::uint64_t thumbnail_bytes_ = 0;
    std::uint64_t thumbnail_syncs_ = 0;
    std::uint64_t database_bytes_ = 0;  ///< of the process, at the last flush
    std::uint64_t database_syncs_ = 0;
    std::uint64_t log_bytes_ = 0;
};

/// Years until the flash under a disk of `disk_bytes` is worn by `daily`, summed over purposes; nothing when
/// too little is known (less than an hour) or nothing is written.
///
///     years = disk_bytes x kCycles / (bytes a day x kAmplification + syncs a day x kSyncBytes) / 365
///
/// Assumptions, on the careful side for an SD card of the cheap kind: 1,000 erase cycles a cell (TLC),
/// levelled over the whole disk; twice the bytes are programmed for sequential writes; each sync programs 64
/// KiB more (a partly filled page, the file system's journal and metadata). Endurance cards state three to
/// ten times as much.
std::optional<double> flashLifeYears(std::uint64_t disk_bytes, const std::vector<store::WrittenRow>& rows,
                                     double days) noexcept;

}  // namespace porchlight::disk
