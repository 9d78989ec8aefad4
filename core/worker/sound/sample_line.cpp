#include "worker/sound/sample_line.h"

#include <algorithm>
#include <cstdlib>

namespace porchlight::worker {
namespace {

constexpr int kTremblesPerSecond = 40;  ///< 25 ms
constexpr int kApartPerSecond = 10;     ///< 100 ms
constexpr int kLongestSilence_s = 2;
constexpr int kPacketsInARow = 8;

}  // namespace

/// Samples to put in (positive) or to leave out before a packet that is so far from where the last one ended.
std::int64_t SampleLine::correction(std::int64_t apart) noexcept {
    const std::int64_t distance = std::llabs(apart);
    if (distance <= rate_hz_ / kTremblesPerSecond) {
        in_a_row_ = 0;
        return 0;
    }
    const bool goes_on = in_a_row_ > 0 && (apart > 0) == (least_ > 0);
    in_a_row_ = goes_on ? in_a_row_ + 1 : 1;
    if (!goes_on || distance < std::llabs(least_)) least_ = apart;
    const bool is_clear = distance > rate_hz_ / kApartPerSecond;
    if (!is_clear && in_a_row_ < kPacketsInARow) return 0;
    in_a_row_ = 0;
    return is_clear ? apart : least_;
}

SampleLine::Step SampleLine::place(std::int64_t at, std::int64_t count) noexcept {
    Step step;
    const std::int64_t apart = at - next_;
    if (!has_begun_ || std::llabs(apart) > std::int64_t{kLongestSilence_s} * rate_hz_) {
        step.is_new = has_begun_ = true;
        is_skipping_ = false;
        in_a_row_ = 0;
        next_ = at + count;
        return step;
    }
    const std::int64_t change = is_skipping_ ? std::min<std::int64_t>(apart, 0) : correction(apart);
    step.silence = std::max<std::int64_t>(change, 0);
    step.skip = std::clamp<std::int64_t>(-change, 0, count);
    is_skipping_ = -change > count;
    next_ += step.silence + count - step.skip;
    return step;
}

}  // namespace porchlight::worker
