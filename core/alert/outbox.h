/// What waits to be told to one sink: bounded in bytes, with the rule for what is given up.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>

#include "base/limits.h"
#include "porchlight/alert.h"

namespace porchlight::alert {

/// Oldest first. Not synchronised: the owner locks. Everything that is given up is counted.
class Outbox {
  public:
    static constexpr std::size_t kMaxEvents = 256;
    static constexpr std::size_t kMaxBytes = limit::kAlertOutboxBytes;  ///< of everything that waits
    /// Of one thumbnail; larger ones are not taken.
    static constexpr std::size_t kMaxPictureBytes = 256U << 10U;

    /// Appends. A camera's earlier state, and the appliance's earlier problems, are forgotten. Of too many
    /// bytes the oldest pictures go, then, as of too many events, the oldest updates, then the oldest whole
    /// events (start and end together: nobody heard of them), then the oldest starts. The end of an event
    /// whose start went out is never given up, except for a later end of the same camera. The first may be in
    /// delivery: it stays.
    void push(std::shared_ptr<const Alert> alert);

    /// The next to deliver; null when empty.
    std::shared_ptr<const Alert> front() const { return entries_.empty() ? nullptr : entries_.front(); }

    /// Forgets it, if it is still here (push may have replaced it meanwhile).
    void remove(const std::shared_ptr<const Alert>& alert);

    std::size_t size() const noexcept { return entries_.size(); }
    std::size_t bytes() const noexcept { return bytes_; }
    std::uint64_t dropped() const noexcept { return dropped_; }  ///< alerts
    /// Of alerts that were kept without.
    std::uint64_t droppedPictures() const noexcept { return dropped_pictures_; }
    /// States that a newer one made untrue.
    std::uint64_t superseded() const noexcept { return superseded_; }
    void countDrop() noexcept { ++dropped_; }

    /// What an alert counts for.
    static std::size_t bytesOf(const Alert& alert) noexcept;

  private:
    using Entries = std::deque<std::shared_ptr<const Alert>>;

    void erase(Entries::iterator entry);
    void drop(Entries::iterator entry);
    void forgetState(const Alert& newer);
    bool isTooFull() const;
    bool dropOldestEvent();
    bool dropOldestPair();
    bool dropOldest(bool (*is_one)(const std::shared_ptr<const Alert>&));
    bool dropOldestEnd();
    void dropOldestPictures();
    Entries::iterator afterFirst() noexcept {
        return entries_.empty() ? entries_.end() : entries_.begin() + 1;
    }

    Entries entries_;
    std::size_t bytes_ = 0;
    std::uint64_t dropped_ = 0;
    std::uint64_t dropped_pictures_ = 0;
    std::uint64_t superseded_ = 0;
};

}  // namespace porchlight::alert
