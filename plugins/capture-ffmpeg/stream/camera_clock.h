/// What a camera's time stamps are worth, judged by when its packets arrive.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>

#include "porchlight/time.h"

namespace porchlight::ffmpeg {

/// Least distance of two packets: 90 ticks of the usual 90 kHz.
inline constexpr std::int64_t kLeastStepUs = 1'000;

/// Puts the stamps of one live track on a line that goes on with the time that passes.
///
/// Stamps are believed as long as they can be true: a network delays packets by seconds and gives them back
/// at once, but it delivers none before its time. So the least delay of the last seconds is compared with:
/// - A stamp that is ahead of it by `bound`, or goes back by it, or is ahead of the time that passed by 5 s,
///   is a clock that was set: time goes on by what passed. One that is late only was held up, by whatever it
///   may be: it keeps its place, and where for three seconds all come that late, time goes on from there.
/// - A least delay that grows or shrinks on and on is a clock of a wrong rate (units of 1/1000 under a
///   nominal 90 kHz, 10 pictures a second announced where 7 come): from then on, and until the source is
///   opened again, the smoothed arrival is the time. A crystal that is off by up to 0.1 % is none.
///
/// Pure state: no clock of its own. Thread: thread-bound.
class CameraClock {
  public:
    /// Where a packet belongs: its decoding time in microseconds. `nominal_us`: the usual distance.
    std::int64_t place(std::int64_t stamp_us, Monotonic::time_point arrived_at, std::int64_t bound_us,
                       std::int64_t nominal_us) noexcept;

    /// Where it was put in the end, the stamps of one track having to rise.
    void settle(std::int64_t placed_us) noexcept;

    /// A span of the camera's own clock as one of ours: how long before its display a picture is decoded.
    std::int64_t scaled(std::int64_t span_us) const noexcept;

    /// The camera paused: where the stamp of the next packet does not say so, time goes on all the same.
    void resume() noexcept { is_resumed_ = true; }

    /// Where a stamp lies beside the last one, which stays the last one.
    std::int64_t beside(std::int64_t stamp_us) const noexcept {
        return placed_us_ - scaled(stamp_us_ - stamp_us);
    }

    /// The packet before: its stamp as it came, and where it was put.
    std::int64_t lastStamp() const noexcept { return stamp_us_; }
    std::int64_t lastPlace() const noexcept { return placed_us_; }

  private:
    static constexpr std::int64_t kNone = std::numeric_limits<std::int64_t>::max();

    /// The packets of a second or more.
    struct Span {
        std::int64_t began_us = 0;
        std::int64_t least_delay_us = kNone;
        int packets = 0;
    };

    /// The last packets: what their stamps say, and how long it took.
    struct Crawl {
        std::int64_t stamped_us = 0;
        std::int64_t passed_us = 0;
        std::int64_t longest_us = 0;
        int packets = 0;
    };

    bool isSet(std::int64_t placed_us, std::int64_t passed_us, std::int64_t bound_us) const noexcept;
    std::int64_t continued(std::int64_t passed_us, std::int64_t nominal_us) const noexcept;
    std::int64_t follow(std::int64_t passed_us) noexcept;
    void noteDelay(std::int64_t delay_us) noexcept;
    void closeSpan() noexcept;
    void noteSteps(std::int64_t step_us, std::int64_t passed_us) noexcept;
    std::int64_t leastDelay() const noexcept;

    std::optional<Monotonic::time_point> first_at_;
    std::int64_t arrival_us_ = 0;  ///< of the last packet, since the first one
    std::int64_t stamp_us_ = 0;    ///< as it came
    std::int64_t placed_us_ = 0;
    std::int64_t shift_us_ = 0;  ///< sum of what was taken out
    bool has_last_ = false;
    bool is_resumed_ = false;

    Span span_;
    std::int64_t packets_ = 0;            ///< in all, until the stamps are no longer believed
    std::int64_t last_least_us_ = kNone;  ///< delay of the span before
    std::int64_t anchor_us_ = kNone;      ///< delay of the first span
    std::int64_t off_us_ = 0;             ///< the last span's from it
    int growing_ = 0;                     ///< spans in a row that were off further
    int far_ = 0;                         ///< spans in a row that were off far
    Crawl crawl_;

    bool is_following_ = false;
    std::int64_t period_us_ = 40'000;   ///< smoothed distance of arrivals
    std::int64_t stamped_us_ = 40'000;  ///< smoothed distance of stamps
};

}  // namespace porchlight::ffmpeg
