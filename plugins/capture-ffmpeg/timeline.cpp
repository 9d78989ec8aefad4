#include "timeline.h"

#include <algorithm>
#include <cstdlib>

namespace porchlight::ffmpeg {
namespace {

constexpr std::int64_t kJumpUs = 5'000'000;  ///< further from the time that passed than a network delays
constexpr std::int64_t kStepUs = 1'000;      ///< least distance of two packets: 90 ticks of the usual 90 kHz

std::int64_t microsecondsOf(Monotonic::duration span) noexcept {
    return std::chrono::duration_cast<microseconds>(span).count();
}

}  // namespace

std::int64_t Timeline::withoutJump(TrackState& state, std::int64_t dts_us,
                                   Monotonic::time_point arrived_at) const noexcept {
    if (mode_ != Mode::Live || !state.has_last) return dts_us;
    const std::int64_t shifted = dts_us + state.shift_us;
    const std::int64_t passed = microsecondsOf(arrived_at - state.last_arrival);
    if (std::llabs(shifted - state.last_us - passed) <= kJumpUs) return shifted;
    const std::int64_t continued = state.last_us + std::max(passed, state.nominal_us);
    state.shift_us += continued - shifted;
    return continued;
}

Timeline::Stamp Timeline::map(Track track, std::optional<std::int64_t> pts_us,
                              std::optional<std::int64_t> dts_us, std::int64_t duration_us,
                              Monotonic::time_point arrived_at) noexcept {
    TrackState& state = of(track);
    if (mode_ == Mode::Arrival) {
        if (!first_arrival_) first_arrival_ = arrived_at;
        pts_us = dts_us = microsecondsOf(arrived_at - *first_arrival_);
        duration_us = 0;  // unknown until the next one comes: as long as the last one was
        if (state.has_last)
            state.nominal_us = std::clamp<std::int64_t>(*dts_us - state.last_us, kStepUs, 1'000'000);
    }
    const std::int64_t next =
        state.last_us - offset_us_ - state.shift_us + (state.has_last ? state.nominal_us : 0);
    const std::int64_t raw_dts = dts_us ? *dts_us : pts_us.value_or(next);
    if (offset_us_ == 0 && (!first_us_ || raw_dts < *first_us_)) first_us_ = raw_dts;

    std::int64_t dts = withoutJump(state, raw_dts + offset_us_, arrived_at);
    const std::int64_t shift = dts - raw_dts;
    if (state.has_last && dts <= state.last_us) {
        // A camera that repeats a stamp: its pictures came at a distance all the same. Where pictures are
        // reordered the stamps differ, and more than the least step would push dts beyond the pts of pictures
        // to come.
        const bool is_repeated = mode_ == Mode::Live && pts_us && pts_us == state.given_pts_us;
        const std::int64_t passed = is_repeated ? microsecondsOf(arrived_at - state.last_arrival) : 0;
        dts = state.last_us + std::clamp(passed, kStepUs, kJumpUs);
    }
    const std::int64_t pts = std::max(dts, pts_us.value_or(raw_dts) + shift);
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
