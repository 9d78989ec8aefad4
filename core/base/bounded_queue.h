/// A queue between threads that is capped in entries and in bytes; what does not fit is refused, never waited
/// for.
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

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
            const std::lock_guard lock(mutex_);
            if (is_closed_ || entries_.size() >= max_entries_ || bytes_ + bytes > max_bytes_) return false;
            entries_.push_back(Entry{std::move(value), bytes});
            bytes_ += bytes;
        }
        ready_.notify_one();
        return true;
    }

    /// The oldest entry; nothing at the deadline, or when closed and empty.
    std::optional<T> pop(Deadline deadline) {
        std::unique_lock lock(mutex_);
        ready_.wait_until(lock, deadline.at(), [this] { return is_closed_ || !entries_.empty(); });
        if (entries_.empty()) return std::nullopt;
        std::optional<T> value(std::move(entries_.front().value));
        bytes_ -= entries_.front().bytes;
        entries_.pop_front();
        return value;
    }

    /// Refuses further entries and wakes all waiters; what is queued can still be popped.
    void close() {
        {
            const std::lock_guard lock(mutex_);
            is_closed_ = true;
        }
        ready_.notify_all();
    }

    void clear() {
        const std::lock_guard lock(mutex_);
        entries_.clear();
        bytes_ = 0;
    }

    bool isClosed() const {
        const std::lock_guard lock(mutex_);
        return is_closed_;
    }
    std::size_t size() const {
        const std::lock_guard lock(mutex_);
        return entries_.size();
    }
    std::size_t bytes() const {
        const std::lock_guard lock(mutex_);
        return bytes_;
    }

  private:
    struct Entry {
        T value;
        std::size_t bytes;
    };
    const std::size_t max_entries_;
    const std::size_t max_bytes_;
    mutable std::mutex mutex_;
    std::condition_variable ready_;
    std::deque<Entry> entries_;
    std::size_t bytes_ = 0;
    bool is_closed_ = false;
};

}  // namespace porchlight::base
