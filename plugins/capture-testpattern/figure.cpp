#include "figure.h"

#include <array>
#include <cmath>

#include "light.h"
#include "noise.h"

namespace porchlight::testpattern {
namespace {

constexpr std::array<unsigned, 6> kCoats{0xC8452F, 0x2F6DA8, 0xE0A526, 0x3E8E6B, 0x7A4C93, 0xD9D2C5};
constexpr std::array<unsigned, 4> kTrousers{0x2B3350, 0x4A4038, 0x55606B, 0x27303A};
constexpr std::array<unsigned, 4> kSkins{0xF0C8A0, 0xD9A066, 0x9C6B43, 0x6B4429};
constexpr std::array<unsigned, 4> kHairs{0x2A1D14, 0x5A3A1E, 0xB58B4A, 0x8A8A8A};

/// One walking figure in the units of its height: x forward, y down from the hip or shoulder.
class Body {
  public:
    Body(Canvas& canvas, Point feet, double height_px, double forward)
        : canvas_(canvas), feet_(feet), height_(height_px), forward_(forward) {}

    Point at(double x, double y) const noexcept {
        return {feet_.x + forward_ * x * height_, feet_.y + y * height_};
    }
    void limb(Point from, Point to, double from_radius, double to_radius, const Colour& colour) {
        canvas_.limb(at(from.x, from.y), at(to.x, to.y), from_radius * height_, to_radius * height_, colour);
    }

  private:
    Canvas& canvas_;
    Point feet_;
    double height_;
    double forward_;
};

void drawLeg(Body& body, double phase, double bob, const Colour& cloth, const Colour& shoe) {
    const double swing = 0.48 * std::sin(phase);
    const double bend = 0.55 * std::max(0.0, std::cos(phase));  // the knee bends while the foot comes forward
    const Point hip{0, -0.49 + bob};
    const Point knee{hip.x + 0.245 * std::sin(swing), hip.y + 0.245 * std::cos(swing)};
    const Point foot{knee.x + 0.225 * std::sin(swing - bend), knee.y + 0.225 * std::cos(swing - bend)};
    body.limb(hip, knee, 0.062, 0.048, cloth);
    body.limb(knee, foot, 0.047, 0.032, cloth);
    body.limb(foot, {foot.x + 0.055, foot.y + 0.008}, 0.027, 0.02, shoe);
}

Point drawArm(Body& body, double phase, double bob, const Colour& cloth, const Colour& skin) {
    const double swing = 0.5 * std::sin(phase);
    const Point shoulder{0.005, -0.79 + bob};
    const Point elbow{shoulder.x + 0.16 * std::sin(swing), shoulder.y + 0.16 * std::cos(swing)};
    const Point hand{elbow.x + 0.15 * std::sin(swing + 0.35), elbow.y + 0.15 * std::cos(swing + 0.35)};
    body.limb(shoulder, elbow, 0.038, 0.032, cloth);
    body.limb(elbow, hand, 0.031, 0.025, cloth);
    body.limb(hand, hand, 0.024, 0.024, skin);
    return hand;
}

}  // namespace

Visitor Visitor::ofVisit(std::uint64_t seed, std::uint64_t visit) noexcept {
    const std::uint64_t random = randomAt(seed ^ 0x76697369746F72ULL, visit);
    Visitor visitor;
    visitor.coat = Colour::rgb(kCoats[random % kCoats.size()]);
    visitor.trousers = Colour::rgb(kTrousers[(random >> 8U) % kTrousers.size()]);
    visitor.skin = Colour::rgb(kSkins[(random >> 16U) % kSkins.size()]);
    visitor.hair = Colour::rgb(kHairs[(random >> 24U) % kHairs.size()]);
    visitor.goes_left = ((random >> 32U) & 1U) != 0;
    visitor.has_bag = ((random >> 33U) & 1U) != 0;
    visitor.height = 0.9 + 0.2 * static_cast<double>((random >> 40U) & 255U) / 255.0;
    return visitor;
}

Rect drawVisitor(Canvas& canvas, const Visitor& visitor, Point feet, double height_px, double way_px,
                 double night) {
    const double phase = way_px / (0.145 * height_px);
    const double bob = 0.012 * std::cos(2 * phase);
    const auto shade = [night](const Colour& colour) { return atNight(colour, 0.85 * night); };
    const auto darker = [&](const Colour& colour) { return shade(colour).mixed(Colour{16, 128, 128}, 0.28); };
    Body body(canvas, feet, height_px, visitor.goes_left ? -1.0 : 1.0);

    canvas.limb(body.at(-0.15, 0.005), body.at(0.2, 0.005), 0.022 * height_px, 0.022 * height_px,
                Colour{16, 128, 128}, 0.3);
    drawArm(body, phase, bob, darker(visitor.coat), darker(visitor.skin));
    drawLeg(body, phase + 3.14159265, bob, darker(visitor.trousers), shade(Colour::rgb(0x1B1B20)));
    drawLeg(body, phase, bob, shade(visitor.trousers), shade(Colour::rgb(0x1B1B20)));
    body.limb({0, -0.5 + bob}, {0.01, -0.76 + bob}, 0.082, 0.088, shade(visitor.coat));
    body.limb({0.012, -0.84 + bob}, {0.015, -0.87 + bob}, 0.03, 0.03, shade(visitor.skin));
    body.limb({0.012, -0.925 + bob}, {0.012, -0.925 + bob}, 0.07, 0.07, shade(visitor.hair));
    body.limb({0.027, -0.912 + bob}, {0.03, -0.905 + bob}, 0.058, 0.054, shade(visitor.skin));
    const Point hand = drawArm(body, phase + 3.14159265, bob, shade(visitor.coat), shade(visitor.skin));
    if (visitor.has_bag)
        body.limb({hand.x - 0.04, hand.y + 0.1}, {hand.x + 0.04, hand.y + 0.1}, 0.055, 0.055,
                  shade(Colour::rgb(0xB98A56)));
    return {static_cast<int>(feet.x - 0.45 * height_px) - 2, static_cast<int>(feet.y - 1.08 * height_px) - 2,
            static_cast<int>(feet.x + 0.45 * height_px) + 3, static_cast<int>(feet.y + 0.06 * height_px) + 3};
}

}  // namespace porchlight::testpattern
