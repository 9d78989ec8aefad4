/// Time stamps and numbers of a driver's frames, made trustworthy. Pure.
#pragma once

#include <cstdint>
#include <optional>

#include "porchlight/time.h"

namespace porchlight::v4l2 {

/// Turns what drivers say into times that rise. **Thread**: thread-bound.
class FrameClock {
  public:
    struct Stamp {
        std::int64_t pts_us = 0;
        Monotonic::time_point captured_at{};  ///< zero when the driver's time cannot be believed
    };

    /// `driver_time`: since the epoch of the monotonic clock, none when it is on another clock. A time more
    /// than a second off its arrival is not believed.
    Stamp stamp(std::optional<microseconds> driver_time, Monotonic::time_point arrived_at) noexcept;

    /// Counts holes in the numbering; a number that goes back (a restart, a driver that does not count) is
    /// none.
    void count(std::uint32_t sequence) noexcept;

    std::uint64_t lost() const noexcept { return lost_; }

  private:
    std::optional<Monotonic::time_point> zero_;
    std::int64_t last_pts_us_ = -1;
    std::optional<std::uint32_t> last_sequence_;
    std::uint64_t lost_ = 0;
};

}  // namespace porchlight::v4l2
