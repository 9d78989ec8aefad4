#include "base/hold_timer.h"

#include <new>

#include "base/budgets.h"
#include "base/log.h"

namespace porchlight::base {
namespace {

constexpr seconds kTellAgain{60};
constexpr std::size_t kMaxLabels = 64;

}  // namespace

void HoldLog::note(std::string_view label, Monotonic::duration held) noexcept {
    if (held <= budget::kHeld) return;
    try {
        if (isNews(label))
            logWarning(component_,
                       std::string(label) + ": held for " +
                           std::to_string(std::chrono::duration_cast<milliseconds>(held).count()) + " ms");
    } catch (const std::bad_alloc&) {
        return;  // no memory for a warning: whoever was slow goes on
    }
}

bool HoldLog::isNews(std::string_view label) {
    const auto now = clock_.now();
    const LockGuard lock(mutex_);
    std::erase_if(told_, [&](const auto& entry) { return now - entry.second >= kTellAgain; });
    return told_.size() < kMaxLabels && told_.try_emplace(std::string(label), now).second;
}

}  // namespace porchlight::base
