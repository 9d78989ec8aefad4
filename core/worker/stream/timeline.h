/// The muxer's own time line: what cameras send as time stamps, made monotone, and where it lies in wall
/// time.
#pragma once

#include <cstdint>
#include <optional>

#include "porchlight/media.h"
#include "porchlight/time.h"

namespace porchlight::worker {

/// Turns the time stamps of one video track into a line that starts at 0 and rises strictly. Pure, no clock.
///
/// A missing or backward dts becomes last + nominal duration. A jump (more than 3 s either way) continues
/// without a hole and asks for a new epoch, which the caller starts at the next keyframe. A step
/// ahead in which as much time passed is a pause of the camera: the picture before lasts as long.
class Timeline {
  public:
    struct Place {
        std::int64_t dts_us = 0;
        std::int64_t pts_us = 0;  ///< never below dts
        bool did_jump = false;
        bool did_pause = false;  ///< the picture before lasted for more than 3 s
    };

    /// The next packet becomes time 0.
    void restart(std::int64_t nominal_us) noexcept;

    Place place(const Packet& packet) noexcept;

    /// Where another track's stamp lies on this line.
    std::int64_t placeOther(std::int64_t stamp_us) const noexcept { return stamp_us - offset_us_; }

    std::int64_t lastDtsUs() const noexcept { return last_dts_us_; }
    bool isStarted() const noexcept { return is_started_; }
    std::int64_t nominalUs() const noexcept { return nominal_us_; }

    /// Between the last two pictures that no pause or jump parted; before these, as told.
    std::int64_t usualUs() const noexcept { return usual_us_; }

  private:
    bool isPause(std::int64_t step_us, Monotonic::time_point arrived_at) const noexcept;

    bool is_started_ = false;
    Monotonic::time_point arrived_at_{};  ///< of the last packet
    std::int64_t nominal_us_ = 66'667;
    std::int64_t usual_us_ = 66'667;
    std::int64_t offset_us_ = 0;
    std::int64_t last_dts_us_ = 0;
};

/// Where media time lies in wall time: fragments tile, and follow the moments at which their pictures
/// arrived.
///
/// The anchor moves forward at once when pictures arrive more than 300 ms later than it says (a hole was
/// there); it moves back only slowly (a tenth of each fragment), because fragments never overlap.
class WallAnchor {
  public:
    struct Span {
        std::int64_t started_at_us = 0;
        std::int64_t duration_us = 0;
    };

    /// A new epoch; wall time already used by earlier ones stays used.
    void restart() noexcept { anchor_us_.reset(); }

    /// A picture at `media_us` arrived at `wall_us`; the earliest arrival relative to its time counts.
    void observe(std::int64_t media_us, std::int64_t wall_us) noexcept;

    /// The wall clock was set: what follows lies later by `shift_us`, or earlier, over what was placed
    /// already.
    void step(std::int64_t shift_us) noexcept;

    /// Places the fragment whose pictures were observed since the last call.
    Span place(std::int64_t media_us, std::int64_t duration_us) noexcept;

  private:
    std::optional<std::int64_t> anchor_us_;
    std::optional<std::int64_t> seen_us_;
    std::int64_t used_until_us_ = 0;
};

}  // namespace porchlight::worker
