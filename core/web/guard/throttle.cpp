#include "web/guard/throttle.h"

#include <algorithm>
#include <tuple>

#include "base/network.h"

namespace porchlight::web {
namespace {

constexpr std::size_t kMaxKeys = 2048;
constexpr std::uint32_t kFreeFailures = 5;
constexpr std::uint32_t kNewcomerFailures = 3;
constexpr auto kForgetAfter = std::chrono::minutes(15);
constexpr seconds kLongestWait{60};
constexpr double kNewcomersAtOnce = 5;
constexpr double kNewcomersPerSecond = 1.0 / 60;
constexpr double kHashesAtOnce = 5;  // of strangers: an owner waits behind them for his turn
constexpr double kHashesPerSecond = 1;

seconds delayAfter(std::uint32_t failures) noexcept {
    if (failures < kFreeFailures) return seconds{0};
    const std::uint32_t doublings = std::min(failures - kFreeFailures, 6U);
    return std::min(seconds{1U << doublings}, kLongestWait);
}

}  // namespace

seconds DelayTable::waitOf(const std::string& key, Monotonic::time_point now) const {
    const auto waits = [&](const Entry& entry) { return entry.last + delayAfter(entry.failures) > now; };
    const auto found = entries_.find(key);
    if (found == entries_.end()) {
        const bool is_full =
            entries_.size() >= kMaxKeys && std::all_of(entries_.begin(), entries_.end(),
                                                       [&](const auto& pair) { return waits(pair.second); });
        return is_full ? kLongestWait : seconds{0};
    }
    const Entry& entry = found->second;
    if (now - entry.last > kForgetAfter || !waits(entry)) return seconds{0};
    return std::chrono::ceil<seconds>(entry.last + delayAfter(entry.failures) - now);
}

std::uint32_t DelayTable::failuresOf(const std::string& key, Monotonic::time_point now) const {
    const auto found = entries_.find(key);
    return found == entries_.end() || now - found->second.last > kForgetAfter ? 0 : found->second.failures;
}

void DelayTable::count(const std::string& key, Monotonic::time_point now) {
    if (entries_.size() >= kMaxKeys && !entries_.contains(key)) {
        std::erase_if(entries_, [&](const auto& pair) { return now - pair.second.last > kForgetAfter; });
        const auto rank = [&](const auto& pair) {
            const Entry& entry = pair.second;
            return std::tuple(entry.last + delayAfter(entry.failures) > now, entry.failures, entry.last);
        };
        const auto least = std::min_element(entries_.begin(), entries_.end(),
                                            [&](const auto& a, const auto& b) { return rank(a) < rank(b); });
        if (entries_.size() >= kMaxKeys) entries_.erase(least);
    }
    Entry& entry = entries_[key];
    if (now - entry.last > kForgetAfter) entry.failures = 0;
    ++entry.failures;
    entry.last = now;
}

void DelayTable::forgive(const std::string& key) {
    const auto found = entries_.find(key);
    if (found != entries_.end() && --found->second.failures == 0) entries_.erase(found);
}

Throttle::Throttle(const base::Clock& clock)
    : clock_(clock), strangers_(kHashesAtOnce, kHashesPerSecond, clock.now()) {}

int Throttle::attempt(const Attempt& attempt) {
    const LockGuard lock(mutex_);
    const auto now = clock_.now();
    const seconds wait = waitOf(attempt, now);
    if (wait == seconds{0}) count(attempt, now);
    return static_cast<int>(wait.count());
}

seconds Throttle::waitOf(const Attempt& attempt, Monotonic::time_point now) {
    if (!attempt.device.empty()) return devices_.waitOf(attempt.device, now);
    const seconds wait = addresses_.waitOf(base::throttleKey(attempt.address), now);
    return attempt.is_known || wait > seconds{0} ? wait : strangerWait(attempt, now);
}

seconds Throttle::strangerWait(const Attempt& attempt, Monotonic::time_point now) {
    const seconds wait = isNewcomer(attempt, now) ? seconds{0} : accounts_.waitOf(attempt.account, now);
    return wait == seconds{0} && !strangers_.has(now) ? seconds{1} : wait;
}

bool Throttle::isNewcomer(const Attempt& attempt, Monotonic::time_point now) {
    if (groups_.failuresOf(base::addressGroup(attempt.address), now) >= kNewcomerFailures) return false;
    const auto allowance = newcomers_.find(attempt.account);
    return allowance == newcomers_.end() || allowance->second.has(now);
}

void Throttle::count(const Attempt& attempt, Monotonic::time_point now) {
    if (!attempt.device.empty()) return devices_.count(attempt.device, now);
    addresses_.count(base::throttleKey(attempt.address), now);
    if (attempt.is_known) return;
    if (newcomers_.size() >= kMaxKeys)
        std::erase_if(newcomers_, [&](const auto& pair) { return pair.second.isFull(now); });
    if (isNewcomer(attempt, now) && newcomers_.size() < kMaxKeys)
        newcomers_.try_emplace(attempt.account, kNewcomersAtOnce, kNewcomersPerSecond, now)
            .first->second.take(now);
    groups_.count(base::addressGroup(attempt.address), now);
    accounts_.count(attempt.account, now);
    strangers_.take(now);
}

void Throttle::succeed(const Attempt& attempt) {
    const LockGuard lock(mutex_);
    withdrawLocked(attempt);
    if (attempt.device.empty())
        addresses_.forget(base::throttleKey(attempt.address));
    else
        devices_.forget(attempt.device);
}

void Throttle::withdraw(const Attempt& attempt) {
    const LockGuard lock(mutex_);
    withdrawLocked(attempt);
}

void Throttle::withdrawLocked(const Attempt& attempt) {
    if (!attempt.device.empty()) return devices_.forgive(attempt.device);
    addresses_.forgive(base::throttleKey(attempt.address));
    if (attempt.is_known) return;
    groups_.forgive(base::addressGroup(attempt.address));
    accounts_.forgive(attempt.account);
    if (const auto heard = newcomers_.find(attempt.account); heard != newcomers_.end())
        heard->second.giveBack();
    strangers_.giveBack();
}

std::size_t Throttle::size() const {
    const LockGuard lock(mutex_);
    return std::max(
        {devices_.size(), addresses_.size(), groups_.size(), accounts_.size(), newcomers_.size()});
}

}  // namespace porchlight::web
