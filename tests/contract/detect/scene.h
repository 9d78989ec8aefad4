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
        : width_(width_px),
          height_(height_px),
          stride_(stride_bytes ? stride_bytes : width_px),
          pixels_(static_cast<std::size_t>(stride_) * static_cast<std::size_t>(height_px), 0xEE) {}

    double gain = 1.0;
    int noise = 3;  ///< levels either way

    /// The next picture, 100 ms after the last; a block of `side` (share of the width) at (x, y) shares; none
    /// if side 0.
    LumaPicture next(double x = 0, double y = 0, double side = 0) {
        const int left = static_cast<int>(x * width_);
        const int top = static_cast<int>(y * height_);
        const int size = static_cast<int>(side * width_);
        // Copies: ThreadSanitizer would look at each use of a member.
        std::uint32_t seed = seed_;
        const double factor = gain;
        const int most = noise;
        const int width = width_;
        for (int row = 0; row < height_; ++row) {
            std::uint8_t* const line =
                pixels_.data() + static_cast<std::size_t>(row) * static_cast<std::size_t>(stride_);
            for (int column = 0; column < width; ++column) {
                double level = 70 + 40 * ((column / 12 + row / 9) % 2) + 30.0 * row / height_;
                if (size > 0 && column >= left && column < left + size && row >= top && row < top + size)
                    level = 190 + 20 * ((column - left) / 4 % 2);
                const int shake =
                    most > 0
                        ? static_cast<int>(random(seed) % static_cast<std::uint32_t>(2 * most + 1)) - most
                        : 0;
                line[column] =
                    static_cast<std::uint8_t>(std::clamp(static_cast<int>(level * factor) + shake, 0, 255));
            }
        }
        seed_ = seed;
        pts_us_ += 100'000;
        return {pixels_.data(), width_, height_, stride_, pts_us_};
    }

  private:
    static std::uint32_t random(std::uint32_t& seed) noexcept {
        seed ^= seed << 13U;
        seed ^= seed >> 17U;
        seed ^= seed << 5U;
        return seed;
    }

    int width_;
    int height_;
    int stride_;
    std::vector<std::uint8_t> pixels_;
    std::int64_t pts_us_ = 0;
    std::uint32_t seed_ = 2463534242U;
};

}  // namespace porchlight::test
