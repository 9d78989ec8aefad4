/// What the owner is told of recordings whose files are gone, out of reach or cannot be deleted, and when it
/// is worth to look again.
#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "base/clock.h"
#include "disk/recover/recovery.h"
#include "record/upkeep/storage_news.h"
#include "store/store.h"

namespace porchlight::record {

/// What is gone is told for a day, restarts included; all else for as long as it lasts. What cannot be read
/// is looked at again after a minute, then after twice as long each time, an hour at most.
/// **Thread**: thread-bound (recorder). Throws Error of the database where it says so.
class FilesNews {
  public:
    FilesNews(store::Store& store, const base::Clock& clock, std::filesystem::path recordings_dir);

    /// What was told less than a day ago, in an earlier run. Throws.
    void recall();

    /// Rows and files were compared. Throws, after it took note.
    void noteCompared(const disk::RecoveryReport& report);

    /// `undeletable`: what Leftovers says.
    void tell(const std::string& undeletable, StorageNews& news);

    /// True once a minute.
    bool isLookDue() noexcept;
    /// What cannot be read has rested long enough.
    bool hasUnreadRested() const noexcept { return clock_.now() >= next_unread_; }
    /// Something is out of reach, or cannot be read.
    bool isIncomplete() const noexcept { return !reach_text_.empty(); }

  private:
    void noteGone(std::string gone);
    std::string outOfReach(const disk::RecoveryReport& report) const;

    store::Store& store_;
    const base::Clock& clock_;
    const std::filesystem::path recordings_dir_;
    std::string gone_text_;
    WallTime gone_until_{};  ///< so long the owner is told of it
    std::string reach_text_;
    Monotonic::time_point next_look_{};
    Monotonic::time_point next_unread_{};
    microseconds unread_span_{0};  ///< doubled each time
};

}  // namespace porchlight::record
