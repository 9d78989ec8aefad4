/// Decoded frames that nobody here can look at (more than 8 bits, chroma in every pixel) as 8-bit 4:2:0.
#pragma once

#include <memory>

#include "worker/stream/libav.h"

struct SwsContext;

namespace porchlight::worker {

/// libswscale, nearest neighbour: size, order of rows and range of the values stay. **Owns** its tables,
/// made anew when size or format changes. **Thread**: thread-bound.
class FrameConverter {
  public:
    /// A frame of AV_PIX_FMT_YUV420P with the time of `from`; null for formats that libswscale cannot read.
    /// Throws Error(Exhausted).
    AvFrame convert(const AVFrame& from);

  private:
    struct SwsDelete {
        void operator()(SwsContext* context) const noexcept;
    };

    std::unique_ptr<SwsContext, SwsDelete> context_;
};

}  // namespace porchlight::worker
