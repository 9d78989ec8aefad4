/// A queue between threads that is capped in entries and in bytes; what does not fit is refused, never waited
/// for.
#pragma once

#include <deque>
#include <optional>

#include "porchlight/mutex.h"
#include "porchlight/time.h"

namespace porchlight::base {

/// Multi-producer, multi-consumer. Any thread; push never blocks; pop blocks until deadline.
template <class T>
class BoundedQueue {
  public:
    BoundedQueue(std::size_t max_entries, std::size_t max_bytes)
        : max_entries_(max_entries), max_bytes_(max_bytes) {}

    /// `bytes`: all that the value holds. False when full or closed: the caller drops by its own rule and
    /// counts.
    bool push(T value, std::size_t bytes) { return tryPush(value, bytes); }

    /// The same, but a value that is refused stays with the caller.
    bool tryPush(T& value, std::size_t bytes) {
        {
            const LockGuard lock(mutex_);
            if (is_closed_ || entries_.size() >= max_entries_ || bytes_ + bytes > max_bytes_) return false;
            entries_.push_back(Entry{std::move(value), bytes});
            bytes_ += bytes;
        }
        ready_.notifyOne();
        return true;
    }

    /// The oldest entry; nothing at the deadline, or when closed and empty.
    std::optional<T> pop(Deadline deadline) {
        UniqueLock lock(mutex_);
        ready_.waitUntil(lock, deadline.at(),
                         [this]() PORCHLIGHT_REQUIRES(mutex_) { return is_closed_ || !entries_.empty(); });
        if (entries_.empty()) return std::nullopt;
        std::optional<T> value(std::move(entries_.front().value));
        bytes_ -= entries_.front().bytes;
        entries_.pop_front();
        return value;
    }

    /// Refuses further entries and wakes all waiters; what is queued can still be popped.
    void close() {
        {
            const LockGuard lock(mutex_);
            is_closed_ = true;
        }
        ready_.notifyAll();
    }

    void clear() {
        const LockGuard lock(mutex_);
        entries_.clear();
        bytes_ = 0;
    }

    bool isClosed() const {
        const LockGuard lock(mutex_);
        return is_closed_;
    }
    std::size_t size() const {
        const LockGuard lock(mutex_);
        return entries_.size();
    }
    std::size_t bytes() const {
        const LockGuard lock(mutex_);
        return bytes_;
    }

  private:
    struct Entry {
        T value;
        std::size_t bytes;
    };
    const std::size_t max_entries_;
    const std::size_t max_bytes_;
    mutable Mutex mutex_;
    ConditionVariable ready_;
    std::deque<Entry> entries_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::size_t bytes_ PORCHLIGHT_GUARDED_BY(mutex_) = 0;
    bool is_closed_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
};

}  // namespace porchlight::base
