/// Numbers as H.264 and H.265 write them (ITU-T H.264 7.2 and 9.1).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace porchlight::ffmpeg {

/// The bytes end within what was asked for, or no number is that long.
struct Truncated {};

/// Bits in their order; taking escapes out of them (porchlight/nal.h) is the caller's. **Owns** nothing: the
/// bytes must outlive it. Throws Truncated instead of reading beyond them.
class BitReader {
  public:
    explicit constexpr BitReader(std::span<const std::uint8_t> bytes) noexcept : bytes_(bytes) {}

    constexpr std::uint32_t bits(unsigned count) {
        std::uint32_t value = 0;
        while (count-- > 0) {
            if (at_ / 8 >= bytes_.size()) throw Truncated();
            value = (value << 1U) | ((bytes_[at_ / 8] >> (7U - at_ % 8)) & 1U);
            ++at_;
        }
        return value;
    }
    constexpr bool flag() { return bits(1) != 0; }
    constexpr void skip(std::size_t count) noexcept { at_ += count; }

    /// Exp-Golomb, without and with a sign.
    constexpr std::uint32_t ue() {
        unsigned zeros = 0;
        while (!flag())
            if (++zeros > 31) throw Truncated();
        return (1U << zeros) - 1U + bits(zeros);
    }
    constexpr std::int32_t se() {
        const std::uint32_t value = ue();
        return value % 2 ? static_cast<std::int32_t>(value / 2 + 1) : -static_cast<std::int32_t>(value / 2);
    }

  private:
    std::span<const std::uint8_t> bytes_;
    std::size_t at_ = 0;  ///< the next bit
};

}  // namespace porchlight::ffmpeg
