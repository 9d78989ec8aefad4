#include "motion_detector.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

namespace porchlight::motion {
namespace {

constexpr int kWarmUpPictures = 10;
constexpr int kNewScenePictures = 50;
constexpr int kHistoryPictures = 4;
constexpr double kQuietLearn_s = 3.0;
constexpr double kRecent_s = 0.4;
/// A camera takes about this long to settle its exposure after a light was switched.
constexpr double kVeto_s = 1.5;
constexpr int kCoarseColumns = 20;
constexpr int kCoarseRows = 12;
constexpr int kMinSidePx = 16;
constexpr int kMaxSidePx = 8192;
constexpr std::size_t kMaxRegions = 16;
constexpr std::size_t kMaxTracks = 64;

int shiftFor(double time_s, double interval_s) noexcept {
    return std::clamp(static_cast<int>(std::lround(std::log2(time_s / interval_s))), 1, 10);
}

bool doTouch(const Box& a, const Box& b, int margin) noexcept {
    return a.left - margin < b.right && b.left - margin < a.right && a.top - margin < b.bottom &&
           b.top - margin < a.bottom;
}

/// Adds one row to the sums of its columns: of the picture, and of the background in eighths of a level.
void addRow(const std::uint8_t* __restrict level, const std::int16_t* __restrict fixed, int width,
            std::int32_t* __restrict is, std::int32_t* __restrict was) {
    for (int x = 0; x < width; ++x) is[x] += level[x];
    for (int x = 0; x < width; ++x) was[x] += fixed[x] >> 4;
}

float median(std::vector<float>& values) {
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

}  // namespace

MotionDetector::MotionDetector() {
    cv::setNumThreads(1);
}

void MotionDetector::configure(const Settings& settings) {
    const double sensitivity = std::clamp(settings.number("sensitivity"), 1.0, 100.0);
    // 60 gives 11 levels; each 20 points are a factor of about 1.5.
    const double base = 11.0 * std::pow(1.5, (60.0 - sensitivity) / 20.0);
    const auto given = static_cast<int>(settings.integer("threshold"));
    tuning_.threshold = given > 0 ? given : std::clamp(static_cast<int>(std::lround(base)), 3, 80);
    tuning_.min_area_percent = settings.number("min_area_percent");
    tuning_.global_percent = settings.number("global_change_percent");
    tuning_.absorb_s = static_cast<double>(settings.duration("absorb").count()) / 1e6;
    tuning_.confirm_pictures =
        static_cast<int>(std::clamp<std::int64_t>(settings.integer("confirm_pictures"), 1, 4));
    tuning_.width_px = static_cast<int>(settings.integer("width_px"));
    zones_ = parseZones("zones", settings.text("zones"));
    masks_ = parseZones("masks", settings.text("masks"));
    reset();
}

void MotionDetector::reset() noexcept {
    background_.clear();
    tracks_.clear();
    seen_ = 0;
    veto_left_ = 0;
}

void MotionDetector::begin(const LumaPicture& picture) {
    reset();
    background_.start(smooth_);
    grid_.resize(picture.width_px, picture.height_px);
    layOutZones();
}

void MotionDetector::layOutZones() {
    is_watched_.assign(grid_.size(), 1);
    zone_of_cell_.assign(grid_.size(), -1);
    watched_cells_ = 0;
    for (std::size_t cell = 0; cell < grid_.size(); ++cell) {
        const int x = static_cast<int>(cell) % grid_.columns();
        const int y = static_cast<int>(cell) / grid_.columns();
        const Point middle{(static_cast<float>(x) + 0.5F) / static_cast<float>(grid_.columns()),
                           (static_cast<float>(y) + 0.5F) / static_cast<float>(grid_.rows())};
        for (std::size_t zone = zones_.size(); zone-- > 0;)
            if (zones_[zone].contains(middle)) zone_of_cell_[cell] = static_cast<std::int8_t>(zone);
        bool is_watched = zones_.empty() || zone_of_cell_[cell] >= 0;
        for (const Zone& mask : masks_) is_watched = is_watched && !mask.contains(middle);
        is_watched_[cell] = is_watched ? 1 : 0;
        watched_cells_ += is_watched ? 1 : 0;
    }
}

double MotionDetector::followExposure() {
    std::vector<float> gains;
    gains.reserve(kCoarseColumns * kCoarseRows);
    const int width = smooth_.cols;
    for (int row = 0; row < kCoarseRows; ++row) {
        is_sums_.assign(static_cast<std::size_t>(width), 0);
        was_sums_.assign(static_cast<std::size_t>(width), 0);
        int rows = 0;
        for (int y = row * smooth_.rows / kCoarseRows; y < (row + 1) * smooth_.rows / kCoarseRows;
             y += 8, ++rows)
            addRow(smooth_.ptr<std::uint8_t>(y), background_.meanFixed().ptr<std::int16_t>(y), width,
                   is_sums_.data(), was_sums_.data());
        for (int column = 0; column < kCoarseColumns; ++column) {
            const int left = column * width / kCoarseColumns;
            const int right = (column + 1) * width / kCoarseColumns;
            const auto count = static_cast<float>(std::max(rows * (right - left), 1));
            const auto was =
                static_cast<float>(std::accumulate(&was_sums_[0] + left, &was_sums_[0] + right, 0)) / 8.0F /
                count;
            const auto is =
                static_cast<float>(std::accumulate(&is_sums_[0] + left, &is_sums_[0] + right, 0)) / count;
            if (was > 12 && was < 245 && is < 250) gains.push_back(is / was);
        }
    }
    if (gains.size() < 24) return 1.0;
    const float gain = median(gains);
    if (std::abs(gain - 1.0F) < 0.02F || gain < 0.5F || gain > 2.0F) return 1.0;
    // Only a change that most of the picture agrees on is one of exposure.
    const auto agreeing = std::count_if(
        gains.begin(), gains.end(), [gain](float value) { return std::abs(value - gain) < 0.03F * gain; });
    if (static_cast<double>(agreeing) < 0.6 * static_cast<double>(gains.size())) return 1.0;
    background_.scale(gain);
    return gain;
}

LearnStep MotionDetector::learnStep(std::int64_t pts_us) {
    const double interval_s = static_cast<double>(pts_us - last_pts_us_) / 1e6;
    if (seen_ > 0 && interval_s > 0.01 && interval_s < 2.0) interval_s_ += (interval_s - interval_s_) * 0.2;
    last_pts_us_ = pts_us;
    LearnStep how;
    how.threshold = tuning_.threshold;
    how.noise_factor = tuning_.noise_factor;
    how.quiet_shift = shiftFor(kQuietLearn_s, interval_s_);
    how.changed_shift = shiftFor(tuning_.absorb_s, interval_s_);
    how.noise_shift = how.quiet_shift;
    how.recent_shift = shiftFor(kRecent_s, interval_s_);
    if (seen_ < kWarmUpPictures) {
        how.quiet_shift = std::min(how.quiet_shift, 1 + seen_ / 3);
        how.changed_shift = how.quiet_shift;
    }
    const int decay_every = std::max(1, static_cast<int>(std::lround(1.0 / interval_s_)));
    how.does_decay = seen_ % decay_every == 0;
    return how;
}

bool MotionDetector::judgeGlobal(Detection& detection) {
    const double percent = 100.0 * grid_.activeCells() / std::max(watched_cells_, 1);
    if (percent < tuning_.global_percent || seen_ <= kWarmUpPictures) {
        if (veto_left_ > 0) --veto_left_;
        detection.is_global_change = veto_left_ > 0;
        return detection.is_global_change;
    }
    background_.adopt(smooth_);
    tracks_.clear();
    veto_left_ = std::max(2, static_cast<int>(std::lround(kVeto_s / interval_s_)));
    detection.is_global_change = true;
    return true;
}

double MotionDetector::structure(const Blob& blob) const {
    // Gradients of the picture that the background, in the blob's own brightness, does not explain.
    const cv::Mat& mean = background_.meanFixed();
    double now_sum = 0;
    double was_sum = 0;
    for (const int cell : blob.cells) {
        const int left = cell % grid_.columns() * kCellPx;
        const int top = cell / grid_.columns() * kCellPx;
        for (int y = top; y < std::min(top + kCellPx, smooth_.rows); ++y)
            for (int x = left; x < std::min(left + kCellPx, smooth_.cols); ++x) {
                now_sum += smooth_.at<std::uint8_t>(y, x);
                was_sum += mean.at<std::int16_t>(y, x) / 128.0;
            }
    }
    const float gain = static_cast<float>(std::clamp(now_sum / std::max(was_sum, 1.0), 0.25, 4.0));
    int new_edges = 0;
    int pixels = 0;
    for (const int cell : blob.cells) {
        const int left = std::max(cell % grid_.columns() * kCellPx, 2);
        const int top = std::max(cell / grid_.columns() * kCellPx, 2);
        const int right = std::min(left + kCellPx, smooth_.cols - 2);
        const int bottom = std::min(top + kCellPx, smooth_.rows - 2);
        for (int y = top; y < bottom; ++y)
            for (int x = left; x < right; ++x) {
                const auto level = [&](int px, int py) {
                    return static_cast<float>(smooth_.at<std::uint8_t>(py, px));
                };
                const auto was = [&](int px, int py) {
                    return static_cast<float>(mean.at<std::int16_t>(py, px)) / 128.0F;
                };
                const float dx = level(x + 2, y) - level(x - 2, y) - gain * (was(x + 2, y) - was(x - 2, y));
                const float dy = level(x, y + 2) - level(x, y - 2) - gain * (was(x, y + 2) - was(x, y - 2));
                const float noise =
                    static_cast<float>(background_.deviation().at<std::int16_t>(y, x)) / 128.0F;
                new_edges +=
                    std::abs(dx) + std::abs(dy) > static_cast<float>(tuning_.threshold) + 4 * noise ? 1 : 0;
                ++pixels;
            }
    }
    return pixels > 0 ? static_cast<double>(new_edges) / pixels : 1.0;
}

bool MotionDetector::follow(const Blob& blob) {
    Track* best = nullptr;
    for (Track& track : tracks_)
        if (!track.is_matched && doTouch(track.box, blob.box, 1) && (!best || track.age > best->age))
            best = &track;
    if (!best) {
        if (tracks_.size() >= kMaxTracks) return false;
        tracks_.push_back(Track{blob.box, 0, 0, false});
        best = &tracks_.back();
    }
    const bool is_moving = blob.moving_px * 20 >= blob.changed_px;
    best->box = blob.box;
    best->is_matched = true;
    best->history |= is_moving ? 1U : 0U;
    const int hits = __builtin_popcount(best->history & 0xfU);
    // While the scene is new, a leaf's first strokes look like a visitor's: all four pictures have to agree.
    const int wanted = seen_ < kNewScenePictures ? kHistoryPictures : tuning_.confirm_pictures;
    return is_moving && hits >= wanted;
}

std::string MotionDetector::zoneOf(const Blob& blob) const {
    std::vector<int> cells_in(zones_.size(), 0);
    for (const int cell : blob.cells) {
        const std::int8_t zone = zone_of_cell_[static_cast<std::size_t>(cell)];
        if (zone >= 0) ++cells_in[static_cast<std::size_t>(zone)];
    }
    const auto most = std::max_element(cells_in.begin(), cells_in.end());
    return most == cells_in.end() ? std::string()
                                  : zones_[static_cast<std::size_t>(most - cells_in.begin())].name;
}

void MotionDetector::judgeBlobs(Detection& detection) {
    const int picture_px = smooth_.rows * smooth_.cols;
    const int min_px = std::max(8, static_cast<int>(tuning_.min_area_percent / 100.0 * picture_px));
    for (Track& track : tracks_) {
        track.history <<= 1U;
        track.is_matched = false;
        ++track.age;
    }
    int confirmed_px = 0;
    for (const Blob& blob : grid_.blobs(min_px)) {
        const double edges = structure(blob);
        if (edges < 0.12) continue;
        if (!follow(blob)) continue;
        confirmed_px += blob.changed_px;
        if (!detection.is_motion) detection.zone = zoneOf(blob);
        detection.is_motion = true;
        if (detection.regions.size() >= kMaxRegions) continue;
        const auto columns = static_cast<float>(grid_.columns());
        const auto rows = static_cast<float>(grid_.rows());
        detection.regions.push_back({static_cast<float>(blob.box.left) / columns,
                                     static_cast<float>(blob.box.top) / rows,
                                     static_cast<float>(blob.box.right - blob.box.left) / columns,
                                     static_cast<float>(blob.box.bottom - blob.box.top) / rows});
    }
    std::erase_if(tracks_, [](const Track& track) { return (track.history & 0xfU) == 0; });
    detection.area_percent = static_cast<float>(100.0 * confirmed_px / picture_px);
    detection.score = static_cast<float>(1.0 - std::exp(-0.7 * confirmed_px / min_px));
}

Detection MotionDetector::analyse(const LumaPicture& picture) {
    if (!picture.data || picture.width_px < kMinSidePx || picture.height_px < kMinSidePx ||
        picture.width_px > kMaxSidePx || picture.height_px > kMaxSidePx ||
        picture.stride_bytes < picture.width_px)
        throw Error(ErrorKind::BadData, "picture of " + std::to_string(picture.width_px) + " x " +
                                            std::to_string(picture.height_px) + " px cannot be analysed");
    const cv::Mat raw(picture.height_px, picture.width_px, CV_8U, const_cast<std::uint8_t*>(picture.data),
                      static_cast<std::size_t>(picture.stride_bytes));
    const cv::Size size_before = smooth_.size();
    const double level = smoother_.smooth(raw, smooth_);
    Detection detection;
    detection.pts_us = picture.pts_us;
    detection.brightness = static_cast<float>(level);
    if (background_.isEmpty() || size_before != smooth_.size()) begin(picture);

    if (seen_ > 0) followExposure();
    background_.step(smooth_, learnStep(picture.pts_us));
    ++seen_;
    grid_.count(background_.mask(), background_.moving(), is_watched_);
    if (judgeGlobal(detection) || seen_ <= kWarmUpPictures) return detection;
    judgeBlobs(detection);
    return detection;
}

}  // namespace porchlight::motion
