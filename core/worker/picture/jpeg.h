/// JPEG in and out through libjpeg-turbo.
#pragma once

#include <memory>

#include "base/bytes.h"
#include "porchlight/detect.h"
#include "worker/picture/luma_scaler.h"

namespace porchlight::worker {

struct JpegSize {
    int width_px = 0;  ///< 0: no JPEG
    int height_px = 0;
};

/// Reads the size from the header.
JpegSize jpegSize(std::span<const std::uint8_t> jpeg) noexcept;

struct TurboJpegDelete {
    void operator()(void* handle) const noexcept;
};

/// Pictures to JPEG, scaled down by a whole divisor where wanted. **Thread**: thread-bound.
class JpegEncoder {
  public:
    JpegEncoder();  ///< Throws Error(Exhausted).

    /// At most `max_width_px` wide as far as a whole divisor allows (0: full size). Throws Error(BadData).
    base::Bytes encode(const Picture& picture, int max_width_px, int quality);

  private:
    struct Planes;
    Planes planesOf(const Picture& picture, int divisor);

    std::unique_ptr<void, TurboJpegDelete> handle_;
    LumaScaler scaler_;
    std::vector<std::uint8_t> y_;
    std::vector<std::uint8_t> u_;
    std::vector<std::uint8_t> v_;
};

/// JPEG to luma for the detector, and to planes for the encoder. **Thread**: thread-bound.
class JpegDecoder {
  public:
    JpegDecoder();  ///< Throws Error(Exhausted).

    /// Luma at 1, 1/2, 1/4 or 1/8 of the size, the smallest that is still at least `wanted_px` wide. Lives
    /// until the next call. Throws Error(BadData).
    LumaPicture decodeLuma(std::span<const std::uint8_t> jpeg, int wanted_px);

    /// The whole picture as I420, or Gray8; of finer chroma every second sample or row is taken. Throws
    /// Error(BadData), Error(NotSupported) for chroma that libjpeg-turbo does not know.
    Picture decodePicture(std::span<const std::uint8_t> jpeg);

    /// The JPEG decoded last ended early: a part of its picture is missing.
    bool wasTruncated() const noexcept { return was_truncated_; }

  private:
    void judgeResult(int result);

    std::unique_ptr<void, TurboJpegDelete> handle_;
    std::vector<std::uint8_t> luma_;
    bool was_truncated_ = false;
};

}  // namespace porchlight::worker
