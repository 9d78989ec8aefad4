/// What stands behind CaptureSource::interrupt(): a flag that stays, sleep that it ends, and a descriptor
/// that ends a wait in poll().
#pragma once

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdint>

#include "porchlight/error.h"
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

/// **Owns** its descriptor, which is readable after notify() and until take(). **Thread**: notify() from any
/// thread, never blocks; everything else thread-bound.
class Wake {
  public:
    /// Throws Error(Exhausted).
    Wake() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
        if (fd_ < 0) throw Error(ErrorKind::Exhausted, "make an eventfd: out of descriptors");
    }
    ~Wake() { ::close(fd_); }
    Wake(const Wake&) = delete;
    Wake& operator=(const Wake&) = delete;

    int fd() const noexcept { return fd_; }

    void notify() noexcept {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto ignored = ::write(fd_, &one, sizeof one);  // a full counter wakes as well
    }

    bool isNotified() const noexcept {
        pollfd woken{fd_, POLLIN, 0};
        return ::poll(&woken, 1, 0) > 0;
    }

    /// Whether it was notified since the last call.
    bool take() noexcept {
        std::uint64_t count = 0;
        return ::read(fd_, &count, sizeof count) == sizeof count;
    }

  private:
    const int fd_;
};

}  // namespace porchlight
