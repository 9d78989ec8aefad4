/// Events and their thumbnails go for good: what the owner deleted, and what is old; with it rows of files
/// that went long ago.
#pragma once

#include <filesystem>

#include "base/clock.h"
#include "disk/leftovers.h"
#include "store/store.h"

namespace porchlight::disk {

/// The only one that deletes events. Invariant: the row goes first, then the thumbnail, which Leftovers tries
/// again when its disk does not let it go. **Thread**: thread-bound (recorder). Throws Error of the database.
class EventForgetting {
  public:
    /// All outlive it.
    EventForgetting(store::Store& store, std::filesystem::path thumbnails_dir, microseconds max_age,
                    const base::Clock& clock, Leftovers& leftovers)
        : store_(store),
          thumbnails_dir_(std::move(thumbnails_dir)),
          max_age_(max_age),
          clock_(clock),
          leftovers_(leftovers) {}

    /// What is older than `max_age`, once an hour a page a step; kept events never go. True when there is
    /// more. The clock must be one to believe.
    bool forgetOld();

    /// What was deleted and can no longer be restored (store::kRestoreTime), every half minute a page a step.
    /// Writes nothing when there is none.
    void forgetDeleted();

  private:
    void forgetThumbnail(const store::EventRow& event);

    store::Store& store_;
    const std::filesystem::path thumbnails_dir_;
    const microseconds max_age_;
    const base::Clock& clock_;
    Leftovers& leftovers_;
    WallTime forgotten_until_ = WallTime::min();
    Monotonic::time_point next_{};
    Monotonic::time_point next_deleted_{};
};

}  // namespace porchlight::disk
