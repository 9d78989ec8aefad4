#include "worker/stream/timeline.h"

#include <algorithm>
#include <chrono>

namespace porchlight::worker {
namespace {

constexpr std::int64_t kJumpUs = 3'000'000;
constexpr std::int64_t kLongestPauseUs = 50'000'000;  // the gate refuses fragments of a minute
constexpr std::int64_t kPunctualUs = 1'000'000;
constexpr std::int64_t kDriftUs = 300'000;

}  // namespace

void Timeline::restart(std::int64_t nominal_us) noexcept {
    is_started_ = false;
    nominal_us_ = usual_us_ = std::max<std::int64_t>(nominal_us, 1'000);
}

Timeline::Place Timeline::place(const Packet& packet) noexcept {
    Place place;
    if (!is_started_) {
        is_started_ = true;
        offset_us_ = packet.dts_us;
        last_dts_us_ = 0;
        arrived_at_ = packet.arrived_at;
        place.pts_us = std::clamp<std::int64_t>(packet.pts_us - packet.dts_us, 0, kJumpUs);
        return place;
    }
    std::int64_t dts = packet.dts_us - offset_us_;
    const bool is_far = dts - last_dts_us_ > kJumpUs || last_dts_us_ - dts > kJumpUs;
    place.did_pause = is_far && isPause(dts - last_dts_us_, packet.arrived_at);
    place.did_jump = is_far && !place.did_pause;
    if (place.did_jump) {
        offset_us_ = packet.dts_us - (last_dts_us_ + nominal_us_);
        dts = last_dts_us_ + nominal_us_;
    } else if (dts <= last_dts_us_) {
        dts = last_dts_us_ + nominal_us_;
    } else if (!place.did_pause) {
        usual_us_ = dts - last_dts_us_;
    }
    place.dts_us = dts;
    place.pts_us = std::clamp(packet.pts_us - offset_us_, dts, dts + kJumpUs);
    last_dts_us_ = dts;
    arrived_at_ = packet.arrived_at;
    return place;
}

bool Timeline::isPause(std::int64_t step_us, Monotonic::time_point arrived_at) const noexcept {
    const auto passed = std::chrono::duration_cast<microseconds>(arrived_at - arrived_at_).count();
    return step_us > 0 && step_us <= std::min(passed + kPunctualUs, kLongestPauseUs);
}

void WallAnchor::observe(std::int64_t media_us, std::int64_t wall_us) noexcept {
    const std::int64_t seen = wall_us - media_us;
    seen_us_ = seen_us_ ? std::min(*seen_us_, seen) : seen;
}

void WallAnchor::step(std::int64_t shift_us) noexcept {
    if (anchor_us_) *anchor_us_ += shift_us;
    if (seen_us_) *seen_us_ += shift_us;
    used_until_us_ += shift_us;
}

WallAnchor::Span WallAnchor::place(std::int64_t media_us, std::int64_t duration_us) noexcept {
    const std::int64_t seen = seen_us_.value_or(anchor_us_.value_or(used_until_us_ - media_us));
    seen_us_.reset();
    if (!anchor_us_) anchor_us_ = seen;
    Span span{0, duration_us};
    const std::int64_t drift = seen - *anchor_us_;
    if (drift > kDriftUs) anchor_us_ = seen;
    span.started_at_us = std::max(*anchor_us_ + media_us, used_until_us_);
    anchor_us_ = span.started_at_us - media_us;
    if (drift < -kDriftUs) {
        const std::int64_t shrink = std::min(duration_us / 10, -drift);
        span.duration_us -= shrink;
        *anchor_us_ -= shrink;
    }
    used_until_us_ = span.started_at_us + span.duration_us;
    return span;
}

}  // namespace porchlight::worker
