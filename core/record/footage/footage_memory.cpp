#include "record/footage/footage_memory.h"

#include <algorithm>

#include "base/wall_times.h"

namespace porchlight::record {
namespace {

constexpr std::size_t kMaxFootage = 2048;

}  // namespace

void FootageMemory::add(const Footage& footage, microseconds keep) {
    if (!footage_.empty() && footage.start < footage_.back().start - kClockStep) footage_.clear();
    footage_.push_back(footage);
    while (footage_.size() > kMaxFootage || footage_.front().end < footage.end - keep) footage_.pop_front();
}

void FootageMemory::shift(microseconds shift) noexcept {
    for (Footage& footage : footage_) {
        footage.start += shift;
        footage.end += shift;
    }
}

std::optional<WallTime> FootageMemory::end() const noexcept {
    if (footage_.empty()) return std::nullopt;
    return footage_.back().end;
}

std::optional<WallTime> FootageMemory::startFor(WallTime wanted) const noexcept {
    std::size_t i = 0;
    while (i < footage_.size() && footage_[i].end <= wanted) ++i;
    if (i == footage_.size()) return std::nullopt;
    while (i > 0 && !footage_[i].starts_with_key && !footage_[i].starts_file) --i;
    while (i < footage_.size() && !footage_[i].starts_with_key) ++i;
    if (i == footage_.size()) return std::nullopt;
    return footage_[i].start;
}

WallTime FootageMemory::endFor(WallTime target, WallTime at_least) const noexcept {
    WallTime end = at_least;
    for (const Footage& footage : footage_) {
        end = std::max(end, footage.end);
        if (footage.end >= target) break;
    }
    return end;
}

}  // namespace porchlight::record
