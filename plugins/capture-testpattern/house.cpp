#include "house.h"

#include <algorithm>
#include <vector>

#include "light.h"

namespace porchlight::testpattern {
namespace {

/// Draws in the coordinates of a 1280 x 720 picture, whatever the real size is.
class Brush {
  public:
    Brush(Canvas& canvas, bool is_night)
        : canvas_(canvas), x_(canvas.width() / 1280.0), y_(canvas.height() / 720.0), is_night_(is_night) {}

    bool isNight() const noexcept { return is_night_; }
    Colour tone(unsigned hex) const noexcept { return atNight(Colour::rgb(hex), is_night_ ? 1 : 0); }
    void rect(double l, double t, double r, double b, unsigned hex, double opacity = 1) {
        canvas_.rect(l * x_, t * y_, r * x_, b * y_, tone(hex), opacity);
    }
    void lit(double l, double t, double r, double b, unsigned hex) {
        canvas_.rect(l * x_, t * y_, r * x_, b * y_, Colour::rgb(hex));
    }
    void gradient(double t, double b, const Colour& top, const Colour& bottom) {
        canvas_.gradient(0, t * y_, canvas_.width(), b * y_, top, bottom);
    }
    void shape(std::vector<Point> corners, unsigned hex, double opacity = 1) {
        for (Point& corner : corners) corner = {corner.x * x_, corner.y * y_};
        canvas_.polygon(corners, tone(hex), opacity);
    }
    void disc(double x, double y, double radius, const Colour& colour, double opacity = 1) {
        canvas_.circle({x * x_, y * y_}, radius * std::min(x_, y_), colour, opacity);
    }
    void disc(double x, double y, double radius, unsigned hex) { disc(x, y, radius, tone(hex)); }
    void line(Point a, Point b, double radius, unsigned hex) {
        const double scale = std::min(x_, y_);
        canvas_.limb({a.x * x_, a.y * y_}, {b.x * x_, b.y * y_}, radius * scale, radius * scale, tone(hex));
    }
    void glow(double x, double y, double radius, unsigned hex, double opacity) {
        canvas_.glow({x * x_, y * y_}, radius * std::min(x_, y_), Colour::rgb(hex), opacity);
    }

  private:
    Canvas& canvas_;
    double x_;
    double y_;
    bool is_night_;
};

void drawCloud(Brush& brush, double x, double y, double size) {
    const Colour white = Colour::rgb(0xFFFFFF);
    brush.disc(x, y, 26 * size, white, 0.8);
    brush.disc(x + 34 * size, y - 14 * size, 34 * size, white, 0.8);
    brush.disc(x + 74 * size, y, 28 * size, white, 0.8);
    brush.disc(x + 38 * size, y + 6 * size, 26 * size, white, 0.8);
}

void drawSky(Brush& brush) {
    if (brush.isNight()) {
        brush.gradient(0, 460, Colour::rgb(0x0B1230), Colour::rgb(0x2C3B63));
        constexpr double kStars[][2] = {{90, 150},  {170, 90},  {235, 190},  {310, 130}, {420, 70},
                                        {520, 110}, {1010, 60}, {1090, 130}, {1190, 90}, {1240, 200},
                                        {930, 40},  {60, 250},  {640, 40}};
        for (const auto& star : kStars) brush.disc(star[0], star[1], 1.6, Colour::rgb(0xDDE6FF), 0.9);
        brush.glow(1130, 100, 120, 0xC9D6FF, 0.25);
        brush.disc(1130, 100, 34, Colour::rgb(0xF2F0DC));
        brush.disc(1118, 92, 30, Colour::rgb(0x161F42));
        return;
    }
    brush.gradient(0, 460, Colour::rgb(0x8EC5E8), Colour::rgb(0xE9F4F7));
    brush.glow(1130, 105, 150, 0xFFF3C4, 0.7);
    brush.disc(1130, 105, 40, Colour::rgb(0xFFE9A0));
    drawCloud(brush, 120, 165, 1.0);
    drawCloud(brush, 905, 70, 0.7);
    drawCloud(brush, 355, 95, 0.55);
}

void drawGround(Brush& brush) {
    for (const auto& hill : {Point{80, 560}, Point{420, 610}, Point{1000, 590}, Point{1300, 550}})
        brush.disc(hill.x, hill.y, 230, 0x9FC3A5);
    for (const auto& tree : {Point{30, 415}, Point{95, 395}, Point{1210, 400}, Point{1262, 380}})
        brush.disc(tree.x, tree.y, 62, 0x6FA07C);
    brush.gradient(440, 640, brush.tone(0x8DBB6B), brush.tone(0x6FA355));
    brush.shape({{712, 560}, {808, 560}, {905, 642}, {615, 642}}, 0xD9CDB8);
    for (const double y : {578.0, 598.0, 621.0}) {
        const double spread = (y - 560) * 1.18;
        brush.rect(712 - spread, y, 808 + spread, y + 2, 0xBBAE97);
    }
    brush.rect(0, 640, 1280, 720, 0xB9B4AC);
    brush.rect(0, 640, 1280, 646, 0xD3CEC5);
    for (int x = -20; x < 1280; x += 160) brush.rect(x, 646, x + 2, 720, 0xA39E96);
}

void drawWindow(Brush& brush, double x, double y, double width, double height) {
    brush.rect(x - 8, y - 8, x + width + 8, y + height + 8, 0xFBF7EF);
    if (brush.isNight())
        brush.lit(x, y, x + width, y + height, 0xFFD98A);
    else
        brush.rect(x, y, x + width, y + height, 0x7FA6BD);
    if (!brush.isNight())
        brush.shape({{x, y + height}, {x, y + height * 0.45}, {x + width * 0.6, y}, {x + width, y}}, 0xBFD9E6,
                    0.55);
    brush.rect(x, y, x + width * 0.2, y + height, 0xE9DCCB, 0.85);
    brush.rect(x + width * 0.8, y, x + width, y + height, 0xE9DCCB, 0.85);
    brush.rect(x + width / 2 - 3, y, x + width / 2 + 3, y + height, 0xFBF7EF);
    brush.rect(x, y + height * 0.45, x + width, y + height * 0.45 + 5, 0xFBF7EF);
    brush.rect(x - 14, y + height + 8, x + width + 14, y + height + 18, 0xE3D6C0);
}

void drawWalls(Brush& brush) {
    brush.rect(985, 78, 1035, 200, 0x9A4A38);
    brush.rect(977, 70, 1043, 84, 0x7E3B2D);
    brush.rect(400, 250, 1120, 560, 0xF1E2C8);
    for (int y = 272; y < 552; y += 22) brush.rect(400, y, 1120, y + 2, 0xE2D1B3);
    brush.rect(400, 540, 1120, 566, 0xA59A8C);
    brush.shape({{352, 262}, {500, 120}, {1020, 120}, {1168, 262}}, 0xB4563F);
    for (int row = 1; row < 6; ++row) {
        const double y = 120 + row * 23.0;
        brush.rect(500 - row * 24.0, y, 1020 + row * 24.0, y + 2.5, 0x9C4733);
    }
    brush.rect(352, 258, 1168, 272, 0xFBF7EF);
    brush.shape({{640, 262}, {760, 138}, {880, 262}}, 0xF1E2C8);
    brush.shape({{622, 266}, {760, 122}, {898, 266}, {876, 266}, {760, 146}, {644, 266}}, 0xFBF7EF);
    brush.disc(760, 214, 31, 0xFBF7EF);
    brush.disc(760, 214, 24, brush.isNight() ? Colour::rgb(0xFFD98A) : Colour::rgb(0x7FA6BD));
}

void drawPorch(Brush& brush) {
    brush.rect(690, 350, 830, 556, 0xFBF7EF);
    brush.rect(704, 364, 816, 556, 0x2F6F73);
    for (const double x : {716.0, 766.0})
        for (const double y : {440.0, 500.0}) brush.rect(x, y, x + 38, y + 44, 0x275E62);
    brush.rect(722, 378, 798, 424, 0xFBF7EF);
    if (brush.isNight())
        brush.lit(727, 383, 793, 419, 0xFFE2A0);
    else
        brush.rect(727, 383, 793, 419, 0x8FB3C4);
    brush.disc(804, 478, 5, Colour::rgb(0xE3B65A));
    brush.shape({{650, 338}, {680, 300}, {840, 300}, {870, 338}}, 0xA44C37);
    brush.rect(650, 334, 870, 346, 0xFBF7EF);
    for (const double x : {660.0, 848.0}) brush.rect(x, 346, x + 12, 556, 0xFBF7EF);
    brush.rect(644, 552, 876, 562, 0xC9BDA9);
    brush.rect(660, 562, 860, 574, 0xB5A994);
    brush.rect(731, 541, 789, 552, 0x8B5E3C);
}

void drawLamp(Brush& brush) {
    brush.rect(839, 398, 846, 404, 0x30343A);
    brush.rect(826, 384, 840, 412, 0x30343A);
    if (brush.isNight()) {
        brush.glow(833, 400, 300, 0xFFC766, 0.55);
        brush.glow(833, 400, 90, 0xFFE3A8, 0.8);
        brush.glow(760, 640, 260, 0xFFC766, 0.22);
        brush.lit(829, 388, 837, 408, 0xFFF4D0);
        return;
    }
    brush.rect(829, 388, 837, 408, 0xF4EBD3);
}

void drawGarden(Brush& brush) {
    brush.line({205, 600}, {208, 420}, 13, 0x7A5B43);
    for (const auto& crown :
         {Point{150, 400}, Point{265, 395}, Point{205, 345}, Point{175, 440}, Point{245, 440}})
        brush.disc(crown.x, crown.y, 68, 0x4F8A5B);
    for (const auto& crown : {Point{175, 370}, Point{235, 350}, Point{140, 420}})
        brush.disc(crown.x, crown.y, 40, 0x63A06C);
    for (const double x : {440.0, 500.0, 560.0, 960.0, 1020.0, 1080.0}) brush.disc(x, 556, 34, 0x5B9460);
    for (const double x : {425.0, 470.0, 530.0, 575.0, 945.0, 1000.0, 1050.0, 1095.0})
        brush.disc(x, 546, 6, 0xE58FA5);
    for (const double x : {640.0, 880.0}) {
        brush.shape({{x - 22, 548}, {x + 22, 548}, {x + 16, 590}, {x - 16, 590}}, 0xB96A45);
        brush.disc(x, 528, 27, 0x4F8A5B);
    }
    for (int x = 6; x < 600; x += 30)
        brush.shape({{x + 0.0, 642}, {x + 0.0, 588}, {x + 7.0, 578}, {x + 14.0, 588}, {x + 14.0, 642}},
                    0xF7F3EA);
    for (int x = 922; x < 1280; x += 30)
        brush.shape({{x + 0.0, 642}, {x + 0.0, 588}, {x + 7.0, 578}, {x + 14.0, 588}, {x + 14.0, 642}},
                    0xF7F3EA);
    for (const double y : {598.0, 622.0}) {
        brush.rect(0, y, 604, y + 7, 0xEDE7DA);
        brush.rect(918, y, 1280, y + 7, 0xEDE7DA);
    }
}

}  // namespace

void drawHouse(Canvas& canvas, bool is_night) {
    Brush brush(canvas, is_night);
    drawSky(brush);
    drawGround(brush);
    drawWalls(brush);
    drawWindow(brush, 455, 330, 130, 150);
    drawWindow(brush, 935, 330, 130, 150);
    drawPorch(brush);
    drawGarden(brush);
    drawLamp(brush);
}

}  // namespace porchlight::testpattern
