/// Events and their thumbnails, and rows of files that went long ago, are forgotten.
#pragma once

#include <filesystem>

#include "base/clock.h"
#include "disk/leftovers.h"
#include "store/store.h"

namespace porchlight::disk {

/// Once an hour, a page a step; kept events never go. **Thread**: thread-bound (recorder).
class EventForgetting {
  public:
    /// All outlive it.
    EventForgetting(store::Store& store, const std::filesystem::path& thumbnails_dir,
                    const microseconds& max_age, const base::Clock& clock, Leftovers& leftovers)
        : store_(store),
          thumbnails_dir_(thumbnails_dir),
          max_age_(max_age),
          clock_(clock),
          leftovers_(leftovers) {}

    /// True when there is more. The clock must be one to believe. Throws Error of the database.
    bool step();

  private:
    store::Store& store_;
    const std::filesystem::path& thumbnails_dir_;
    const microseconds& max_age_;  ///< as the options say it now
    const base::Clock& clock_;
    Leftovers& leftovers_;
    WallTime forgotten_until_ = WallTime::min();
    Monotonic::time_point next_{};
};

}  // namespace porchlight::disk
