/// Copies a picture of any format into planes as encoders want them.
#pragma once

#include <array>

#include "porchlight/media.h"

namespace porchlight::worker {

/// Where to. `is_nv12`: chroma interleaved in planes[1]. Width and height are even.
struct YuvTarget {
    std::array<std::uint8_t*, 3> planes{};
    std::array<int, 3> strides_bytes{};
    int width_px = 0;
    int height_px = 0;
    bool is_nv12 = false;
};

/// The picture must be at least as large as the target. 4:2:2 gives up every second row of its chroma, grey
/// gets none.
void copyYuv(const Picture& from, const YuvTarget& to) noexcept;

}  // namespace porchlight::worker
