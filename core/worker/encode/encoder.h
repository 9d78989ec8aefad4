/// Pictures in, H.264 packets out: for sources that deliver no H.264 of their own.
#pragma once

#include <functional>
#include <string>

#include "porchlight/media.h"

namespace porchlight::worker {

/// What is to be encoded.
struct EncoderWish {
    int width_px = 0;  ///< rounded down to even numbers
    int height_px = 0;
    double rate_hz = 0;          ///< nominal; 0: unknown
    std::uint32_t kbit_s = 0;    ///< 0: chosen from size and rate
    bool is_full_range = false;  ///< luma 0 to 255, as JPEGs have it
};

/// One encoder of one picture size. A keyframe comes at least every 2 s of picture time. **Thread**:
/// thread-bound.
class Encoder {
  public:
    using Sink = std::function<void(Packet&&)>;

    Encoder() = default;
    Encoder(const Encoder&) = delete;
    Encoder& operator=(const Encoder&) = delete;
    virtual ~Encoder() = default;

    /// What it produces; parameter sets are in extradata or in the first keyframe.
    virtual const StreamFormat& format() const noexcept = 0;

    /// "libx264", "/dev/video11 (bcm2835-codec-encode)".
    virtual std::string name() const = 0;

    /// Encodes one picture of the size given at construction; `is_key_wanted` makes it a keyframe. The
    /// packets of earlier pictures may come out of a later call. Throws Error(BadData) for this picture,
    /// Error(Unavailable) when the encoder is of no use any more.
    virtual void encode(const Picture& picture, bool is_key_wanted, const Sink& sink) = 0;

    /// Hands out what it still holds; waits 300 ms at most. Never throws.
    virtual void finish(const Sink&) noexcept {}

    bool fits(const Picture& picture) const noexcept {
        return (picture.width_px & ~1) == format().width_px && (picture.height_px & ~1) == format().height_px;
    }
};

/// In bits a second: what was wished, else by size and rate.
std::int64_t bitRateOf(const EncoderWish& wish) noexcept;

/// Nominal rate of a source that may not tell its own.
constexpr double rateOf(const EncoderWish& wish) noexcept {
    return wish.rate_hz > 0.5 ? wish.rate_hz : 15.0;
}

/// Decides which picture becomes a keyframe: the first, each 2 s by the pictures' own time, and on request.
class KeyframeClock {
  public:
    bool mustBeKey(std::int64_t pts_us, bool is_wanted) noexcept;

  private:
    std::int64_t last_key_pts_us_ = 0;
    bool has_begun_ = false;
};

}  // namespace porchlight::worker
