#include "web/guard/hand_guard.h"

namespace porchlight::web {
namespace {

constexpr double kAtOnce = 12;
constexpr double kPerS = 6;
constexpr double kRestartsPerS = 1.0 / 60;
constexpr int kRestartWait = 60;
constexpr seconds kMoveTold{60};
constexpr std::size_t kMaxTold = 256;

}  // namespace

int HandGuard::waitOf(const std::string& camera, CameraAction action) {
    const LockGuard lock(mutex_);
    const auto now = clock_.now();
    auto& hands =
        hands_
            .try_emplace(camera, Hands{Allowance(kAtOnce, kPerS, now), Allowance(kAtOnce, kPerS, now),
                                       Allowance(1, kRestartsPerS, now)})
            .first->second;
    auto& allowance = action == CameraAction::Stop      ? hands.stops
                      : action == CameraAction::Restart ? hands.restarts
                                                        : hands.commands;
    if (!allowance.has(now)) return action == CameraAction::Restart ? kRestartWait : 1;
    allowance.take(now);
    return 0;
}

bool HandGuard::isNews(const std::string& who, const std::string& camera, CameraAction action) {
    if (action == CameraAction::Stop) return false;  // the movement that it ends was told
    if (action != CameraAction::Move) return true;
    const LockGuard lock(mutex_);
    const auto now = clock_.now();
    std::erase_if(told_, [now](const auto& one) { return now - one.second >= kMoveTold; });
    if (told_.size() >= kMaxTold) return true;
    return told_.emplace(std::pair(camera, who), now).second;
}

}  // namespace porchlight::web
