/// The software encoder.
#pragma once

#include "worker/encode/encoder.h"
#include "worker/stream/libav.h"

namespace porchlight::worker {

/// libx264 with one thread, no B frames and no look-ahead. **Owns** the codec context. **Thread**:
/// thread-bound.
class X264Encoder final : public Encoder {
  public:
    /// Throws Error(NotSupported) without libx264.
    explicit X264Encoder(const EncoderWish& wish);

    const StreamFormat& format() const noexcept override { return format_; }
    std::string name() const override { return "libx264"; }
    void encode(const Picture& picture, bool is_key_wanted, const Sink& sink) override;

  private:
    void fill(const Picture& picture);
    void copy(const Picture& picture);

    StreamFormat format_;
    AvCodecContext context_;
    AvFrame frame_;
    AvPacket packet_;
    std::vector<std::uint8_t> planes_;  ///< I420 made of packed or grey pictures
    KeyframeClock keys_;
    std::int64_t last_pts_us_ = 0;
    bool has_begun_ = false;
};

}  // namespace porchlight::worker
