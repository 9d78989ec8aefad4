/// What is in the file and a power cut would take.
#pragma once

#include <cstdint>
#include <deque>

#include "record/footage/fragment_ring.h"

namespace porchlight::record {

/// Kept in memory until a sync made it durable: when the sync fails, all of it is written anew elsewhere.
/// Invariant: at most `interval` is lost to a power cut, as far as the length of fragments allows.
/// **Thread**: thread-bound (recorder).
class UnsyncedFootage {
  public:
    void add(const FragmentPtr& fragment, Monotonic::time_point now);

    /// What a power cut takes is this and what is still in the worker, the next fragment: together no more
    /// than `interval`, where fragments allow it. `look_interval`: the next look may come so much later.
    bool isSyncDue(microseconds interval, microseconds look_interval,
                   Monotonic::time_point now) const noexcept;

    /// It is durable now.
    void clear() noexcept;

    /// All of it, in order, to be written anew.
    std::deque<FragmentPtr> take() noexcept;

    std::uint64_t bytes() const noexcept;

  private:
    std::deque<FragmentPtr> fragments_;
    microseconds span_{0};
    microseconds last_span_{0};      ///< of the last fragment
    microseconds longer_span_{0};    ///< of the last two, the longer one
    Monotonic::time_point since_{};  ///< the first of them
};

}  // namespace porchlight::record
