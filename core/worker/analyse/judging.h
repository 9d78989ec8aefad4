/// When a stream's pictures are judged, and what the last one gave.
#pragma once

#include <atomic>

#include "worker/analyse/picture_judge.h"

namespace porchlight::worker {

/// Has one picture a second judged, while its pictures are those that tell whether the camera is frozen or
/// black.
/// **Thread**: setOn() and isOn() from any thread; everything else thread-bound (analysis).
class Judging {
  public:
    explicit Judging(Progress& progress) : judge_(progress) {}

    void setOn(bool is_on) noexcept { is_on_ = is_on; }
    bool isOn() const noexcept { return is_on_; }

    /// Another stream begins.
    void restart() noexcept { judge_.reset(); }

    /// Whether it is a picture's turn; true takes it.
    bool takeTurn(Monotonic::time_point now) noexcept {
        if (!is_on_ || now < due_at_) return false;
        due_at_ = now + kEvery;
        return true;
    }

    /// Looks at a picture; while it is off, at none.
    void judge(const LumaPicture& luma, bool is_coded) noexcept {
        is_doubtful_ = is_on_ && !judge_.judge(luma, is_coded);
    }

    /// The last one was black, or the same as before.
    bool isDoubtful() const noexcept { return is_doubtful_; }

  private:
    static constexpr seconds kEvery{1};

    PictureJudge judge_;
    std::atomic<bool> is_on_{true};
    Monotonic::time_point due_at_{};
    bool is_doubtful_ = false;
};

}  // namespace porchlight::worker
