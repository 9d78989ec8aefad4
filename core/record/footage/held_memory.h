/// Footage that waits in memory for a disk: one bound for all cameras, fair between them.
#pragma once

#include <cstdint>
#include <deque>
#include <vector>

#include "record/footage/fragment_ring.h"

namespace porchlight::record {

/// Counts what all queues hold together. Past the bound the camera that holds most gives up its oldest, so
/// that the backlog of one never costs the footage of others that hold less. **Thread**: thread-bound
/// (recorder).
class HeldMemory {
  public:
    explicit HeldMemory(std::uint64_t max_bytes) : max_bytes_(max_bytes) {}
    HeldMemory(const HeldMemory&) = delete;
    HeldMemory& operator=(const HeldMemory&) = delete;

    std::uint64_t bytes() const noexcept { return bytes_; }
    std::uint64_t droppedBytes() const noexcept { return dropped_bytes_; }  ///< since the start

    /// One camera's, oldest first. Lives shorter than its HeldMemory.
    class Queue {
      public:
        explicit Queue(HeldMemory& memory);
        ~Queue();
        Queue(const Queue&) = delete;
        Queue& operator=(const Queue&) = delete;

        bool isEmpty() const noexcept { return fragments_.empty(); }
        std::size_t size() const noexcept { return fragments_.size(); }
        std::uint64_t bytes() const noexcept { return bytes_; }
        std::uint64_t dropped() const noexcept { return dropped_; }  ///< fragments given up since the start

        void pushFront(FragmentPtr fragment) { insert(0, std::move(fragment)); }
        void pushBack(FragmentPtr fragment) { insert(fragments_.size(), std::move(fragment)); }
        /// Behind the first `position` of them.
        void insert(std::size_t position, FragmentPtr fragment);
        FragmentPtr takeFront();

      private:
        friend class HeldMemory;
        void dropGroup();

        HeldMemory& memory_;
        std::deque<FragmentPtr> fragments_;
        std::uint64_t bytes_ = 0;
        std::uint64_t dropped_ = 0;
    };

    /// Gives up the oldest of whoever holds most, until the bound is kept: up to the next keyframe that is
    /// there.
    void limit();

  private:
    const std::uint64_t max_bytes_;
    std::uint64_t bytes_ = 0;
    std::uint64_t dropped_bytes_ = 0;
    std::vector<Queue*> queues_;
};

}  // namespace porchlight::record
