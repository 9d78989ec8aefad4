/// What stands behind CaptureSource::interrupt(): a flag that stays, and sleep that it ends.
#pragma once

#include <algorithm>
#include <atomic>

#include "porchlight/mutex.h"
#include "porchlight/time.h"

namespace porchlight {

/// Any thread.
class Interrupt {
  public:
    void raise() noexcept {
        const LockGuard lock(mutex_);
        is_raised_ = true;
        flag_ = true;
        raised_.notifyAll();
    }

    /// For what looks again and again while it waits.
    const std::atomic<bool>& flag() const noexcept { return flag_; }

    /// False: the deadline or raise() came first.
    bool sleepUntil(Monotonic::time_point due, Deadline deadline) {
        UniqueLock lock(mutex_);
        raised_.waitUntil(lock, std::min(due, deadline.at()),
                          [this]() PORCHLIGHT_REQUIRES(mutex_) { return is_raised_; });
        return !is_raised_ && Monotonic::now() >= due;
    }

  private:
    Mutex mutex_;
    ConditionVariable raised_;
    bool is_raised_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    std::atomic<bool> flag_{false};  ///< the same, for who does not wait
};

}  // namespace porchlight
