/// Decoding times for pictures that come in another order than they are shown.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "porchlight/media.h"

namespace porchlight::ffmpeg {

/// Whether the first slice in Annex B data is one of H.264 that looks both ways (a B slice): its picture may
/// be shown before ones that came earlier, and no other is. Pure; bytes may be hostile.
bool looksBothWays(Codec codec, std::span<const std::uint8_t> data) noexcept;

/// RTP tells of each picture when it is shown, and nothing else. Where the parameter sets do not say how far
/// pictures are reordered, that is learned from the pictures themselves: the depth is the greatest number of
/// pictures that came before one and are shown after it, and a picture is decoded when the depth-th picture
/// before it is shown.
///
/// The first picture that goes back shows that pictures are reordered, not yet how far: until some more were
/// seen a depth is assumed that is enough for encoders as they are. The picture that those of that first
/// group go back behind came already: one that is further ahead of the last than the time that passed is
/// therefore decoded at once (expect()). As long as none goes back each picture is decoded when it is shown.
///
/// Pure state: no clock of its own. Thread: thread-bound.
class PictureOrder {
  public:
    /// Pictures may go back although nothing was said of it.
    void expect() noexcept { is_expected_ = true; }
    bool isExpected() const noexcept { return is_expected_; }

    /// Where a picture of this stamp that looks both ways is shown: there, if that keeps the order of stamps
    /// among the pictures since the last one that did not go back, else within the hole that is left.
    std::optional<std::int64_t> between(std::int64_t stamp_us, std::int64_t shown_us) const noexcept;

    /// The next picture's decoding time: above the last one's, and, as far as that can be, not above when it
    /// is shown. `passed_us`: since the one before came.
    std::int64_t decodedAt(std::int64_t stamp_us, std::int64_t shown_us, std::int64_t passed_us) noexcept;

  private:
    static constexpr std::size_t kMost = 17;  ///< H.264 and H.265 reorder by 16 at most
    struct Told {
        std::int64_t stamp_us;
        std::int64_t shown_us;
    };

    std::int64_t latest() const noexcept { return shown_[count_ - 1]; }
    std::int64_t interval() const noexcept;
    bool mayLeaveHole(std::int64_t step_us, std::int64_t passed_us) const noexcept;
    void startAnew(std::int64_t shown_us) noexcept;
    std::size_t insert(std::int64_t shown_us) noexcept;
    void noteDepth(std::size_t later) noexcept;

    std::array<std::int64_t, kMost> shown_{};  ///< of the pictures shown last, in the order of display
    std::size_t count_ = 0;                    ///< in shown_
    std::size_t depth_ = 0;
    std::size_t seen_depth_ = 0;
    int learning_ = 0;         ///< pictures until what was seen is believed
    std::int64_t lag_us_ = 0;  ///< longest time from decoding to display
    std::int64_t last_us_ = 0;
    std::int64_t floor_us_ = 0;        ///< shown before all pictures that go back now
    std::array<Told, kMost> group_{};  ///< those, and the one that they go back behind
    std::size_t in_group_ = 0;
    bool is_expected_ = false;
};

}  // namespace porchlight::ffmpeg
