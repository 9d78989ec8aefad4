#include "background.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace porchlight::motion {
namespace {

constexpr int kFraction = 7;
constexpr std::int16_t kOneLevel = 1 << kFraction;
/// Doubtful at first, so that what moves while the scene is still being learnt has to be distinct.
constexpr std::int16_t kFirstDeviation = 5 * kOneLevel;
constexpr std::int16_t kMaxDeviation = 30 * kOneLevel;
/// One passage through a pixel adds this much to its flicker memory; the first two raise no threshold.
constexpr std::int16_t kFlickerStep = 64;
constexpr std::int16_t kFlickerFree = 2 * kFlickerStep;
constexpr std::int16_t kMaxFlicker = 16 * kFlickerStep;
constexpr std::int16_t kFlickerDecay = 4;
/// Each passage beyond the free ones raises the threshold by four levels.
constexpr std::int16_t kFlickerWeight = 4 * kOneLevel / kFlickerStep;

/// Eight pixels in a 128-bit register (SSE2, NEON): vectors of the compiler, so the results are the same
/// everywhere.
constexpr int kLanes = 8;
using Lanes = std::int16_t __attribute__((vector_size(kLanes * sizeof(std::int16_t))));
using Bytes = std::uint8_t __attribute__((vector_size(kLanes)));

/// The planes, at the first of the pixels to take.
struct Planes {
    const std::uint8_t* picture;
    std::int16_t* mean;
    std::int16_t* recent;
    std::int16_t* deviation;
    std::int16_t* flicker;
    std::uint8_t* mask;
    std::uint8_t* moving;

    Planes at(int x) const noexcept {
        return {picture + x, mean + x, recent + x, deviation + x, flicker + x, mask + x, moving + x};
    }
};

#define MOTION_INLINE inline __attribute__((always_inline))

MOTION_INLINE void load(Lanes& lanes, const std::int16_t* from) noexcept {
    std::memcpy(&lanes, from, sizeof lanes);
}
MOTION_INLINE void load(Lanes& lanes, const std::uint8_t* from) noexcept {
    Bytes bytes;
    std::memcpy(&bytes, from, sizeof bytes);
    lanes = __builtin_convertvector(bytes, Lanes);
}
MOTION_INLINE void store(std::int16_t* to, const Lanes& lanes) noexcept {
    std::memcpy(to, &lanes, sizeof lanes);
}
MOTION_INLINE void storeBits(std::uint8_t* to, const Lanes& is_set) noexcept {
    const Bytes bytes = __builtin_convertvector(is_set & 1, Bytes);
    std::memcpy(to, &bytes, sizeof bytes);
}
MOTION_INLINE void setDistance(Lanes& out, const Lanes& a, const Lanes& b) noexcept {
    out = (a > b ? a : b) - (a > b ? b : a);
}

/// Judges kLanes pixels (which differ, which of them are moving), remembers passages (pixels that became
/// changed) and brings the model nearer to what was seen. Comparisons give lanes of -1 or 0.
MOTION_INLINE void stepLanes(const Planes& at, const LearnStep& how) noexcept {
    Lanes level, mean, recent, deviation, flicker, was_changed, apart, apart_recent;
    load(level, at.picture);
    load(mean, at.mean);
    load(recent, at.recent);
    load(deviation, at.deviation);
    load(flicker, at.flicker);
    load(was_changed, at.mask);
    level <<= kFraction;
    setDistance(apart, level, mean);
    setDistance(apart_recent, level, recent);

    const Lanes beyond = flicker - kFlickerFree;
    const Lanes limit = static_cast<std::int16_t>(how.threshold * kOneLevel) +
                        static_cast<std::int16_t>(how.noise_factor) * deviation +
                        (beyond > 0 ? beyond : Lanes{}) * kFlickerWeight;
    const Lanes is_changed = apart > limit;
    storeBits(at.mask, is_changed);
    storeBits(at.moving, is_changed & (apart_recent > (limit >> 1)));

    const Lanes is_new = is_changed & (was_changed == 0);
    const std::int16_t decay = how.does_decay ? kFlickerDecay : std::int16_t{0};
    const Lanes passed = flicker + (is_new & kFlickerStep) - decay;
    const Lanes kept = passed > 0 ? passed : Lanes{};
    store(at.flicker, kept < kMaxFlicker ? kept : Lanes{} + kMaxFlicker);

    const Lanes difference = level - mean;
    const Lanes surprise = (apart < kMaxDeviation ? apart : Lanes{} + kMaxDeviation) - deviation;
    store(at.mean, mean + (is_changed ? difference >> how.changed_shift : difference >> how.quiet_shift));
    store(at.deviation,
          deviation + (is_changed ? surprise >> (how.noise_shift + 2) : surprise >> how.noise_shift));
    store(at.recent, recent + ((level - recent) >> how.recent_shift));
}

void stepRow(const Planes& row, int width, const LearnStep& how) {
    int x = 0;
    for (; x + kLanes <= width; x += kLanes) stepLanes(row.at(x), how);
    if (x == width) return;
    // The rest of the row, through a block of its own.
    const Planes rest = row.at(x);
    const auto pixels = static_cast<std::size_t>(width - x);
    std::array<std::uint8_t, kLanes> picture{}, mask{}, moving{};
    std::array<std::int16_t, kLanes> mean{}, recent{}, deviation{}, flicker{};
    std::copy_n(rest.picture, pixels, picture.begin());
    std::copy_n(rest.mask, pixels, mask.begin());
    std::copy_n(rest.mean, pixels, mean.begin());
    std::copy_n(rest.recent, pixels, recent.begin());
    std::copy_n(rest.deviation, pixels, deviation.begin());
    std::copy_n(rest.flicker, pixels, flicker.begin());
    stepLanes({picture.data(), mean.data(), recent.data(), deviation.data(), flicker.data(), mask.data(),
               moving.data()},
              how);
    std::copy_n(mask.begin(), pixels, rest.mask);
    std::copy_n(moving.begin(), pixels, rest.moving);
    std::copy_n(mean.begin(), pixels, rest.mean);
    std::copy_n(recent.begin(), pixels, rest.recent);
    std::copy_n(deviation.begin(), pixels, rest.deviation);
    std::copy_n(flicker.begin(), pixels, rest.flicker);
}

}  // namespace

void Background::clear() noexcept {
    for (cv::Mat* plane : {&mean_, &deviation_, &flicker_, &recent_, &mask_, &moving_}) plane->release();
}

void Background::start(const cv::Mat& picture) {
    picture.convertTo(mean_, CV_16S, kOneLevel);
    mean_.copyTo(recent_);
    deviation_ = cv::Mat(picture.size(), CV_16S, cv::Scalar(kFirstDeviation));
    flicker_ = cv::Mat::zeros(picture.size(), CV_16S);
    mask_ = cv::Mat::zeros(picture.size(), CV_8U);
    moving_ = cv::Mat::zeros(picture.size(), CV_8U);
}

void Background::adopt(const cv::Mat& picture) {
    picture.convertTo(mean_, CV_16S, kOneLevel);
    mean_.copyTo(recent_);
    mask_.setTo(0);
    moving_.setTo(0);
}

void Background::scale(double gain) {
    mean_.convertTo(mean_, CV_16S, gain);
    cv::min(mean_, 255 * kOneLevel, mean_);
    recent_.convertTo(recent_, CV_16S, gain);
    cv::min(recent_, 255 * kOneLevel, recent_);
}

void Background::step(const cv::Mat& picture, const LearnStep& how) {
    for (int y = 0; y < picture.rows; ++y)
        stepRow({picture.ptr<std::uint8_t>(y), mean_.ptr<std::int16_t>(y), recent_.ptr<std::int16_t>(y),
                 deviation_.ptr<std::int16_t>(y), flicker_.ptr<std::int16_t>(y), mask_.ptr<std::uint8_t>(y),
                 moving_.ptr<std::uint8_t>(y)},
                picture.cols, how);
}

cv::Mat Background::mean() const {
    cv::Mat out;
    mean_.convertTo(out, CV_8U, 1.0 / kOneLevel);
    return out;
}

}  // namespace porchlight::motion
