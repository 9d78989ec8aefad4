#include "timeline.h"

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace porchlight::ffmpeg {
namespace {

constexpr std::int64_t kLongestRepeatUs = 5'000'000;
constexpr std::int64_t kLongestDelayUs = 5'000'000;  ///< that libav finds out at once; more is another clock
constexpr std::int64_t kLeapUs = 1'000'000;
constexpr std::int64_t kLeapPictures = 17;           // H.264 and H.265 reorder by 16 at most
constexpr std::int64_t kVideoBoundUs = 300'000;      ///< a clock that is set by less is let go
constexpr std::int64_t kAudioBoundUs = 1'000'000;    ///< a first report moves sound to its pictures ...
constexpr std::int64_t kFirstReportUs = 15'000'000;  ///< ... within so long

std::int64_t microsecondsOf(Monotonic::duration span) noexcept {
    return std::chrono::duration_cast<microseconds>(span).count();
}

}  // namespace

/// Where a packet belongs that follows the one before it.
Timeline::Place Timeline::place(Track track, std::int64_t stamp_us, Monotonic::time_point arrived_at,
                                bool is_repeated) noexcept {
    TrackState& state = of(track);
    const bool is_live = mode_ == Mode::Live;
    const bool may_report =
        track == Track::Audio && microsecondsOf(arrived_at - *first_arrival_) < kFirstReportUs;
    const std::int64_t bound = may_report ? kAudioBoundUs : kVideoBoundUs;
    const std::int64_t last = is_live ? state.clock.lastPlace() : state.last_us;
    const std::int64_t wished =
        is_live ? state.clock.place(stamp_us, arrived_at, bound, state.nominal_us) : stamp_us + offset_us_;
    std::int64_t at = wished;
    if (state.has_last && at <= last) {
        // A camera that repeats a stamp: its pictures came at a distance all the same. Where pictures are
        // reordered the stamps differ, and more than the least step would push dts beyond the pts of pictures
        // to come.
        const std::int64_t passed =
            is_live && is_repeated ? microsecondsOf(arrived_at - state.last_arrival) : 0;
        at = last + std::clamp(passed, kLeastStepUs, kLongestRepeatUs);
    }
    if (is_live) state.clock.settle(at);
    return {at, wished};
}

/// RTP tells no decoding times: libav makes them of the order of display, as it learns how far pictures are
/// reordered. When it learns more, decoding times go back and those of display do not: no clock was set.
void Timeline::noteDelay(TrackState& state, std::int64_t dts_us, std::optional<std::int64_t> pts_us,
                         Monotonic::time_point arrived_at) noexcept {
    const std::int64_t told = std::exchange(state.told_dts_us, dts_us);
    if (!state.has_last || dts_us >= told || !pts_us || *pts_us <= dts_us || !state.given_pts_us) return;
    const std::int64_t passed = microsecondsOf(arrived_at - state.last_arrival);
    const std::int64_t step = *pts_us - *state.given_pts_us;
    const std::int64_t held = state.clock.lastStamp() + passed - dts_us;
    if (step > 0 && step - passed < kLongestDelayUs && held - state.held_us < kLongestDelayUs)
        state.held_us = held;
}

/// Where a camera sets its clock (a report that says another time), libav's decoding times follow some
/// pictures behind those of display: in between lies the leap, not a delay. `step_us`: since the display
/// before.
std::int64_t Timeline::shownAt(TrackState& state, std::int64_t decoded_us, std::int64_t ahead_us,
                               std::int64_t step_us) noexcept {
    const std::int64_t bound = state.widest_us + std::max(kLeapUs, kLeapPictures * state.nominal_us);
    if (ahead_us > bound) {
        const bool is_second = std::exchange(state.is_leaping, true);
        return is_second ? state.shown_us + step_us : decoded_us + state.widest_us;
    }
    state.is_leaping = false;
    state.widest_us = std::max(state.widest_us, ahead_us);
    return decoded_us + ahead_us;
}

/// When a picture is shown of which nothing else is told.
std::int64_t Timeline::showAt(Track track, std::int64_t stamp_us, Monotonic::time_point arrived_at,
                              bool is_repeated, bool looks_both_ways) noexcept {
    const TrackState& state = of(track);
    const std::int64_t back = state.clock.lastStamp() - stamp_us;
    if (looks_both_ways && state.has_last && back > 0 && back < kLongestRepeatUs)
        if (const auto at = state.order.between(stamp_us, state.clock.beside(stamp_us))) return *at;
    return place(track, stamp_us, arrived_at, is_repeated).at_us;
}

Timeline::Stamp Timeline::map(Track track, std::optional<std::int64_t> pts_us,
                              std::optional<std::int64_t> dts_us, std::int64_t duration_us,
                              Monotonic::time_point arrived_at, bool looks_both_ways) noexcept {
    TrackState& state = of(track);
    if (!first_arrival_) first_arrival_ = arrived_at;
    if (mode_ == Mode::Arrival) {
        pts_us = dts_us = microsecondsOf(arrived_at - *first_arrival_);
        duration_us = 0;  // unknown until the next one comes: as long as the last one was
        if (state.has_last)
            state.nominal_us = std::clamp<std::int64_t>(*dts_us - state.last_us, kLeastStepUs, 1'000'000);
    }
    const bool is_live = mode_ == Mode::Live;
    const std::int64_t next =
        (is_live ? state.clock.lastStamp() - state.held_us : state.last_us - offset_us_) +
        (state.has_last ? state.nominal_us : 0);
    const std::int64_t raw_dts = dts_us ? *dts_us : pts_us.value_or(next);
    const std::int64_t ahead = pts_us.value_or(raw_dts) - raw_dts;
    if (offset_us_ == 0 && (!first_us_ || raw_dts < *first_us_)) first_us_ = raw_dts;
    if (ahead != 0) state.has_own_dts = true;

    const bool is_repeated = pts_us && pts_us == state.given_pts_us;
    std::int64_t dts = 0;
    std::int64_t pts = 0;
    if (is_live && state.order.isExpected() && !state.has_own_dts) {
        const std::int64_t passed = state.has_last ? microsecondsOf(arrived_at - state.last_arrival) : 0;
        pts = showAt(track, raw_dts, arrived_at, is_repeated, looks_both_ways);
        dts = state.order.decodedAt(raw_dts, pts, passed);
    } else {
        if (is_live) noteDelay(state, raw_dts, pts_us, arrived_at);
        const Place placed = place(track, raw_dts + state.held_us, arrived_at, is_repeated);
        dts = placed.at_us - state.held_us;
        if (state.held_us != 0) dts = std::max(dts, state.last_us + kLeastStepUs);
        const std::int64_t decoded = placed.wished_us - state.held_us;
        const std::int64_t step = pts_us && state.given_pts_us ? *pts_us - *state.given_pts_us : 0;
        pts = is_live ? shownAt(state, decoded, state.clock.scaled(ahead), state.clock.scaled(step))
                      : decoded + ahead;
    }
    duration_us = state.clock.scaled(duration_us);
    if (duration_us <= 0) duration_us = state.nominal_us;
    state.has_last = true;
    state.last_us = dts;
    state.shown_us = std::max(pts, dts);
    state.given_pts_us = pts_us;
    state.last_arrival = arrived_at;
    end_us_ = std::max(end_us_, dts + duration_us);
    return {state.shown_us, dts, duration_us};
}

void Timeline::resume() noexcept {
    for (TrackState& state : tracks_) state.clock.resume();
}

void Timeline::beginPass() noexcept {
    offset_us_ = end_us_ - first_us_.value_or(0);
}

}  // namespace porchlight::ffmpeg
