/// What waits to be told to one sink: bounded, with the rule for what is given up.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>

#include "porchlight/alert.h"

namespace porchlight::alert {

/// Oldest first. Not synchronised: the owner locks.
class Outbox {
  public:
    static constexpr std::size_t kMaxEvents = 256;
    static constexpr std::size_t kMaxPictureBytes = 1U << 20U;

    /// Appends. A camera's earlier state is forgotten; of too many events the oldest; of too many pictures the oldest.
    void push(std::shared_ptr<const Alert> alert);

    /// The next to deliver; null when empty.
    std::shared_ptr<const Alert> front() const { return entries_.empty() ? nullptr : entries_.front(); }

    /// Forgets it, if it is still here (push may have replaced it meanwhile).
    void remove(const std::shared_ptr<const Alert>& alert);

    std::size_t size() const noexcept { return entries_.size(); }
    std::uint64_t dropped() const noexcept { return dropped_; }
    void countDrop() noexcept { ++dropped_; }

  private:
    void dropOldestEvent();
    void dropOldestPictures();

    std::deque<std::shared_ptr<const Alert>> entries_;
    std::uint64_t dropped_ = 0;
};

}  // namespace porchlight::alert
