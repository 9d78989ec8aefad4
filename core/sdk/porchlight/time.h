/// Clocks and deadlines: intervals are monotonic, wall time is UTC microseconds.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace porchlight {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// All intervals and timeouts are measured on this clock.
using Monotonic = std::chrono::steady_clock;

/// Wall time: microseconds since 1970-01-01 UTC. Stored, shown, never used to measure an interval.
using WallTime = std::chrono::sys_time<microseconds>;

/// The moment at which a bounded wait must have returned.
class Deadline {
  public:
    explicit Deadline(Monotonic::time_point at) noexcept : at_(at) {}
    static Deadline in(Monotonic::duration span) noexcept { return Deadline(Monotonic::now() + span); }

    Monotonic::time_point at() const noexcept { return at_; }
    bool isPast() const noexcept { return Monotonic::now() >= at_; }

    /// Milliseconds left, rounded up so that a wait never spins; 0 when past.
    milliseconds remaining() const noexcept {
        const auto left = std::chrono::ceil<milliseconds>(at_ - Monotonic::now());
        return std::max(left, milliseconds{0});
    }

    /// The earlier of this deadline and `span` from now.
    Deadline within(Monotonic::duration span) const noexcept {
        return Deadline(std::min(at_, Monotonic::now() + span));
    }

  private:
    Monotonic::time_point at_;
};

}  // namespace porchlight
