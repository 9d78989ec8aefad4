/// Pre-roll: the newest encoded seconds of a camera, kept in memory as fragments.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>

#include "porchlight/record.h"

namespace porchlight::record {

using FragmentPtr = std::shared_ptr<const Fragment>;

/// Always starts at a keyframe. Reaches back `span` (whole groups of pictures, so a little further) unless
/// `max_bytes` is less; a single group of pictures that is larger than `max_bytes` is dropped, and the ring
/// waits for a keyframe. Fragments of several stream epochs may follow each other. **Thread**: thread-bound.
class FragmentRing {
  public:
    FragmentRing(microseconds span, std::uint64_t max_bytes) : span_(span), max_bytes_(max_bytes) {}

    void push(FragmentPtr fragment);
    void clear() noexcept;

    /// What does not fit any more goes with the next push.
    void setLimits(microseconds span, std::uint64_t max_bytes) noexcept {
        span_ = span, max_bytes_ = max_bytes;
    }

    /// Oldest first.
    const std::deque<FragmentPtr>& fragments() const noexcept { return fragments_; }

    /// Position of the last keyframe fragment that starts not after `at`, else of the first fragment. 0 when
    /// empty.
    std::size_t indexAt(WallTime at) const noexcept;

    std::uint64_t bytes() const noexcept { return bytes_; }

  private:
    std::size_t nextKey() const noexcept;
    void dropFront(std::size_t count) noexcept;

    microseconds span_;
    std::uint64_t max_bytes_;
    std::deque<FragmentPtr> fragments_;
    std::uint64_t bytes_ = 0;
};

/// True when `next` carries on `previous` in the same stream without a hole.
bool continues(const Fragment& previous, const Fragment& next) noexcept;

}  // namespace porchlight::record
