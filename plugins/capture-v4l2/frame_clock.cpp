#include "frame_clock.h"

#include <algorithm>

namespace porchlight::v4l2 {
namespace {

constexpr seconds kBelievable{1};
constexpr std::uint32_t kLargestHole = 10'000;  ///< more is a driver that numbers otherwise

}  // namespace

FrameClock::Stamp FrameClock::stamp(std::optional<microseconds> driver_time,
                                    Monotonic::time_point arrived_at) noexcept {
    Stamp stamp;
    Monotonic::time_point at = arrived_at;
    if (driver_time) {
        const Monotonic::time_point told{*driver_time};
        if (told - arrived_at < kBelievable && arrived_at - told < kBelievable) {
            at = told;
            stamp.captured_at =
                std::min(told, arrived_at);  // some drivers tell the end of the frame before it is there
        }
    }
    if (!zero_) zero_ = at;
    const std::int64_t pts_us = std::chrono::duration_cast<microseconds>(at - *zero_).count();
    stamp.pts_us = last_pts_us_ = std::max(pts_us, last_pts_us_ + 1);
    return stamp;
}

void FrameClock::count(std::uint32_t sequence) noexcept {
    if (last_sequence_ && sequence > *last_sequence_) {
        const std::uint32_t hole = sequence - *last_sequence_ - 1;
        if (hole <= kLargestHole) lost_ += hole;
    }
    last_sequence_ = sequence;
}

}  // namespace porchlight::v4l2
