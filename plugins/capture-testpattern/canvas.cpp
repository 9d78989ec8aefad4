#include "canvas.h"

#include <cmath>
#include <cstring>

namespace porchlight::testpattern {
namespace {

std::uint8_t mixByte(std::uint8_t from, double to, double share) noexcept {
    return static_cast<std::uint8_t>(from + (to - from) * share + 0.5);
}

double clamp01(double value) noexcept {
    return std::clamp(value, 0.0, 1.0);
}

/// How much of the pixel from `at` to `at + 1` lies between `low` and `high`.
double overlap(double at, double low, double high) noexcept {
    return clamp01(std::min(at + 1, high) - std::max(at, low));
}

Rect around(double left, double top, double right, double bottom) noexcept {
    return {static_cast<int>(std::floor(left)) - 1, static_cast<int>(std::floor(top)) - 1,
            static_cast<int>(std::ceil(right)) + 1, static_cast<int>(std::ceil(bottom)) + 1};
}

/// Distance of a point to the edge of a tapered line with round ends; negative inside.
double limbDistance(double px, double py, Point from, Point to, double from_radius,
                    double to_radius) noexcept {
    const double dx = to.x - from.x;
    const double dy = to.y - from.y;
    const double length = dx * dx + dy * dy;
    const double along = length > 0 ? clamp01(((px - from.x) * dx + (py - from.y) * dy) / length) : 0;
    const double ex = px - from.x - along * dx;
    const double ey = py - from.y - along * dy;
    return std::sqrt(ex * ex + ey * ey) - (from_radius + (to_radius - from_radius) * along);
}

bool isInside(std::span<const Point> corners, double x, double y) noexcept {
    bool inside = false;
    for (std::size_t i = 0, j = corners.size() - 1; i < corners.size(); j = i++) {
        const Point& a = corners[i];
        const Point& b = corners[j];
        if ((a.y > y) != (b.y > y) && x < (b.x - a.x) * (y - a.y) / (b.y - a.y) + a.x) inside = !inside;
    }
    return inside;
}

}  // namespace

Colour Colour::rgb(unsigned hex) noexcept {
    const double r = (hex >> 16U) & 255U;
    const double g = (hex >> 8U) & 255U;
    const double b = hex & 255U;
    return {16 + 0.257 * r + 0.504 * g + 0.098 * b, 128 - 0.148 * r - 0.291 * g + 0.439 * b,
            128 + 0.439 * r - 0.368 * g - 0.071 * b};
}

Colour Colour::mixed(const Colour& other, double share) const noexcept {
    return {y + (other.y - y) * share, u + (other.u - u) * share, v + (other.v - v) * share};
}

Rect Rect::onPicture(int width_px, int height_px) const noexcept {
    return {std::clamp(left, 0, width_px) & ~1, std::clamp(top, 0, height_px) & ~1,
            std::clamp((right + 1) & ~1, 0, width_px), std::clamp((bottom + 1) & ~1, 0, height_px)};
}

Canvas::Canvas(int width_px, int height_px)
    : width_(width_px),
      height_(height_px),
      luma_(static_cast<std::size_t>(width_px) * height_px, 16),
      u_(luma_.size() / 4, 128),
      v_(luma_.size() / 4, 128) {}

template <class Coverage>
void Canvas::fill(const Rect& bounds, const Colour& colour, double opacity, Coverage coverage) {
    const Rect area = bounds.onPicture(width_, height_);
    for (int y = area.top; y < area.bottom; y += 2) {
        for (int x = area.left; x < area.right; x += 2) {
            double sum = 0;
            for (int part = 0; part < 4; ++part) {
                const int px = x + (part & 1);
                const int py = y + (part >> 1);
                const double share = coverage(px, py) * opacity;
                if (share <= 0) continue;
                std::uint8_t& pixel = luma_[static_cast<std::size_t>(py) * width_ + px];
                pixel = mixByte(pixel, colour.y, share);
                sum += share;
            }
            if (sum <= 0) continue;
            const std::size_t at = static_cast<std::size_t>(y / 2) * (width_ / 2) + x / 2;
            u_[at] = mixByte(u_[at], colour.u, sum / 4);
            v_[at] = mixByte(v_[at], colour.v, sum / 4);
        }
    }
}

void Canvas::rect(double left, double top, double right, double bottom, const Colour& colour,
                  double opacity) {
    fill(around(left, top, right, bottom), colour, opacity,
         [=](int x, int y) { return overlap(x, left, right) * overlap(y, top, bottom); });
}

void Canvas::gradient(double left, double top, double right, double bottom, const Colour& top_colour,
                      const Colour& bottom_colour) {
    constexpr double kStep = 2;
    for (double y = top; y < bottom; y += kStep)
        rect(left, y, right, std::min(y + kStep, bottom),
             top_colour.mixed(bottom_colour, (y - top) / (bottom - top)));
}

void Canvas::polygon(std::span<const Point> corners, const Colour& colour, double opacity) {
    double left = corners[0].x, right = left, top = corners[0].y, bottom = top;
    for (const Point& corner : corners) {
        left = std::min(left, corner.x);
        right = std::max(right, corner.x);
        top = std::min(top, corner.y);
        bottom = std::max(bottom, corner.y);
    }
    fill(around(left, top, right, bottom), colour, opacity, [=](int x, int y) {
        int hits = 0;
        for (int part = 0; part < 16; ++part)
            hits += isInside(corners, x + (part % 4 + 0.5) / 4, y + (part / 4 + 0.5) / 4) ? 1 : 0;
        return hits / 16.0;
    });
}

void Canvas::circle(Point centre, double radius, const Colour& colour, double opacity) {
    limb(centre, centre, radius, radius, colour, opacity);
}

void Canvas::glow(Point centre, double radius, const Colour& colour, double opacity) {
    fill(around(centre.x - radius, centre.y - radius, centre.x + radius, centre.y + radius), colour, opacity,
         [=](int x, int y) {
             const double dx = (x + 0.5 - centre.x) / radius;
             const double dy = (y + 0.5 - centre.y) / radius;
             const double rest = 1 - (dx * dx + dy * dy);
             return rest > 0 ? rest * rest : 0;
         });
}

void Canvas::limb(Point from, Point to, double from_radius, double to_radius, const Colour& colour,
                  double opacity) {
    const double widest = std::max(from_radius, to_radius);
    const Rect bounds = around(std::min(from.x, to.x) - widest, std::min(from.y, to.y) - widest,
                               std::max(from.x, to.x) + widest, std::max(from.y, to.y) + widest);
    fill(bounds, colour, opacity, [=](int x, int y) {
        return clamp01(0.5 - limbDistance(x + 0.5, y + 0.5, from, to, from_radius, to_radius));
    });
}

void Canvas::copyFrom(const Canvas& other, const Rect& region) {
    const Rect area = region.onPicture(width_, height_);
    if (area.isEmpty()) return;
    const std::size_t bytes = static_cast<std::size_t>(area.right - area.left);
    for (int y = area.top; y < area.bottom; ++y) {
        const std::size_t at = static_cast<std::size_t>(y) * width_ + area.left;
        std::memcpy(&luma_[at], &other.luma_[at], bytes);
        if (y % 2) continue;
        const std::size_t half = static_cast<std::size_t>(y / 2) * (width_ / 2) + area.left / 2;
        std::memcpy(&u_[half], &other.u_[half], bytes / 2);
        std::memcpy(&v_[half], &other.v_[half], bytes / 2);
    }
}

void Canvas::blend(const Canvas& a, const Canvas& b, double share) {
    const int weight = static_cast<int>(share * 256 + 0.5);
    const auto mixPlane = [weight](std::vector<std::uint8_t>& to, const std::vector<std::uint8_t>& from,
                                   const std::vector<std::uint8_t>& other) {
        for (std::size_t i = 0; i < to.size(); ++i)
            to[i] = static_cast<std::uint8_t>((from[i] * (256 - weight) + other[i] * weight) >> 8);
    };
    mixPlane(luma_, a.luma_, b.luma_);
    mixPlane(u_, a.u_, b.u_);
    mixPlane(v_, a.v_, b.v_);
}

}  // namespace porchlight::testpattern
