#include "background.h"

#include <algorithm>

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

/// The planes of one row.
struct Row {
    const std::uint8_t* picture;
    std::int16_t* mean;
    std::int16_t* recent;
    std::int16_t* deviation;
    std::int16_t* flicker;
    std::uint8_t* mask;
    std::uint8_t* moving;
    std::uint8_t* verdict;
};

constexpr std::uint8_t kChanged = 1;
constexpr std::uint8_t kMoving = 2;

/// Wider vectors where the processor has them; integer arithmetic, so the results are the same.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && !defined(PORCHLIGHT_SANITIZED)
#define MOTION_WIDE __attribute__((target_clones("avx2", "default")))
#else
#define MOTION_WIDE
#endif

inline std::int16_t distance(std::int16_t a, std::int16_t b) noexcept {
    return static_cast<std::int16_t>(std::max(a, b) - std::min(a, b));
}

/// Which pixels differ, and which of them are moving. Several short loops over few planes each: that the compiler
/// turns into vector code.
MOTION_WIDE void judgeRow(const Row& row, int width, const LearnStep& how) {
    const std::uint8_t* __restrict picture = row.picture;
    const std::int16_t* __restrict mean = row.mean;
    const std::int16_t* __restrict recent = row.recent;
    const std::int16_t* __restrict deviation = row.deviation;
    const std::int16_t* __restrict flicker = row.flicker;
    std::uint8_t* __restrict verdict = row.verdict;
    const auto threshold = static_cast<std::int16_t>(how.threshold * kOneLevel);
    const auto factor = static_cast<std::int16_t>(how.noise_factor);
    for (int x = 0; x < width; ++x) {
        const auto level = static_cast<std::int16_t>(picture[x] << kFraction);
        const auto beyond = static_cast<std::int16_t>(flicker[x] - kFlickerFree);
        const auto excess = static_cast<std::int16_t>(beyond > 0 ? beyond : 0);
        const auto limit = static_cast<std::int16_t>(threshold + factor * deviation[x] + excess * kFlickerWeight);
        const auto half = static_cast<std::int16_t>(limit >> 1);
        const auto is_changed = static_cast<std::int16_t>(distance(level, mean[x]) > limit ? kChanged : 0);
        const auto is_moving = static_cast<std::int16_t>(distance(level, recent[x]) > half ? kMoving : 0);
        verdict[x] = static_cast<std::uint8_t>(is_changed | is_moving);
    }
}

/// Remembers passages: pixels that became changed.
MOTION_WIDE void rememberRow(const Row& row, int width, std::int16_t decay) {
    const std::uint8_t* __restrict verdict = row.verdict;
    std::int16_t* __restrict flicker = row.flicker;
    std::uint8_t* __restrict mask = row.mask;
    std::uint8_t* __restrict moving = row.moving;
    for (int x = 0; x < width; ++x) {
        const auto is_changed = static_cast<std::uint8_t>(verdict[x] & kChanged);
        const auto is_new = static_cast<std::int16_t>(is_changed & (mask[x] ^ 1U));
        const auto passed = static_cast<std::int16_t>(flicker[x] + is_new * kFlickerStep - decay);
        const auto kept = static_cast<std::int16_t>(passed > 0 ? passed : 0);
        flicker[x] = static_cast<std::int16_t>(kept < kMaxFlicker ? kept : kMaxFlicker);
        mask[x] = is_changed;
        moving[x] = static_cast<std::uint8_t>(verdict[x] == (kChanged | kMoving) ? 1 : 0);
    }
}

/// Brings mean and deviation nearer to what was seen.
MOTION_WIDE void learnRow(const Row& row, int width, const LearnStep& how) {
    const std::uint8_t* __restrict picture = row.picture;
    const std::uint8_t* __restrict mask = row.mask;
    std::int16_t* __restrict mean = row.mean;
    std::int16_t* __restrict recent = row.recent;
    std::int16_t* __restrict deviation = row.deviation;
    const int quiet = how.quiet_shift;
    const int changed = how.changed_shift;
    const int noise = how.noise_shift;
    const int recent_shift = how.recent_shift;
    for (int x = 0; x < width; ++x) {
        const auto level = static_cast<std::int16_t>(picture[x] << kFraction);
        const auto difference = static_cast<std::int16_t>(level - mean[x]);
        const auto apart = distance(level, mean[x]);
        const auto clipped = static_cast<std::int16_t>(apart < kMaxDeviation ? apart : kMaxDeviation);
        const auto surprise = static_cast<std::int16_t>(clipped - deviation[x]);
        const auto if_changed = static_cast<std::int16_t>(difference >> changed);
        const auto if_quiet = static_cast<std::int16_t>(difference >> quiet);
        const auto noise_if_changed = static_cast<std::int16_t>(surprise >> (noise + 2));
        const auto noise_if_quiet = static_cast<std::int16_t>(surprise >> noise);
        const bool is_changed = mask[x] != 0;
        mean[x] = static_cast<std::int16_t>(mean[x] + (is_changed ? if_changed : if_quiet));
        deviation[x] = static_cast<std::int16_t>(deviation[x] + (is_changed ? noise_if_changed : noise_if_quiet));
        recent[x] = static_cast<std::int16_t>(recent[x] + (static_cast<std::int16_t>(level - recent[x]) >> recent_shift));
    }
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
    verdict_.resize(static_cast<std::size_t>(picture.cols));
    for (int y = 0; y < picture.rows; ++y) {
        const Row row{picture.ptr<std::uint8_t>(y),     mean_.ptr<std::int16_t>(y),
                      recent_.ptr<std::int16_t>(y),     deviation_.ptr<std::int16_t>(y),
                      flicker_.ptr<std::int16_t>(y),    mask_.ptr<std::uint8_t>(y),
                      moving_.ptr<std::uint8_t>(y),     verdict_.data()};
        judgeRow(row, picture.cols, how);
        rememberRow(row, picture.cols, how.does_decay ? kFlickerDecay : std::int16_t{0});
        learnRow(row, picture.cols, how);
    }
}

cv::Mat Background::mean() const {
    cv::Mat out;
    mean_.convertTo(out, CV_8U, 1.0 / kOneLevel);
    return out;
}

}  // namespace porchlight::motion
