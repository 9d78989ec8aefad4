/// A feed of small change notices that any number of readers follow at their own pace (server-sent events).
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

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
            const std::lock_guard lock(mutex_);
            changes_.push_back({++last_, std::move(kind), std::move(camera), std::move(id), std::move(what)});
            if (changes_.size() > 256) changes_.pop_front();
        }
        changed_.notify_all();
    }

    std::uint64_t last() const {
        const std::lock_guard lock(mutex_);
        return last_;
    }

    /// Changes after `number`; empty at the deadline or when closed.
    std::vector<Change> after(std::uint64_t number, Deadline deadline) {
        std::unique_lock lock(mutex_);
        changed_.wait_until(lock, deadline.at(), [&] { return is_closed_ || last_ > number; });
        std::vector<Change> out;
        for (const Change& change : changes_)
            if (change.number > number) out.push_back(change);
        return out;
    }

    void close() {
        {
            const std::lock_guard lock(mutex_);
            is_closed_ = true;
        }
        changed_.notify_all();
    }

  private:
    mutable std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<Change> changes_;
    std::uint64_t last_ = 0;
    bool is_closed_ = false;
};

}  // namespace porchlight::base
