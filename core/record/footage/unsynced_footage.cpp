#include "record/footage/unsynced_footage.h"

#include <algorithm>
#include <utility>

namespace porchlight::record {
namespace {

constexpr microseconds kSyncRounding{5'000};

}  // namespace

void UnsyncedFootage::add(const FragmentPtr& fragment, Monotonic::time_point now) {
    if (fragments_.empty()) since_ = now;
    fragments_.push_back(fragment);
    span_ += fragment->duration;
    longer_span_ = std::max(fragment->duration, last_span_);
    last_span_ = fragment->duration;
}

bool UnsyncedFootage::isSyncDue(microseconds interval, microseconds look_interval,
                                Monotonic::time_point now) const noexcept {
    if (span_ + longer_span_ > interval + kSyncRounding) return true;
    return now - since_ >= std::max(interval - look_interval, microseconds{0});
}

void UnsyncedFootage::clear() noexcept {
    fragments_.clear();
    span_ = {};
}

std::deque<FragmentPtr> UnsyncedFootage::take() noexcept {
    span_ = {};
    return std::exchange(fragments_, {});
}

std::uint64_t UnsyncedFootage::bytes() const noexcept {
    std::uint64_t out = 0;
    for (const auto& fragment : fragments_) out += fragment->bytes.size();
    return out;
}

}  // namespace porchlight::record
