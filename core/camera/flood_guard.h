/// A cap on what a worker may send: bytes and messages a second, with room for bursts.
#pragma once

#include <algorithm>
#include <cstdint>

#include "porchlight/time.h"

namespace porchlight::camera {

/// Two token buckets. **Thread**: thread-bound.
///
/// The most a camera legitimately sends is far below: fragments of 8 MB/s (64 Mbit/s), 15 live pictures a second,
/// 30 detections, a few log lines. The burst lets an outbox go that waited for a stalled core.
class FloodGuard {
  public:
    static constexpr double kMessagesPerS = 500;
    static constexpr double kMessagesBurst = 6000;     // the worker's outbox holds 4096
    static constexpr double kBytesPerS = 32e6;
    static constexpr double kBytesBurst = 128e6;

    void reset(Monotonic::time_point now) noexcept {
        messages_ = kMessagesBurst;
        bytes_ = kBytesBurst;
        at_ = now;
    }

    /// Takes what one message costs; false: too much came.
    bool take(std::size_t bytes, Monotonic::time_point now) noexcept {
        const double passed_s = std::chrono::duration<double>(now - at_).count();
        at_ = now;
        messages_ = std::min(kMessagesBurst, messages_ + passed_s * kMessagesPerS) - 1;
        bytes_ = std::min(kBytesBurst, bytes_ + passed_s * kBytesPerS) - static_cast<double>(bytes);
        return messages_ >= 0 && bytes_ >= 0;
    }

  private:
    double messages_ = kMessagesBurst;
    double bytes_ = kBytesBurst;
    Monotonic::time_point at_{};
};

}  // namespace porchlight::camera
