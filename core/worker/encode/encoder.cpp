#include "worker/encode/encoder.h"

#include <algorithm>
#include <cmath>

namespace porchlight::worker {
namespace {

constexpr std::int64_t kKeyframeEveryUs = 2'000'000;
constexpr double kBitsPerPixel = 0.08;

}  // namespace

std::int64_t bitRateOf(const EncoderWish& wish) noexcept {
    if (wish.kbit_s > 0) return static_cast<std::int64_t>(wish.kbit_s) * 1000;
    const double chosen =
        static_cast<double>(wish.width_px & ~1) * (wish.height_px & ~1) * rateOf(wish) * kBitsPerPixel;
    return std::max<std::int64_t>(std::llround(chosen), 100'000);
}

bool KeyframeClock::mustBeKey(std::int64_t pts_us, bool is_wanted) noexcept {
    const bool is_key = !has_begun_ || is_wanted || pts_us - last_key_pts_us_ >= kKeyframeEveryUs - 1'000;
    has_begun_ = true;
    if (is_key) last_key_pts_us_ = pts_us;
    return is_key;
}

}  // namespace porchlight::worker
