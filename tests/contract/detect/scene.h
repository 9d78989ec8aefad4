/// Synthetic pictures for detectors: a textured still scene with noise, a moving block, brightness.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "porchlight/detect.h"

namespace porchlight::test {

/// A reproducible scene; the same calls give the same pictures.
class Scene {
  public:
    Scene(int width_px, int height_px, int stride_bytes = 0)
        : width_(width_px), height_(height_px), stride_(stride_bytes ? stride_bytes : width_px),
          pixels_(static_cast<std::size_t>(stride_) * static_cast<std::size_t>(height_px), 0xEE) {}

    double gain = 1.0;
    int noise = 3;  ///< levels either way

    /// The next picture, 100 ms after the last; a block of `side` (share of the width) at (x, y) shares; none if side 0.
    LumaPicture next(double x = 0, double y = 0, double side = 0) {
        const int left = static_cast<int>(x * width_);
        const int top = static_cast<int>(y * height_);
        const int size = static_cast<int>(side * width_);
        for (int row = 0; row < height_; ++row)
            for (int column = 0; column < width_; ++column) {
                double level = 70 + 40 * ((column / 12 + row / 9) % 2) + 30.0 * row / height_;
                if (size > 0 && column >= left && column < left + size && row >= top && row < top + size)
                    level = 190 + 20 * ((column - left) / 4 % 2);
                const int shake = noise > 0 ? static_cast<int>(random() % static_cast<std::uint32_t>(2 * noise + 1)) - noise : 0;
                pixels_[static_cast<std::size_t>(row) * static_cast<std::size_t>(stride_) + static_cast<std::size_t>(column)] =
                    static_cast<std::uint8_t>(std::clamp(static_cast<int>(level * gain) + shake, 0, 255));
            }
        pts_us_ += 100'000;
        return {pixels_.data(), width_, height_, stride_, pts_us_};
    }

  private:
    std::uint32_t random() noexcept {
        seed_ ^= seed_ << 13U;
        seed_ ^= seed_ >> 17U;
        seed_ ^= seed_ << 5U;
        return seed_;
    }

    int width_;
    int height_;
    int stride_;
    std::vector<std::uint8_t> pixels_;
    std::int64_t pts_us_ = 0;
    std::uint32_t seed_ = 2463534242U;
};

}  // namespace porchlight::test
