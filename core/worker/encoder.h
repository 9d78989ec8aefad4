/// Pictures in, H.264 packets out: for sources that deliver no H.264 of their own.
#pragma once

#include <functional>

#include "worker/libav.h"

namespace porchlight::worker {

/// libx264 with one thread, no B frames and no look-ahead. **Owns** the codec context. **Thread**: thread-bound.
class Encoder {
  public:
    using Sink = std::function<void(Packet&&)>;

    /// Sizes are rounded down to even numbers; `kbit_s` 0 chooses from the size. Throws Error(NotSupported) without
    /// libx264.
    Encoder(int width_px, int height_px, double rate_hz, std::uint32_t kbit_s, bool is_full_range);

    /// What it produces, with parameter sets.
    const StreamFormat& format() const noexcept { return format_; }

    /// Encodes one picture of the size given at construction; `is_key_wanted` makes it a keyframe. Throws Error(BadData).
    void encode(const Picture& picture, bool is_key_wanted, const Sink& sink);

    bool fits(const Picture& picture) const noexcept;

  private:
    void fill(const Picture& picture);
    void convert(const Picture& picture);

    StreamFormat format_;
    AvCodecContext context_;
    AvFrame frame_;
    AvPacket packet_;
    std::vector<std::uint8_t> planes_;  ///< I420 made of packed or grey pictures
    std::int64_t last_key_pts_us_ = 0;
    std::int64_t last_pts_us_ = 0;
    bool has_begun_ = false;
};

}  // namespace porchlight::worker
