/// Runs the detector at its pace and decides which of its results the core hears of.
#pragma once

#include <functional>
#include <memory>

#include "base/clock.h"
#include "porchlight/mutex.h"
#include "worker/picture/jpeg.h"
#include "worker/report/outbox.h"

namespace porchlight::worker {

/// Reports every picture with motion, the first one without, and one a second otherwise; the first picture of
/// a motion after quiet carries a thumbnail. **Thread**: any analysis thread: main and sub stream take turns.
class DetectionStage {
  public:
    /// `make_picture` gives the picture in colour for a thumbnail; called rarely.
    using MakePicture = std::function<Picture()>;

    DetectionStage(std::unique_ptr<Detector> detector, double rate_hz, const base::Clock& clock,
                   Outbox& outbox, Progress& progress);

    int preferredWidthPx() const { return detector_->preferredWidthPx(); }

    /// True when the picture at that stream time should be analysed.
    bool isDue(std::int64_t pts_us) const noexcept;  ///< of the stream that was analysed last

    /// `luma` at any size not below the preferred width.
    void analyse(const LumaPicture& luma, Monotonic::time_point arrived_at, const MakePicture& make_picture);

    /// The stream began anew, or detection was off.
    void reset() noexcept;

  private:
    void schedule(std::int64_t pts_us) noexcept PORCHLIGHT_REQUIRES(mutex_);
    void report(Detection&& detection, Monotonic::time_point arrived_at, const MakePicture& make_picture)
        PORCHLIGHT_REQUIRES(mutex_);

    mutable Mutex mutex_;
    const std::unique_ptr<Detector> detector_;
    const std::int64_t interval_us_;
    const base::Clock& clock_;
    Outbox& outbox_;
    Progress& progress_;
    JpegEncoder jpeg_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::int64_t due_us_ PORCHLIGHT_GUARDED_BY(mutex_) = 0;
    bool has_begun_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    bool had_motion_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    Monotonic::time_point last_report_ PORCHLIGHT_GUARDED_BY(mutex_){};
    Monotonic::time_point last_motion_ PORCHLIGHT_GUARDED_BY(mutex_){};
};

}  // namespace porchlight::worker
