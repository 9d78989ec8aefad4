/// When the next worker may start.
#pragma once

#include <optional>

#include "porchlight/time.h"

namespace porchlight::camera {

/// Whatever ended by itself is back in under 3 s, and what ends again and again is no storm: 0.3 s, doubling
/// to 2 s, to 10 s once climbing was given up. Pure: all times come from outside.
class Backoff {
  public:
    explicit Backoff(Monotonic::time_point first_at) noexcept : next_at_(first_at) {}

    bool isDue(Monotonic::time_point now) const noexcept { return now >= next_at_; }

    /// A worker ended by itself. `lived`: how long. Returns the delay to the next.
    milliseconds noteEnd(Monotonic::duration lived, bool has_given_up, Monotonic::time_point now) noexcept;

    /// One was ended on purpose: no later one is delayed for it.
    milliseconds noteWantedEnd(Monotonic::time_point now) noexcept;

    /// None could be started.
    void noteFailure(Monotonic::time_point now) noexcept;

    /// Somebody knows better.
    void startAt(Monotonic::time_point at) noexcept { next_at_ = at; }

  private:
    Monotonic::time_point next_at_;
    std::optional<milliseconds> delay_;  ///< after the last end
};

}  // namespace porchlight::camera
