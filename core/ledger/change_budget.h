/// How often what is said of a camera may change: a flapping camera does not wear out the disk.
#pragma once

#include <algorithm>
#include <cstdint>

#include "porchlight/time.h"

namespace porchlight::ledger {

/// kBurst changes at once, then one an interval. **Thread**: thread-bound.
class ChangeBudget {
  public:
    static constexpr int kBurst = 30;
    static constexpr microseconds kInterval{60'000'000};

    void fill(Monotonic::time_point now) noexcept {
        left_ = kBurst;
        counted_at_ = now;
    }
    bool mayChange(Monotonic::time_point now) noexcept {
        const auto earned = (now - counted_at_) / kInterval;
        if (earned > 0) {
            left_ = static_cast<int>(std::min<std::int64_t>(kBurst, left_ + earned));
            counted_at_ = now;
        }
        return left_ > 0;
    }
    void spend() noexcept { --left_; }

  private:
    int left_ = 0;
    Monotonic::time_point counted_at_{};
};

}  // namespace porchlight::ledger
