/// A feed of small change notices that any number of readers follow at their own pace (server-sent events).
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "porchlight/mutex.h"
#include "porchlight/time.h"

namespace porchlight::base {

/// "camera porch changed", "event 0657...: opened". Readers fetch the details themselves.
struct Change {
    std::uint64_t number = 0;
    std::string kind;  ///< camera, event, storage
    std::string camera;
    std::string id;    ///< event id; empty otherwise
    std::string what;  ///< state, opened, updated, closed, deleted, ...
};

/// Keeps the newest 256 changes; a reader that fell behind is told so by a hole in the numbers. Any thread.
class ChangeFeed {
  public:
    void publish(std::string kind, std::string camera, std::string id, std::string what) {
        {
            const LockGuard lock(mutex_);
            changes_.push_back({++last_, std::move(kind), std::move(camera), std::move(id), std::move(what)});
            if (changes_.size() > 256) changes_.pop_front();
        }
        changed_.notifyAll();
    }

    std::uint64_t last() const {
        const LockGuard lock(mutex_);
        return last_;
    }

    /// Changes after `number`; empty at the deadline or when closed.
    std::vector<Change> after(std::uint64_t number, Deadline deadline) {
        UniqueLock lock(mutex_);
        changed_.waitUntil(lock, deadline.at(),
                           [&]() PORCHLIGHT_REQUIRES(mutex_) { return is_closed_ || last_ > number; });
        std::vector<Change> out;
        for (const Change& change : changes_)
            if (change.number > number) out.push_back(change);
        return out;
    }

    void close() {
        {
            const LockGuard lock(mutex_);
            is_closed_ = true;
        }
        changed_.notifyAll();
    }

  private:
    mutable Mutex mutex_;
    ConditionVariable changed_;
    std::deque<Change> changes_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::uint64_t last_ PORCHLIGHT_GUARDED_BY(mutex_) = 0;
    bool is_closed_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
};

}  // namespace porchlight::base
