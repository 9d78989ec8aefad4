#include "onvif/events/detections.h"

#include <algorithm>

namespace porchlight::onvif {
namespace {

/// The same moment told twice, or in a flood.
constexpr milliseconds kSameMoment{1'000};

/// By our clock. How a state is at the beginning of a subscription, its time does not say.
WallTime timeOf(const Notification& notification, const Detections::Now& now) {
    if (!notification.at || notification.operation == PropertyOperation::Initialized) return now.wall;
    const WallTime ours = *notification.at - now.clock_ahead.value_or(seconds{0});
    const bool is_believable = ours <= now.wall + kBelievable && ours >= now.wall - kBelievable;
    return is_believable ? std::min(ours, now.wall) : now.wall;
}

CameraDetection detectionOf(const Meaning& meaning, WallTime at) {
    CameraDetection out;
    out.at = at;
    out.label = meaning.label;
    out.place = meaning.place;
    out.is_on = meaning.is_on;
    out.has_end = meaning.has_end;
    out.score = meaning.score;
    return out;
}

}  // namespace

std::vector<CameraDetection> Detections::take(const std::vector<Notification>& notifications,
                                              const Now& now) {
    std::vector<CameraDetection> out;
    for (const Notification& notification : notifications)
        for (const Meaning& meaning : meaningsOf(notification)) {
            const CameraDetection told = detectionOf(meaning, timeOf(notification, now));
            if (meaning.has_end)
                change(meaning, told, now, out);
            else if (isNewMoment(meaning, now) && out.size() < kMaxDetections)
                out.push_back(told);
        }
    endSilent(now, out);
    std::stable_sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.at < b.at; });
    return out;
}

void Detections::change(const Meaning& meaning, const CameraDetection& told, const Now& now,
                        std::vector<CameraDetection>& out) {
    if (states_.find(meaning.key) == states_.end()) {
        if (!meaning.is_on) return;  // how most subscriptions begin
        if (!makeRoom(now, out)) return;
    }
    State& state = states_[meaning.key];
    const bool is_again = state.doubted && meaning.is_on;
    const bool is_change = state.is_on != meaning.is_on || is_again;
    state.told = now.monotonic;
    if (is_change && out.size() >= kMaxDetections) return;  // an end that is not told comes with silence
    state.doubted.reset();
    state.was_over |= !meaning.is_on;
    if (!is_change) return;
    if (meaning.is_on && !is_again) state.begun = told;
    state.is_on = meaning.is_on;
    if (isAnotherOn(state) && !is_again) return;
    CameraDetection& change = out.emplace_back(state.begun);
    change.is_on = meaning.is_on;
    change.at = std::max(told.at, state.begun.at);
}

bool Detections::isAnotherOn(const State& state) const noexcept {
    return std::any_of(states_.begin(), states_.end(), [&](const auto& one) {
        return &one.second != &state && one.second.is_on && one.second.begun.label == state.begun.label &&
               one.second.begun.place == state.begun.place;
    });
}

void Detections::endSilent(const Now& now, std::vector<CameraDetection>& out) {
    for (auto& [key, state] : states_) {
        const bool is_silent = !state.was_over && now.monotonic - state.told >= kSilence;
        const bool is_gone = state.doubted && now.monotonic >= *state.doubted;
        if (!state.is_on || !(is_silent || is_gone) || out.size() >= kMaxDetections) continue;
        end(state, now, out);
    }
    std::erase_if(moments_, [&](const auto& one) { return now.monotonic - one.second >= kSameMoment; });
}

void Detections::end(State& state, const Now& now, std::vector<CameraDetection>& out) const {
    state.is_on = false;
    state.doubted.reset();
    if (isAnotherOn(state)) return;
    CameraDetection& over = out.emplace_back(state.begun);
    over.is_on = false;
    over.at = std::max(now.wall, over.at);
}

/// What is over is forgotten first, then what was told longest ago: that ends. False: its end has no room.
bool Detections::makeRoom(const Now& now, std::vector<CameraDetection>& out) {
    if (states_.size() < kMaxStates) return true;
    const auto oldest = std::min_element(states_.begin(), states_.end(), [](const auto& a, const auto& b) {
        if (a.second.is_on != b.second.is_on) return !a.second.is_on;
        return a.second.told < b.second.told;
    });
    if (oldest->second.is_on) {
        if (out.size() >= kMaxDetections) return false;
        end(oldest->second, now, out);
    }
    states_.erase(oldest);
    return true;
}

bool Detections::isNewMoment(const Meaning& meaning, const Now& now) {
    const auto [at, is_new] = moments_.try_emplace(meaning.key, now.monotonic);
    if (is_new && moments_.size() > kMaxStates) moments_.erase(at);
    return is_new;
}

void Detections::doubt(Monotonic::time_point now) {
    for (auto& [key, state] : states_)
        if (state.is_on) state.doubted = now + kDoubt;
}

bool Detections::isAnyOn() const noexcept {
    return std::any_of(states_.begin(), states_.end(), [](const auto& one) { return one.second.is_on; });
}

}  // namespace porchlight::onvif
