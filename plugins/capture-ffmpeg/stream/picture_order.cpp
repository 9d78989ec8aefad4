#include "picture_order.h"

#include <algorithm>
#include <optional>

#include "bit_reader.h"
#include "camera_clock.h"
#include "porchlight/nal.h"

namespace porchlight::ffmpeg {
namespace {

constexpr std::size_t kAssumedDepth = 3;  ///< fifteen B pictures in a row, as a pyramid
constexpr int kLearning = 16;             ///< pictures
constexpr std::int64_t kLongestLeap = 9;  ///< intervals; further ahead nothing was sent meanwhile
constexpr std::int64_t kLongestLeapUs = 2'000'000;
constexpr std::int64_t kLeastHoleUs = 1'000'000;

}  // namespace

bool looksBothWays(Codec codec, std::span<const std::uint8_t> data) noexcept try {
    if (codec != Codec::H264) return false;
    for (nal::Walk walk(data); walk.next();) {
        const nal::Bytes unit = walk.rest();
        if (!nal::isSlice(nal::kindOf(codec, unit))) continue;
        const nal::Bytes slice = unit.subspan(1, std::min<std::size_t>(unit.size() - 1, 12));
        BitReader in(slice);
        in.ue();                  // first_mb_in_slice
        return in.ue() % 5 == 1;  // slice_type, 7.4.3
    }
    return false;
} catch (const Truncated&) {
    return false;
}

std::optional<std::int64_t> PictureOrder::between(std::int64_t stamp_us,
                                                  std::int64_t shown_us) const noexcept {
    if (count_ < 2) return std::nullopt;
    std::int64_t before = floor_us_;
    std::int64_t after = latest();
    for (std::size_t i = 0; i < in_group_; ++i) {
        const Told& told = group_[i];
        if (told.stamp_us < stamp_us)
            before = std::max(before, told.shown_us);
        else
            after = std::min(after, told.shown_us);
    }
    if (after - before < 2 * kLeastStepUs) return std::nullopt;
    const bool fits = shown_us - before >= kLeastStepUs && after - shown_us >= kLeastStepUs;
    return fits ? shown_us : before + (after - before) / 2;
}

/// Mean distance of the pictures that came; 0: not known yet.
std::int64_t PictureOrder::interval() const noexcept {
    return count_ < 3 ? 0 : (latest() - shown_[0]) / static_cast<std::int64_t>(count_ - 1);
}

/// Ahead by more than what passed, as a picture is that others will be shown before.
bool PictureOrder::mayLeaveHole(std::int64_t step_us, std::int64_t passed_us) const noexcept {
    const std::int64_t usual = interval();
    const std::int64_t most = usual > 0 ? kLongestLeap * usual : kLongestLeapUs;
    return 2 * step_us > 3 * std::max(passed_us, usual) && step_us <= most;
}

/// Nothing is shown for a while before this picture: others may go back behind it all the same.
void PictureOrder::startAnew(std::int64_t shown_us) noexcept {
    const auto depth = static_cast<std::int64_t>(depth_);
    const std::int64_t apart = interval();
    const std::int64_t lag = std::max(lag_us_, depth * apart);
    count_ = 0;
    for (std::int64_t i = 0; i < depth; ++i) shown_[count_++] = shown_us - lag + i * apart;
}

/// -> how many pictures that came are shown after it
std::size_t PictureOrder::insert(std::int64_t shown_us) noexcept {
    auto* const end = shown_.begin() + count_;
    auto* const place = std::upper_bound(shown_.begin(), end, shown_us);
    const auto later = static_cast<std::size_t>(end - place);
    if (count_ < kMost) {
        std::copy_backward(place, end, end + 1);
        *place = shown_us;
        ++count_;
    } else if (place != shown_.begin()) {  // the earliest one goes
        std::copy(shown_.begin() + 1, place, shown_.begin());
        *(place - 1) = shown_us;
    }
    return later;
}

void PictureOrder::noteDepth(std::size_t later) noexcept {
    later = std::min(later, kMost - 1);  // of as many that came one more is needed
    seen_depth_ = std::max(seen_depth_, later);
    if (later > 0 && depth_ == 0) {
        depth_ = kAssumedDepth;
        learning_ = kLearning;
    } else if (learning_ > 0 && --learning_ == 0) {
        depth_ = seen_depth_;
        lag_us_ = 0;
    }
    depth_ = std::max(depth_, later);
}

std::int64_t PictureOrder::decodedAt(std::int64_t stamp_us, std::int64_t shown_us,
                                     std::int64_t passed_us) noexcept {
    const bool is_first = count_ == 0;
    const std::int64_t step = is_first ? 0 : shown_us - latest();
    const bool may_leave_hole = is_expected_ && depth_ == 0 && mayLeaveHole(step, passed_us);
    if (step > kLeastHoleUs && count_ >= 3 && step > kLongestLeap * interval()) startAnew(shown_us);
    if (is_first || step > 0) {
        floor_us_ = shown_us - step;
        in_group_ = 0;
    }
    if (in_group_ < kMost) group_[in_group_++] = {stamp_us, shown_us};
    noteDepth(insert(shown_us));
    std::int64_t decoded = is_first ? shown_us : last_us_;
    if (depth_ == 0 && !may_leave_hole) decoded = shown_us;
    if (depth_ > 0 && count_ > depth_) decoded = shown_[count_ - 1 - depth_];
    last_us_ = is_first ? decoded : std::max(decoded, last_us_ + kLeastStepUs);
    if (depth_ > 0) lag_us_ = std::max(lag_us_, shown_us - last_us_);
    return last_us_;
}

}  // namespace porchlight::ffmpeg
