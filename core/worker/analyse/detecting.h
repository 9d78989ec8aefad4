/// The detector's share of one stream.
#pragma once

#include <atomic>
#include <memory>

#include "worker/analyse/detection_stage.h"

namespace porchlight::worker {

/// Whether, and with which pictures, the detector is fed. Invariant: it sees one stream at a time, of one
/// size, without a gap; whatever breaks that lets it begin anew. The stage may be shared with another
/// stream's analysis, of which one at a time detects.
/// **Thread**: setOn() and isWanted() from any thread; everything else thread-bound (analysis).
class Detecting {
  public:
    /// `stage` may be null: nothing is detected, ever.
    explicit Detecting(std::shared_ptr<DetectionStage> stage) : stage_(std::move(stage)) {}

    void setOn(bool is_on) noexcept { is_switched_on_ = is_on; }
    bool isWanted() const noexcept { return stage_ && is_switched_on_; }

    /// Another stream begins.
    void restart() noexcept;

    /// Takes over the switch; until the next call isOn() stays as it is.
    void follow() noexcept;
    bool isOn() const noexcept { return is_on_; }

    /// Whether the picture at that stream time is one for the detector.
    bool isDue(std::int64_t pts_us) const noexcept { return is_on_ && stage_->isDue(pts_us); }
    int preferredWidthPx() const { return stage_->preferredWidthPx(); }

    /// Only while isOn(). `make_picture` as DetectionStage says.
    void detect(const LumaPicture& luma, Monotonic::time_point arrived_at,
                const DetectionStage::MakePicture& make_picture);

  private:
    const std::shared_ptr<DetectionStage> stage_;
    std::atomic<bool> is_switched_on_{true};
    bool is_on_ = false;
    int width_px_ = 0;  ///< of the last picture
    int height_px_ = 0;
};

}  // namespace porchlight::worker
