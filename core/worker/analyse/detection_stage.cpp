#include "worker/analyse/detection_stage.h"

#include <algorithm>
#include <cmath>

#include "base/log.h"

namespace porchlight::worker {
namespace {

constexpr seconds kQuietReportEvery{1};
constexpr seconds kQuietBeforeThumbnail{2};
constexpr int kThumbnailWidthPx = 640;
constexpr int kThumbnailQuality = 75;

}  // namespace

DetectionStage::DetectionStage(std::unique_ptr<Detector> detector, double rate_hz, const base::Clock& clock,
                               Outbox& outbox, Progress& progress)
    : detector_(std::move(detector)),
      interval_us_(std::llround(1e6 / std::clamp(rate_hz, 0.1, 60.0))),
      clock_(clock),
      outbox_(outbox),
      progress_(progress) {}

bool DetectionStage::isDue(std::int64_t pts_us) const noexcept {
    const LockGuard lock(mutex_);
    // A jump of the time stamps either way must not silence the detector.
    return !has_begun_ || pts_us >= due_us_ || due_us_ - pts_us > 2 * interval_us_ + 1'000'000;
}

void DetectionStage::schedule(std::int64_t pts_us) noexcept {
    // The raster keeps the average rate when pictures come at other times than the raster's.
    due_us_ += interval_us_;
    if (!has_begun_ || due_us_ > pts_us + interval_us_ || due_us_ <= pts_us - interval_us_)
        due_us_ = pts_us + interval_us_;
    has_begun_ = true;
}

void DetectionStage::analyse(const LumaPicture& luma, Monotonic::time_point arrived_at,
                             const MakePicture& make_picture) {
    const LockGuard lock(mutex_);
    schedule(luma.pts_us);
    Detection detection;
    try {
        const UnderWay mark(progress_.detect_since_us);
        detection = detector_->analyse(luma);
    } catch (const Error& error) {
        ++progress_.bad_packets;
        base::logWarning("detect", error.what());
        return;
    }
    ++progress_.pictures_analysed;
    report(std::move(detection), arrived_at, make_picture);
}

void DetectionStage::report(Detection&& detection, Monotonic::time_point arrived_at,
                            const MakePicture& make_picture) {
    const auto now = clock_.now();
    const bool ends_motion = had_motion_ && !detection.is_motion;
    if (!detection.is_motion && !ends_motion && now - last_report_ < kQuietReportEvery) return;
    ipc::DetectionReady ready;
    const auto age = std::max(Monotonic::duration::zero(), now - arrived_at);
    ready.at_us =
        clock_.wallNow().time_since_epoch().count() - std::chrono::duration_cast<microseconds>(age).count();
    if (detection.is_motion && !had_motion_ &&
        (last_motion_ == Monotonic::time_point{} || now - last_motion_ > kQuietBeforeThumbnail)) {
        try {
            ready.thumbnail = jpeg_.encode(make_picture(), kThumbnailWidthPx, kThumbnailQuality);
        } catch (const Error& error) {
            base::logWarning("detect", std::string("thumbnail: ") + error.what());
        }
    }
    if (detection.is_motion) last_motion_ = now;
    had_motion_ = detection.is_motion;
    last_report_ = now;
    ready.detection = std::move(detection);
    outbox_.put(std::move(ready));
}

void DetectionStage::reset() noexcept {
    const LockGuard lock(mutex_);
    const UnderWay mark(progress_.detect_since_us);
    detector_->reset();
    has_begun_ = false;
}

}  // namespace porchlight::worker
