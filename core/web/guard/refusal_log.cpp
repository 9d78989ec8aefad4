#include "web/guard/refusal_log.h"

#include "base/log.h"

namespace porchlight::web {
namespace {

constexpr std::size_t kOwnLines = 10;
constexpr seconds kMinute{60};

}  // namespace

RefusalLog::~RefusalLog() {
    tell();
}

void RefusalLog::note(const std::string& what, const std::string& address) {
    const LockGuard lock(mutex_);
    if (clock_.now() - minute_ >= kMinute) tell();
    const std::string whose = what + " from " + address;
    const auto known = counts_.find(whose);
    if (known != counts_.end()) {
        ++known->second;
    } else if (counts_.size() >= kOwnLines) {
        ++others_;
    } else {
        counts_[whose] = 0;
        base::logWarning("web", whose + " refused: too many attempts");
    }
}

void RefusalLog::tick() {
    const LockGuard lock(mutex_);
    if (clock_.now() - minute_ >= kMinute) tell();
}

/// Who went on keeps its place: its next line is due in a minute.
void RefusalLog::tell() {
    minute_ = clock_.now();
    for (auto& [whose, count] : counts_)
        if (count > 0)
            base::logWarning("web",
                             whose + " refused " + std::to_string(count) + " times more within a minute");
    if (others_ > 0)
        base::logWarning("web", std::to_string(others_) + " further attempts refused, from other addresses");
    others_ = 0;
    std::erase_if(counts_, [](const auto& entry) { return entry.second == 0; });
    for (auto& [whose, count] : counts_) count = 0;
}

}  // namespace porchlight::web
