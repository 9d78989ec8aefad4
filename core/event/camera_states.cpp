#include "event/camera_states.h"

#include <algorithm>

#include "event/label.h"

namespace porchlight::event {

bool CameraStates::take(const CameraDetection& said, Monotonic::time_point now) {
    expire(now);
    if (!counts(said.label)) return false;
    const std::string place = placeOf(said.place);
    if (said.is_on) {
        note(said, place, now);
        return true;
    }
    for (State& state : states_)
        if (!state.is_over && state.label == said.label && state.place == place) {
            state.is_over = true;
            state.until = now + kLinger;
        }
    return false;
}

void CameraStates::note(const CameraDetection& said, const std::string& place, Monotonic::time_point now) {
    std::erase_if(states_,
                  [&](const State& state) { return state.label == said.label && state.place == place; });
    if (states_.size() == kMaxStates) states_.erase(states_.begin());
    const auto holds = said.has_end ? kStateHolds : kMomentHolds;
    states_.push_back({said.label, place, said.score, now + holds, false});
}

void CameraStates::endAll(Monotonic::time_point now) {
    for (State& state : states_)
        if (!state.is_over) {
            state.is_over = true;
            state.until = now + kLinger;
        }
}

void CameraStates::expire(Monotonic::time_point now) {
    std::erase_if(states_, [&](const State& state) { return state.is_over && now >= state.until; });
    for (State& state : states_)
        if (now >= state.until) {
            state.is_over = true;
            state.until = now + kLinger;
        }
}

std::optional<Detection> CameraStates::seen() const {
    return best(false);
}

std::optional<Detection> CameraStates::seenLately() const {
    return best(true);
}

std::optional<Detection> CameraStates::best(bool with_over) const {
    const State* best = nullptr;
    for (const State& state : states_) {
        if (state.is_over && !with_over) continue;
        const int more = best == nullptr ? 1 : rankOf(state.label) - rankOf(best->label);
        if (more > 0 || (more == 0 && state.score > best->score)) best = &state;
    }
    if (best == nullptr) return std::nullopt;
    Detection out;
    out.is_motion = true;
    out.label = best->label;
    out.zone = best->place;
    out.score = best->score;
    return out;
}

bool CameraStates::counts(const std::string& label) const {
    return std::find(labels_.begin(), labels_.end(), label) != labels_.end();
}

std::string CameraStates::placeOf(const std::string& place) {
    if (places_.contains(place) || places_.size() < kMaxPlaces) return *places_.insert(place).first;
    return {};
}

}  // namespace porchlight::event
