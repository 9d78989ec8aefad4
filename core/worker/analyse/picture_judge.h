/// Judges analysed pictures: is this another picture than before, and does it show anything at all?
#pragma once

#include <array>
#include <cstdint>

#include "porchlight/detect.h"
#include "worker/report/progress.h"

namespace porchlight::worker {

/// Mean and spread of a picture's luma, 0..255.
struct LumaStatistics {
    double mean = 0;
    double deviation = 0;  ///< standard deviation over the whole picture: structure and noise together
};

/// Over at most 90 rows of the picture.
LumaStatistics statisticsOf(const LumaPicture& luma) noexcept;

/// Black or covered: mean below 32 and deviation below 3.
///
/// Measured on luma scaled to 320x180: black pictures with sensor noise have a mean of 0 to 5 (16 to 21 in
/// video range) and a deviation of 0 to 1; the darkest pictures of the night clips a mean of 19 with a
/// deviation of 12 (a porch with its lamp off) and of 46 with 26 (infrared, rain). A night scene has
/// structure; a lens cap has not.
bool isBlack(const LumaStatistics& statistics) noexcept;

/// Pictures are judged at about this width.
inline constexpr int kJudgedWidthPx = 320;

/// Writes what it finds to Progress: last_judged_us, last_distinct_us, black_since_us. **Thread**:
/// thread-bound (analysis).
///
/// Pictures straight from a sensor differ when one sampled byte does: noise is everywhere. Those of a H.264
/// or H.265 stream are coded anew even when the picture stands still, so they differ when the mean of one of
/// 16 x 9 blocks has moved by more than 0.5 since the last distinct one. Measured: real footage does so at
/// least every 1.1 s (3.5 s when strongly denoised); the same picture coded again and again by x264 with a
/// constant quality or enough bits does not within 20 s. A stream starved of bits flickers more than that,
/// and is called alive.
class PictureJudge {
  public:
    explicit PictureJudge(Progress& progress) : progress_(progress) {}

    /// False: black, or the same as the last one that was distinct.
    bool judge(const LumaPicture& luma, bool is_coded) noexcept;

    /// Another stream: the next picture counts as distinct.
    void reset() noexcept { has_reference_ = false; }

  private:
    static constexpr int kColumns = 16;
    static constexpr int kRows = 9;
    using Blocks = std::array<float, std::size_t{kColumns} * kRows>;

    static Blocks blocksOf(const LumaPicture& luma) noexcept;
    bool isDistinct(const LumaPicture& luma, bool is_coded) noexcept;

    Progress& progress_;
    bool has_reference_ = false;
    bool was_coded_ = false;
    std::uint64_t hash_ = 0;
    Blocks reference_{};
};

}  // namespace porchlight::worker
