/// Commands that must not be lost and did not fit into the recorder's queue.
#pragma once

#include <deque>

#include "record/recorder.h"

namespace porchlight::record {

/// In order; what a later command makes pointless is folded into it. Bounded: a few a camera, and kMaxEvents
/// events, of which the oldest that are over are given up whole, before anybody heard of them. An end whose
/// start was taken stays. Beyond kMaxPictureBytes events wait without their pictures. Not synchronised: the
/// owner locks.
class Recorder::Late {
  public:
    static constexpr std::size_t kMaxEvents = 256;
    static constexpr std::size_t kMaxPictureBytes = 4U << 20U;

    /// Whether a command is of the kind that is kept: all but footage, late pictures and small
    /// statements.
    static bool keeps(const Command& command) noexcept;

    void add(Command command);
    std::optional<Command> next();  ///< the oldest, taken out

    bool empty() const noexcept { return commands_.empty(); }
    std::size_t size() const noexcept { return commands_.size(); }
    std::uint64_t lostEvents() const noexcept { return lost_events_; }

  private:
    bool isTooMany() const noexcept;
    std::size_t pictureBytes() const noexcept;
    bool loseOldestEvent();

    std::deque<Command> commands_;
    std::uint64_t lost_events_ = 0;
};

}  // namespace porchlight::record
