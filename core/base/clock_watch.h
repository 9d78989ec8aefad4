/// Tells whether the wall clock was set.
#pragma once

#include <chrono>

#include "base/wall_times.h"

namespace porchlight::base {

/// Two clocks that run beside each other, compared. Pure: both times come from outside. Slewing and pictures
/// that come late are no steps: only what is beyond kClockStep is one. **Thread**: thread-bound.
class ClockWatch {
  public:
    /// These two are the same moment; steps are told against it.
    void begin(WallTime wall, Monotonic::time_point now) noexcept { zero_ = offset(wall, now); }

    /// How far the wall clock was set since begin(), back when negative; zero: it was not.
    microseconds stepAt(WallTime wall, Monotonic::time_point now) const noexcept {
        const microseconds step = offset(wall, now) - zero_;
        return step > kClockStep || step < -kClockStep ? step : microseconds{0};
    }

  private:
    static microseconds offset(WallTime wall, Monotonic::time_point now) noexcept {
        return wall.time_since_epoch() - std::chrono::duration_cast<microseconds>(now.time_since_epoch());
    }

    microseconds zero_{0};
};

}  // namespace porchlight::base
