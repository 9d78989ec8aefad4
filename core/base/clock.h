/// The injected clock: production uses the system's, tests turn theirs by hand.
#pragma once

#include <time.h>

#include <atomic>

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

/// A clock that moves only when told to.
class FakeClock final : public Clock {
  public:
    Monotonic::time_point now() const noexcept override {
        return Monotonic::time_point(microseconds(now_us_.load()));
    }
    WallTime wallNow() const noexcept override { return WallTime(microseconds(wall_us_.load())); }
    microseconds bootNow() const noexcept override {
        return microseconds(now_us_.load() + suspended_us_.load());
    }
    void advance(microseconds span) noexcept {
        now_us_ += span.count();
        wall_us_ += span.count();
    }
    /// The machine sleeps: monotonic time stands still, the others go on.
    void suspend(microseconds span) noexcept {
        suspended_us_ += span.count();
        wall_us_ += span.count();
    }
    /// A clock step: wall time jumps, monotonic time does not.
    void stepWall(microseconds span) noexcept { wall_us_ += span.count(); }

  private:
    std::atomic<std::int64_t> now_us_{1'000'000'000};
    std::atomic<std::int64_t> suspended_us_{0};
    std::atomic<std::int64_t> wall_us_{1'790'000'000'000'000};
};

}  // namespace porchlight::base
