#include "event/event_ids.h"

#include <algorithm>

namespace porchlight::event {

std::string EventIds::next(WallTime started_at) {
    constexpr char kHex[] = "0123456789abcdef";
    constexpr std::uint64_t kMaxMicroseconds = (1ULL << 52U) - 1;
    const auto since_1970 = std::max<std::int64_t>(started_at.time_since_epoch().count(), 0);
    const std::uint64_t stamp = std::min(static_cast<std::uint64_t>(since_1970), kMaxMicroseconds);
    std::uint64_t value = (stamp << 12U) | (counter_.fetch_add(1, std::memory_order_relaxed) & 0xfffU);
    std::string id(16, '0');
    for (auto digit = id.rbegin(); digit != id.rend(); ++digit, value >>= 4U) *digit = kHex[value & 0xfU];
    return id;
}

}  // namespace porchlight::event
