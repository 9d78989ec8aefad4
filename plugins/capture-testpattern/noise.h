/// Sensor noise that costs next to nothing: one tile made once, added at another place of it each frame.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace porchlight::testpattern {

/// **Owns** the tile. **Thread**: thread-bound. Deterministic: same seed, strength and frame number, same
/// noise.
class Noise {
  public:
    /// `strength`: 0 none, 20 a cheap camera by night (standard deviation of the luma in grey levels / 2).
    Noise(std::uint64_t seed, int strength);

    /// `to` = `from` + noise, within 0 to 255.
    void apply(std::uint8_t* to, const std::uint8_t* from, int width_px, int height_px,
               std::uint64_t frame_number) const noexcept;

  private:
    std::uint64_t seed_;
    std::vector<std::int8_t> tile_;  ///< empty: no noise
};

/// Steele's SplitMix64: the value number `index` of the sequence that begins at `seed`.
std::uint64_t randomAt(std::uint64_t seed, std::uint64_t index) noexcept;

}  // namespace porchlight::testpattern
