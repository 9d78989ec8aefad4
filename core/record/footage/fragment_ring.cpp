#include "record/footage/fragment_ring.h"

namespace porchlight::record {

void FragmentRing::push(FragmentPtr fragment) {
    const bool is_hole = !fragments_.empty() && !continues(*fragments_.back(), *fragment);
    if ((fragments_.empty() || is_hole) && !fragment->starts_with_key) return;  // nothing could decode it
    bytes_ += fragment->bytes.size();
    fragments_.push_back(std::move(fragment));
    const WallTime reach = fragments_.back()->started_at + fragments_.back()->duration - span_;
    while (const std::size_t next = nextKey()) {
        if (bytes_ <= max_bytes_ && fragments_[next]->started_at > reach) break;
        dropFront(next);
    }
    if (bytes_ > max_bytes_) {
        clear();
    }
}

void FragmentRing::clear() noexcept {
    fragments_.clear();
    bytes_ = 0;
}

std::size_t FragmentRing::indexAt(WallTime at) const noexcept {
    std::size_t found = 0;
    for (std::size_t i = 0; i < fragments_.size(); ++i)
        if (fragments_[i]->starts_with_key && fragments_[i]->started_at <= at) found = i;
    return found;
}

std::size_t FragmentRing::nextKey() const noexcept {
    for (std::size_t i = 1; i < fragments_.size(); ++i)
        if (fragments_[i]->starts_with_key) return i;
    return 0;
}

void FragmentRing::dropFront(std::size_t count) noexcept {
    for (std::size_t i = 0; i < count; ++i) {
        bytes_ -= fragments_.front()->bytes.size();
        fragments_.pop_front();
    }
}

bool continues(const Fragment& previous, const Fragment& next) noexcept {
    return previous.init == next.init && next.sequence == previous.sequence + 1;
}

}  // namespace porchlight::record
