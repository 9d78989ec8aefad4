/// Judges a running worker by what it tells: the source of every fault that is not told by itself.
#pragma once

#include <optional>
#include <string>

#include "camera/fault_kind.h"
#include "camera/worker/cpu_window.h"
#include "config/config.h"
#include "ipc/message.h"

namespace porchlight::camera {

/// One worker's life, from its start to its end. All times come from outside. **Thread**: thread-bound
/// (supervisor).
class WorkerWatch {
  public:
    WorkerWatch(const config::HealthConfig& limits, bool has_sub, Monotonic::time_point now);

    void onHeartbeat(const ipc::Heartbeat& beat, Monotonic::time_point now);
    void onPicture(Monotonic::time_point now) { picture_at_ = now; }
    void onStream(double nominal_hz, Monotonic::time_point now);

    /// It takes the place of one that was killed for its CPU: if it needs as much from its beginning, that is
    /// honest work.
    void followCpuLimit() noexcept { cpu_.followLimit(); }

    /// The host stood still for `span`: nothing that was late is to blame - for a minute at most where one
    /// stall follows the other; then only what was measured moves by it.
    void forgive(microseconds span, Monotonic::time_point now);

    /// The worst fault at this moment; nothing when all is well, or when it is still too early to say.
    std::optional<Finding> judge(Monotonic::time_point now) const;

    /// Good pictures flow: a packet within frame_timeout, and no fault but those that only degrade.
    bool isDelivering(Monotonic::time_point now) const;

    std::optional<Monotonic::time_point> pictureAt() const noexcept { return picture_at_; }
    Monotonic::time_point streamAt() const noexcept { return stream_at_; }
    /// When a picture was last seen to differ from the one before.
    std::optional<Monotonic::time_point> distinctAt() const noexcept {
        if (beat_.distinct_seen_age_us < 0) return std::nullopt;
        return beat_at_ - microseconds(beat_.distinct_seen_age_us);
    }
    /// A file that is not repeated was played to its end: no fault, and nothing to recover.
    bool hasEnded() const noexcept { return has_beat_ && beat_.phase == ipc::CapturePhase::Ended; }
    const ipc::Heartbeat& beat() const noexcept { return beat_; }
    Monotonic::time_point beatAt() const noexcept { return beat_at_; }

    /// One picture has been in the encoder for longer than any encoder takes.
    bool isStuckInEncoder(Monotonic::time_point now) const;

    /// Whether its memory was nearly used up when it was last heard of.
    bool isNearMemoryLimit() const noexcept;

  private:
    std::optional<Finding> judgeProcess(Monotonic::time_point now) const;
    std::optional<Finding> judgeStuck(Monotonic::time_point now, ipc::CapturePhase phase,
                                      std::int64_t stuck_us, const char* stream) const;
    std::optional<Finding> judgeWork(Monotonic::time_point now) const;
    Finding hung(const std::string& where) const;
    microseconds stallAllowance(Monotonic::time_point now) const {
        return now < excused_until_ ? stall_ : microseconds(0);
    }
    std::optional<Finding> judgePictures(Monotonic::time_point now) const;
    const config::HealthConfig& limits_;
    const bool has_sub_;
    ipc::Heartbeat beat_;
    bool has_beat_ = false;
    Monotonic::time_point beat_at_;
    std::optional<Monotonic::time_point> picture_at_;
    Monotonic::time_point stream_at_;         ///< start of the stream, or of the worker
    microseconds stall_{0};                   ///< the last one of the host; counts until excused_until_
    Monotonic::time_point excused_until_{};   ///< after a stall pictures need a moment to flow again
    Monotonic::time_point excusing_since_{};  ///< stalls follow each other since then
    Monotonic::time_point forgiven_at_{};
    double nominal_hz_ = 0;
    std::optional<Monotonic::time_point> low_since_;
    int flooding_beats_ = 0;
    std::uint32_t calm_descriptors_ = 0;  ///< least number seen while pictures came; 0: not yet
    CpuWindow cpu_;
    std::uint64_t bad_before_ = 0;  ///< bad packets at the beginning of the bad stretch
    std::optional<Monotonic::time_point> bad_since_;
};

}  // namespace porchlight::camera
