/// An I420 picture to draw anti-aliased flat shapes on.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

namespace porchlight::testpattern {

struct Point {
    double x = 0;
    double y = 0;
};

/// A colour as luma and chroma (BT.601, limited range), made from the RGB that people write.
struct Colour {
    double y = 16;
    double u = 128;
    double v = 128;

    static Colour rgb(unsigned hex) noexcept;
    /// Towards `other`: 0 is this, 1 is the other.
    Colour mixed(const Colour& other, double share) const noexcept;
};

/// Whole pixels; right and bottom are outside. Empty when it has no area.
struct Rect {
    int left = 0;
    int top = 0;
    int right = 0;
    int bottom = 0;

    bool isEmpty() const noexcept { return right <= left || bottom <= top; }
    /// Clipped to the picture and widened to even coordinates, as halved chroma needs.
    Rect onPicture(int width_px, int height_px) const noexcept;
};

/// **Owns** three planes, strides = widths. **Thread**: thread-bound. Drawing clips at the border.
class Canvas {
  public:
    Canvas(int width_px, int height_px);

    int width() const noexcept { return width_; }
    int height() const noexcept { return height_; }
    std::uint8_t* luma() noexcept { return luma_.data(); }
    const std::uint8_t* luma() const noexcept { return luma_.data(); }
    const std::uint8_t* u() const noexcept { return u_.data(); }
    const std::uint8_t* v() const noexcept { return v_.data(); }

    void rect(double left, double top, double right, double bottom, const Colour& colour, double opacity = 1);
    /// From `top_colour` at the top edge to `bottom_colour` at the bottom edge.
    void gradient(double left, double top, double right, double bottom, const Colour& top_colour,
                  const Colour& bottom_colour);
    void polygon(std::span<const Point> corners, const Colour& colour, double opacity = 1);
    void circle(Point centre, double radius, const Colour& colour, double opacity = 1);
    /// Fades from `opacity` in the middle to nothing at the rim.
    void glow(Point centre, double radius, const Colour& colour, double opacity);
    /// A line with round ends; half the width may differ between the ends.
    void limb(Point from, Point to, double from_radius, double to_radius, const Colour& colour,
              double opacity = 1);

    void copyFrom(const Canvas& other, const Rect& region);
    /// Every pixel between `a` (share 0) and `b` (share 1).
    void blend(const Canvas& a, const Canvas& b, double share);

  private:
    template <class Coverage>
    void fill(const Rect& bounds, const Colour& colour, double opacity, Coverage coverage);

    int width_;
    int height_;
    std::vector<std::uint8_t> luma_;
    std::vector<std::uint8_t> u_;
    std::vector<std::uint8_t> v_;
};

}  // namespace porchlight::testpattern
