/// The luma of a picture, scaled down by a whole divisor for the detector.
#pragma once

#include <span>
#include <vector>

#include "porchlight/detect.h"
#include "porchlight/media.h"

namespace porchlight::worker {

/// Box-averages luma by a whole divisor; powers of two go through 2x2 steps row by row, so
/// that the working set stays in the cache. **Owns** the result until the next call. **Thread**:
/// thread-bound.
class LumaScaler {
  public:
    /// The largest divisor that leaves at least `wanted_px` of `width_px`; at least 1.
    static int divisorFor(int width_px, int wanted_px) noexcept;

    /// The picture's luma divided by `divisor`. With divisor 1 of a planar format the result borrows the
    /// picture's own plane: it lives as long as the picture and this object.
    LumaPicture scale(const Picture& picture, int divisor);

  private:
    struct Source {
        const std::uint8_t* data;
        int stride_bytes;
        int width_px;
        int step_bytes;  ///< from one sample to the next: 2 for YUYV
        int box;         ///< odd factor of the divisor
    };
    void scaleRows(const Source& source, int levels, int rows, std::vector<std::uint8_t>& out);
    const std::uint8_t* row(const Source& source, int level, int y, int slot, std::uint8_t* out);
    void baseRow(const Source& source, int y, std::uint8_t* out);

    std::vector<std::uint8_t> result_;
    std::vector<std::vector<std::uint8_t>> rows_;  ///< two scratch rows a level
    std::vector<std::uint32_t> sums_;
};

}  // namespace porchlight::worker
