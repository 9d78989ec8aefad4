#include "worker/companion/lasting.h"

#include <algorithm>
#include <chrono>

#include "worker/companion/words.h"

namespace porchlight::worker {
namespace {

constexpr std::size_t kMaxStates = 64;
constexpr std::size_t kMaxLabelBytes = 32;
constexpr std::size_t kMaxPlaceBytes = 64;
constexpr double kBurst = 50;
constexpr double kRateHz = 10;
constexpr seconds kMomentAgain{1};
constexpr seconds kStateAgain{60};  // the core takes one that is never said again for over some day
constexpr seconds kHeardLately{3600};

std::int64_t wallUs(WallTime time) noexcept {
    return time.time_since_epoch().count();
}

}  // namespace

Lasting::Lasting() : tokens_(kBurst) {}

Lasting::News Lasting::take(const std::vector<CameraDetection>& detections, Monotonic::time_point at,
                            WallTime now) {
    News news;
    for (const CameraDetection& detection : detections) {
        const Key key{shownWords(detection.label, kMaxLabelBytes),
                      shownWords(detection.place, kMaxPlaceBytes)};
        if (key.first.empty() || !isNews(key, detection, at)) continue;
        news.push_back({wallUs(std::min(detection.at, now)), key.first, key.second, detection.is_on,
                        detection.has_end, std::clamp(detection.score, 0.F, 1.F)});
    }
    return news;
}

bool Lasting::isNews(const Key& key, const CameraDetection& detection, Monotonic::time_point at) {
    auto known = states_.find(key);
    if (known == states_.end()) {
        if (!detection.is_on) return false;
        if (states_.size() >= kMaxStates && !makeRoom()) {
            ++dropped_;
            return false;
        }
        known = states_.emplace(key, State{}).first;
    }
    State& state = known->second;
    state.is_doubtful = false;
    state.heard_at = at;
    state.score = std::clamp(detection.score, 0.F, 1.F);
    if (!detection.has_end) {
        if (state.is_on || (state.told_at != Monotonic::time_point{} && at - state.told_at < kMomentAgain))
            return false;
    } else if (state.is_on == detection.is_on && !(state.is_on && at - state.told_at >= kStateAgain)) {
        return false;
    }
    if (detection.is_on && !mayPass(at)) {
        ++dropped_;
        return false;
    }
    state.is_on = detection.has_end && detection.is_on;
    state.told_at = at;
    return true;
}

bool Lasting::mayPass(Monotonic::time_point at) noexcept {
    const double passed_s = std::chrono::duration<double>(at - tokens_at_).count();
    if (passed_s > 0) {
        tokens_ = std::min(kBurst, tokens_ + passed_s * kRateHz);
        tokens_at_ = at;
    }
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
}

/// False: all of them last.
bool Lasting::makeRoom() noexcept {
    auto oldest = states_.end();
    for (auto state = states_.begin(); state != states_.end(); ++state)
        if (!state->second.is_on &&
            (oldest == states_.end() || state->second.told_at < oldest->second.told_at))
            oldest = state;
    if (oldest == states_.end()) return false;
    states_.erase(oldest);
    return true;
}

Lasting::News Lasting::remind(Monotonic::time_point at, WallTime now) {
    News news;
    for (auto& [key, state] : states_) {
        const bool is_due = state.is_on && !state.is_doubtful && at - state.told_at >= kStateAgain;
        if (!is_due || at - state.heard_at >= kHeardLately) continue;
        state.told_at = at;
        news.push_back({wallUs(now), key.first, key.second, true, true, state.score});
    }
    return news;
}

void Lasting::doubt() noexcept {
    for (auto& [key, state] : states_) state.is_doubtful = state.is_on;
}

bool Lasting::isAnyDoubtful() const noexcept {
    return std::any_of(states_.begin(), states_.end(), [](const auto& s) { return s.second.is_doubtful; });
}

Lasting::News Lasting::endDoubtful(WallTime now) {
    News news;
    for (auto& [key, state] : states_) {
        if (!state.is_doubtful) continue;
        state = State{};
        news.push_back({wallUs(now), key.first, key.second, false, true, 0});
    }
    return news;
}

}  // namespace porchlight::worker
