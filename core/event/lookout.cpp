#include "event/lookout.h"

#include <algorithm>
#include <utility>

namespace porchlight::event {
namespace {

/// The picture's own word counts where it tells more.
void name(Detection& detection, const Detection& seen) {
    if (rankOf(seen.label) > rankOf(detection.label)) detection.label = seen.label;
    if (detection.zone.empty()) detection.zone = seen.zone;
}

microseconds spanOf(Monotonic::time_point from, Monotonic::time_point to) noexcept {
    return std::max(microseconds{0}, std::chrono::duration_cast<microseconds>(to - from));
}

}  // namespace

Lookout::Lookout(LookoutSettings settings, EventIds& ids)
    : settings_(std::move(settings)), engine_(settings_.events, ids), states_(settings_.labels) {}

std::vector<Action> Lookout::onDetection(WallTime at, Monotonic::time_point now, Detection detection) {
    if (!is_on_ || isOpenedByCamera()) return {};
    if (!detection.is_motion || settings_.word == CameraWord::Ignored)
        return engine_.onDetection(at, now, detection);
    states_.expire(now);
    const auto seen = states_.seenLately();
    if (seen) name(detection, *seen);
    const bool is_vetoed = settings_.word == CameraWord::Vetoes && is_heard_ && !seen && !current();
    if (!is_vetoed) {
        waiting_.reset();
        return engine_.onDetection(at, now, detection);
    }
    hold(at, now, detection);
    return {};
}

/// The oldest picture that may still begin an event.
void Lookout::hold(WallTime at, Monotonic::time_point now, const Detection& detection) {
    if (!waiting_ || spanOf(waiting_->since, now) > kVetoWindow) waiting_ = Waiting{at, now, detection};
    waiting_->detection.score = std::max(waiting_->detection.score, detection.score);
    waiting_->detection.area_percent = std::max(waiting_->detection.area_percent, detection.area_percent);
}

std::vector<Action> Lookout::onCamera(const CameraDetection& said, WallTime wall, Monotonic::time_point now) {
    const bool is_new = states_.take(said, now);
    if (!is_on_) return {};
    const auto seen = states_.seen();
    if (isOpenedByCamera()) {
        if (is_lost_) return {};
        const microseconds late = wall - said.at;
        const bool is_believed = is_new && late > microseconds{0} && late <= kLatest;
        return open(is_believed ? said.at : wall, wall, now);
    }
    if (!is_new || !seen) return {};
    if (current()) return engine_.onName(now, *seen);
    return settings_.word == CameraWord::Vetoes ? release(*seen, now) : std::vector<Action>{};
}

/// What the camera sees now is one more picture that shows it.
std::vector<Action> Lookout::open(WallTime at, WallTime wall, Monotonic::time_point now) {
    if (const auto seen = states_.seen()) return engine_.onDetection(at, now, *seen, wall - at);
    return current() ? engine_.onDetection(at, now, Detection{}) : std::vector<Action>{};
}

std::vector<Action> Lookout::release(const Detection& seen, Monotonic::time_point now) {
    if (!waiting_) return {};
    const Waiting held = *std::exchange(waiting_, std::nullopt);
    const auto late = spanOf(held.since, now);
    if (late > kVetoWindow) return {};
    Detection detection = held.detection;
    name(detection, seen);
    return engine_.onDetection(held.at, now, detection, late);
}

std::vector<Action> Lookout::setOn(bool is_on) {
    is_on_ = is_on;
    if (is_on) return {};
    waiting_.reset();
    return engine_.close(CloseReason::DetectOff);
}

std::vector<Action> Lookout::onTick(WallTime wall, Monotonic::time_point now) {
    states_.expire(now);
    const bool may_open = is_on_ && !is_lost_ && isOpenedByCamera();
    if (may_open && (current() || states_.seen())) return open(wall, wall, now);
    return engine_.onTick(now);
}

std::vector<Action> Lookout::close(CloseReason reason) {
    waiting_.reset();
    if (reason == CloseReason::CameraLost) is_lost_ = true;
    return engine_.close(reason);
}

}  // namespace porchlight::event
