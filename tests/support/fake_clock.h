/// The clock that tests turn by hand.
#pragma once

#include <atomic>

#include "base/clock.h"

namespace porchlight::test {

/// A clock that moves only when told to. **Thread**: any.
class FakeClock final : public base::Clock {
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

}  // namespace porchlight::test
