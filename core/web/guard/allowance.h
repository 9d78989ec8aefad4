/// So many at once, and then so many a second: what strangers may cost.
#pragma once

#include <algorithm>

#include "porchlight/time.h"

namespace porchlight::web {

/// A token bucket. **Thread**: its owner's.
class Allowance {
  public:
    Allowance(double most, double per_s, Monotonic::time_point now)
        : most_(most), per_s_(per_s), left_(most), filled_(now) {}

    bool has(Monotonic::time_point now) const { return leftAt(now) >= 1; }
    void take(Monotonic::time_point now) {
        left_ = leftAt(now) - 1;
        filled_ = now;
    }
    void giveBack() { left_ = std::min(most_, left_ + 1); }

    /// Nothing was taken for so long that it says nothing any more.
    bool isFull(Monotonic::time_point now) const { return leftAt(now) >= most_; }

  private:
    double leftAt(Monotonic::time_point now) const {
        return std::min(most_, left_ + per_s_ * std::chrono::duration<double>(now - filled_).count());
    }

    double most_;
    double per_s_;
    double left_;
    Monotonic::time_point filled_;
};

}  // namespace porchlight::web
