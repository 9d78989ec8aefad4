#include "lettering.h"

#include <cstdio>

#include "porchlight/dot_font.h"

namespace porchlight::testpattern {
namespace {

constexpr int kMarginDots = 5;
constexpr int kPadDots = 3;

}  // namespace

std::string clockText(WallTime wall) {
    const auto day = std::chrono::floor<std::chrono::days>(wall);
    const std::chrono::year_month_day date{day};
    const auto time = std::chrono::floor<seconds>(wall - day).count();
    char text[40];
    std::snprintf(text, sizeof text, "%04d-%02u-%02u %02d:%02d:%02d UTC", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  static_cast<int>(time / 3600), static_cast<int>(time / 60 % 60),
                  static_cast<int>(time % 60));
    return text;
}

Rect textArea(std::size_t letters, int dot_px) noexcept {
    const int edge = kMarginDots * dot_px;
    const int width = (static_cast<int>(letters) * kDotAdvance - 1 + 2 * kPadDots) * dot_px;
    return {edge, edge, edge + width, edge + (kDotGlyphHeight + 2 * kPadDots) * dot_px};
}

void drawText(Canvas& canvas, const std::string& text, int dot_px) {
    const Rect area = textArea(text.size(), dot_px);
    canvas.rect(area.left, area.top, area.right, area.bottom, Colour::rgb(0x101820), 0.6);
    const Colour white = Colour::rgb(0xFFFFFF);
    drawDots(text, [&](int column, int row) {
        const int left = area.left + (kPadDots + column) * dot_px;
        const int top = area.top + (kPadDots + row) * dot_px;
        canvas.rect(left, top, left + dot_px, top + dot_px, white, 0.95);
    });
}

}  // namespace porchlight::testpattern
