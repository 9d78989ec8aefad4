#include "web/throttle.h"

#include <arpa/inet.h>

#include <algorithm>

namespace porchlight::web {
namespace {

constexpr std::size_t kMaxKeys = 2048;
constexpr std::uint32_t kFreeFailures = 5;
constexpr auto kForgetAfter = std::chrono::minutes(15);

seconds delayAfter(std::uint32_t failures) noexcept {
    if (failures < kFreeFailures) return seconds{0};
    const std::uint32_t doublings = std::min(failures - kFreeFailures, 6U);
    return std::min(seconds{1U << doublings}, seconds{60});
}

}  // namespace

int Throttle::attempt(const std::string& key) {
    const std::lock_guard lock(mutex_);
    const auto now = clock_.now();
    if (entries_.size() >= kMaxKeys && !entries_.contains(key)) makeRoom(now);
    Entry& entry = entries_[key];
    if (now - entry.last > kForgetAfter) entry.failures = 0;
    const auto wait = entry.last + delayAfter(entry.failures) - now;
    if (entry.failures >= kFreeFailures && wait > Monotonic::duration::zero())
        return static_cast<int>(std::chrono::ceil<seconds>(wait).count());
    ++entry.failures;
    entry.last = now;
    return 0;
}

void Throttle::succeed(const std::string& key) {
    const std::lock_guard lock(mutex_);
    entries_.erase(key);
}

std::size_t Throttle::size() const {
    const std::lock_guard lock(mutex_);
    return entries_.size();
}

void Throttle::makeRoom(Monotonic::time_point now) {
    std::erase_if(entries_, [&](const auto& pair) { return now - pair.second.last > kForgetAfter; });
    if (entries_.size() < kMaxKeys) return;
    const auto oldest = std::min_element(entries_.begin(), entries_.end(),
                                         [](const auto& a, const auto& b) { return a.second.last < b.second.last; });
    entries_.erase(oldest);
}

std::string throttleKey(const std::string& address) {
    in6_addr parsed{};
    if (::inet_pton(AF_INET6, address.c_str(), &parsed) != 1) return address;
    if (IN6_IS_ADDR_V4MAPPED(&parsed)) return address;
    std::fill(std::begin(parsed.s6_addr) + 8, std::end(parsed.s6_addr), std::uint8_t{0});
    char text[INET6_ADDRSTRLEN] = "";
    ::inet_ntop(AF_INET6, &parsed, text, sizeof text);
    return std::string(text) + "/64";
}

}  // namespace porchlight::web
