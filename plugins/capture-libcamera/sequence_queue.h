/// Completed pictures, taken in the order of their numbers.
#pragma once

#include <algorithm>
#include <optional>
#include <vector>

namespace porchlight::libcamera_source {

/// libcamera completes requests in the order they were queued. A driver that drops a damaged picture fills
/// its buffer once more, after all others: that request then completes first, with the newest picture, and
/// those that waited behind it follow in one burst (uvcvideo with four buffers: 5, 10, 7, 8, 9). `Item` is
/// what has a number. **Thread**: one at a time.
template <typename Item>
class SequenceQueue {
  public:
    void push(Item item, unsigned sequence) { waiting_.push_back({item, sequence}); }
    bool empty() const noexcept { return waiting_.empty(); }
    void clear() noexcept { waiting_.clear(); }

    /// True when nothing that is still to come should be taken before what is here.
    bool hasNext() const noexcept { return !empty() && (!last_ || lowest()->sequence <= *last_ + 1); }

    /// The one with the lowest number. Not to be called when empty.
    Item take() {
        const auto place = lowest();
        const Entry entry = *place;
        waiting_.erase(place);
        last_ = entry.sequence;
        return entry.item;
    }

  private:
    struct Entry {
        Item item;
        unsigned sequence;
    };
    auto lowest() const noexcept {
        return std::min_element(waiting_.begin(), waiting_.end(),
                                [](const Entry& a, const Entry& b) { return a.sequence < b.sequence; });
    }

    std::vector<Entry> waiting_;  ///< at most as many as there are requests
    std::optional<unsigned> last_;
};

}  // namespace porchlight::libcamera_source
