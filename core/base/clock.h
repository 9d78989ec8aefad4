/// The injected clock: production uses the system's, tests turn theirs by hand (tests/support/fake_clock.h).
#pragma once

#include <time.h>

#include "porchlight/time.h"

namespace porchlight::base {

/// Any thread, never blocks.
class Clock {
  public:
    virtual ~Clock() = default;
    virtual Monotonic::time_point now() const noexcept = 0;
    virtual WallTime wallNow() const noexcept = 0;
    /// As now(), but it runs on while the machine is suspended.
    virtual microseconds bootNow() const noexcept {
        return std::chrono::duration_cast<microseconds>(now().time_since_epoch());
    }
};

class SystemClock final : public Clock {
  public:
    Monotonic::time_point now() const noexcept override { return Monotonic::now(); }
    WallTime wallNow() const noexcept override {
        return std::chrono::time_point_cast<microseconds>(std::chrono::system_clock::now());
    }
    microseconds bootNow() const noexcept override {
        timespec time{};
        ::clock_gettime(CLOCK_BOOTTIME, &time);
        return std::chrono::duration_cast<microseconds>(seconds(time.tv_sec) +
                                                        std::chrono::nanoseconds(time.tv_nsec));
    }
};

}  // namespace porchlight::base
