/// A picture made of flat square dots, and its JPEG. The core links no codec: a dot is one 8 x 8 block of a
/// baseline JPEG whose only coefficient is its mean, so that coding is a table look-up and colours come out
/// exactly.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace porchlight::placeholder {

/// Full-range YCbCr as JPEG (JFIF) has it.
struct DotColour {
    std::uint8_t y = 0;
    std::uint8_t cb = 128;
    std::uint8_t cr = 128;

    static DotColour rgb(unsigned hex) noexcept;
    bool operator==(const DotColour&) const = default;
};

/// **Owns** its dots. **Thread**: thread-bound. Drawing clips at the border.
class DotPicture {
  public:
    static constexpr int kDotPx = 8;  ///< edge of a dot in the JPEG

    /// Throws Error(Internal) unless both are 1 to 512.
    DotPicture(int width_dots, int height_dots, DotColour background);

    int width() const noexcept { return static_cast<int>(width_); }
    int height() const noexcept { return static_cast<int>(height_); }
    DotColour at(int x, int y) const noexcept {
        return dots_[static_cast<std::size_t>(y) * width_ + static_cast<std::size_t>(x)];
    }

    void rect(int left, int top, int right, int bottom, DotColour colour) noexcept;
    /// One line of letters of the dot font (porchlight/dot_font.h), upper left corner at x, y; a dot of a
    /// letter is `scale` dots wide.
    void text(int x, int y, std::string_view letters, DotColour colour, int scale = 1) noexcept;

    /// Baseline JPEG, 4:4:4, kDotPx pixels a dot.
    std::vector<std::uint8_t> jpeg() const;

  private:
    std::size_t width_;
    std::size_t height_;
    std::vector<DotColour> dots_;
};

}  // namespace porchlight::placeholder
