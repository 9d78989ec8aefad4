#include "worker/analyse/detecting.h"

namespace porchlight::worker {

void Detecting::restart() noexcept {
    if (isWanted()) stage_->reset();
}

void Detecting::follow() noexcept {
    const bool is_on = isWanted();
    if (is_on && !is_on_) stage_->reset();
    is_on_ = is_on;
}

void Detecting::detect(const LumaPicture& luma, Monotonic::time_point arrived_at,
                       const DetectionStage::MakePicture& make_picture) {
    if (luma.width_px != width_px_ || luma.height_px != height_px_) stage_->reset();
    width_px_ = luma.width_px;
    height_px_ = luma.height_px;
    stage_->analyse(luma, arrived_at, make_picture);
}

}  // namespace porchlight::worker
