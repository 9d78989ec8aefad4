/// How long a sink that failed is left alone.
#pragma once

#include <algorithm>
#include <random>

#include "porchlight/time.h"

namespace porchlight::alert {

/// When a sink that failed is tried again: after 1, 2, 4 ... 60 s, a quarter more or less, so that many
/// appliances do not come at once. Thread-bound.
class Patience {
  public:
    /// `is_unasked`: the sink itself knows when; nothing was tried.
    Monotonic::time_point after(Monotonic::time_point now, bool is_unasked) {
        if (is_unasked) return now + kRetryAfter;
        wait_ = wait_ == milliseconds{0} ? milliseconds(kRetryAfter) : wait_ * 2;
        wait_ = std::min(wait_, milliseconds(kLongestRetry));
        return now + wait_ * std::uniform_int_distribution<int>(75, 125)(random_) / 100;
    }
    void reset() { wait_ = milliseconds{0}; }

  private:
    static constexpr seconds kRetryAfter{1};
    static constexpr seconds kLongestRetry{60};
    milliseconds wait_{0};
    std::minstd_rand random_{std::random_device{}()};
};

}  // namespace porchlight::alert
