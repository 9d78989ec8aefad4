#include "noise.h"

#include <algorithm>
#include <cstring>

namespace porchlight::testpattern {
namespace {

constexpr std::size_t kRow = 8192;  ///< bytes from row to row of the tile
constexpr std::size_t kRows = 64;
constexpr std::size_t kReach = 4096;  ///< widest picture

void addRow(std::uint8_t* __restrict to, const std::uint8_t* __restrict from,
            const std::int8_t* __restrict noise, int width_px) noexcept {
    for (int x = 0; x < width_px; ++x) {
        const int sum = from[x] + noise[x];
        to[x] = static_cast<std::uint8_t>(std::min(std::max(sum, 0), 255));
    }
}

}  // namespace

std::uint64_t randomAt(std::uint64_t seed, std::uint64_t index) noexcept {
    std::uint64_t z = seed + (index + 1) * 0x9e3779b97f4a7c15ULL;
    z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27U)) * 0x94d049bb133111ebULL;
    return z ^ (z >> 31U);
}

Noise::Noise(std::uint64_t seed, int strength) : seed_(seed) {
    if (strength <= 0) return;
    tile_.resize(kRow * kRows);
    for (std::size_t i = 0; i < tile_.size(); ++i) {
        const std::uint64_t random = randomAt(seed, i);
        // Four bytes summed are close to a normal distribution with standard deviation 148.
        const int sum = static_cast<int>((random & 255U) + ((random >> 8U) & 255U) +
                                         ((random >> 16U) & 255U) + ((random >> 24U) & 255U)) -
                        510;
        tile_[i] = static_cast<std::int8_t>(std::clamp(sum * strength / 296, -127, 127));
    }
}

void Noise::apply(std::uint8_t* to, const std::uint8_t* from, int width_px, int height_px,
                  std::uint64_t frame_number) const noexcept {
    if (tile_.empty()) {
        std::memcpy(to, from, static_cast<std::size_t>(width_px) * static_cast<std::size_t>(height_px));
        return;
    }
    for (int y = 0; y < height_px; ++y) {
        const std::uint64_t random = randomAt(seed_ ^ frame_number, static_cast<std::uint64_t>(y));
        const std::int8_t* noise = &tile_[(random % kRows) * kRow + ((random >> 32U) % (kRow - kReach))];
        addRow(to + static_cast<std::size_t>(y) * width_px, from + static_cast<std::size_t>(y) * width_px,
               noise, width_px);
    }
}

}  // namespace porchlight::testpattern
