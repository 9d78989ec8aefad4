/// Completed requests on their way from the library's thread to ours.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>

#include "compat.h"
#include "porchlight/time.h"

namespace porchlight::libcamera_source {

/// A plain receiver of signals, on purpose no libcamera::Object: its calls would be queued to an event loop that we do not
/// have. The callbacks only hand over. Bounded by the number of requests. **Thread**: onCompleted() and onDisconnected() on
/// the library's thread, interrupt() on any, next() on the capture thread.
class Completions {
  public:
    void onCompleted(libcamera::Request* request) {
        const std::lock_guard lock(mutex_);
        if (is_closed_) return;
        ready_.push_back(request);
        changed_.notify_all();
    }
    void onDisconnected() {
        const std::lock_guard lock(mutex_);
        is_disconnected_ = true;
        changed_.notify_all();
    }
    void interrupt() noexcept {
        const std::lock_guard lock(mutex_);
        is_interrupted_ = true;
        changed_.notify_all();
    }
    /// From here on completed requests are ignored: they are cancelled ones.
    void close() {
        const std::lock_guard lock(mutex_);
        is_closed_ = true;
        ready_.clear();
    }

    /// The oldest completed request; null at the deadline, when interrupted, and when the camera is gone.
    libcamera::Request* next(Deadline deadline) {
        std::unique_lock lock(mutex_);
        changed_.wait_until(lock, deadline.at(), [this] { return !ready_.empty() || is_interrupted_ || is_disconnected_; });
        if (ready_.empty() || is_interrupted_) return nullptr;
        libcamera::Request* const request = ready_.front();
        ready_.pop_front();
        return request;
    }
    bool isInterrupted() {
        const std::lock_guard lock(mutex_);
        return is_interrupted_;
    }
    bool isDisconnected() {
        const std::lock_guard lock(mutex_);
        return is_disconnected_;
    }

  private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<libcamera::Request*> ready_;
    bool is_closed_ = false;
    bool is_interrupted_ = false;
    bool is_disconnected_ = false;
};

}  // namespace porchlight::libcamera_source
