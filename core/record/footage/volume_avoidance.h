/// For how long one camera keeps away from a volume that refused its file.
#pragma once

#include <algorithm>
#include <string>

#include "porchlight/time.h"

namespace porchlight::record {

/// Each refusal doubles the time, from `first` to five minutes; footage that the volume made durable ends the
/// doubling. Meanwhile files go to the spool, where there is one. **Thread**: thread-bound (recorder).
class VolumeAvoidance {
  public:
    static constexpr microseconds kLongest{300'000'000};

    void refused(const std::string& why, microseconds first, Monotonic::time_point now) {
        span_ = std::clamp(span_ * 2, first, std::max(kLongest, first));
        until_ = now + span_;
        why_ = why;
    }
    void tookFootage() noexcept {
        span_ = microseconds{0};
        why_.clear();
    }
    /// The spool takes it no more than the volume did: the next file may try the volume.
    void tryNext() noexcept { until_ = {}; }

    bool isOn(Monotonic::time_point now) const noexcept { return now < until_; }
    /// Of the last refusal; empty once the volume took footage.
    const std::string& why() const noexcept { return why_; }

  private:
    Monotonic::time_point until_{};
    microseconds span_{0};
    std::string why_;
};

}  // namespace porchlight::record
