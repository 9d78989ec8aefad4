#include "timeline.h"

#include <algorithm>
#include <cstdlib>

namespace porchlight::ffmpeg {
namespace {

constexpr std::int64_t kLongestRepeatUs = 5'000'000;
constexpr std::int64_t kVideoBoundUs = 300'000;      ///< a clock that is set by less is let go
constexpr std::int64_t kAudioBoundUs = 1'000'000;    ///< a first report moves sound to its pictures ...
constexpr std::int64_t kFirstReportUs = 15'000'000;  ///< ... within so long

std::int64_t microsecondsOf(Monotonic::duration span) noexcept {
    return std::chrono::duration_cast<microseconds>(span).count();
}

}  // namespace

Timeline::Stamp Timeline::map(Track track, std::optional<std::int64_t> pts_us,
                              std::optional<std::int64_t> dts_us, std::int64_t duration_us,
                              Monotonic::time_point arrived_at) noexcept {
    TrackState& state = of(track);
    if (!first_arrival_) first_arrival_ = arrived_at;
    if (mode_ == Mode::Arrival) {
        pts_us = dts_us = microsecondsOf(arrived_at - *first_arrival_);
        duration_us = 0;  // unknown until the next one comes: as long as the last one was
        if (state.has_last)
            state.nominal_us = std::clamp<std::int64_t>(*dts_us - state.last_us, kLeastStepUs, 1'000'000);
    }
    const bool is_live = mode_ == Mode::Live;
    const std::int64_t next = (is_live ? state.clock.lastStamp() : state.last_us - offset_us_) +
                              (state.has_last ? state.nominal_us : 0);
    const std::int64_t raw_dts = dts_us ? *dts_us : pts_us.value_or(next);
    if (offset_us_ == 0 && (!first_us_ || raw_dts < *first_us_)) first_us_ = raw_dts;

    const bool may_report =
        track == Track::Audio && microsecondsOf(arrived_at - *first_arrival_) < kFirstReportUs;
    const std::int64_t bound = may_report ? kAudioBoundUs : kVideoBoundUs;
    std::int64_t dts =
        is_live ? state.clock.place(raw_dts, arrived_at, bound, state.nominal_us) : raw_dts + offset_us_;
    const std::int64_t wished = dts;
    if (state.has_last && dts <= state.last_us) {
        // A camera that repeats a stamp: its pictures came at a distance all the same. Where pictures are
        // reordered the stamps differ, and more than the least step would push dts beyond the pts of pictures
        // to come.
        const bool is_repeated = is_live && pts_us && pts_us == state.given_pts_us;
        const std::int64_t passed = is_repeated ? microsecondsOf(arrived_at - state.last_arrival) : 0;
        dts = state.last_us + std::clamp(passed, kLeastStepUs, kLongestRepeatUs);
    }
    if (is_live) state.clock.settle(dts);
    const std::int64_t ahead = pts_us.value_or(raw_dts) - raw_dts;
    const std::int64_t pts = std::max(dts, wished + state.clock.scaled(ahead));
    duration_us = state.clock.scaled(duration_us);
    if (duration_us <= 0) duration_us = state.nominal_us;
    state.has_last = true;
    state.last_us = dts;
    state.given_pts_us = pts_us;
    state.last_arrival = arrived_at;
    end_us_ = std::max(end_us_, dts + duration_us);
    return {pts, dts, duration_us};
}

void Timeline::beginPass() noexcept {
    offset_us_ = end_us_ - first_us_.value_or(0);
}

}  // namespace porchlight::ffmpeg
