#include "lettering.h"

#include <array>
#include <cstdio>
#include <string_view>

namespace porchlight::testpattern {
namespace {

constexpr int kMarginDots = 5;
constexpr int kPadDots = 3;
constexpr int kAdvanceDots = 6;

/// Seven rows of five dots, the leftmost is bit 4.
using Glyph = std::array<std::uint8_t, 7>;

constexpr std::string_view kLetters = "0123456789-:UTC";
constexpr std::array<Glyph, 15> kGlyphs{{
    {0x0E, 0x11, 0x13, 0x15, 0x19, 0x11, 0x0E},
    {0x04, 0x0C, 0x04, 0x04, 0x04, 0x04, 0x0E},
    {0x0E, 0x11, 0x01, 0x02, 0x04, 0x08, 0x1F},
    {0x1F, 0x02, 0x04, 0x02, 0x01, 0x11, 0x0E},
    {0x02, 0x06, 0x0A, 0x12, 0x1F, 0x02, 0x02},
    {0x1F, 0x10, 0x1E, 0x01, 0x01, 0x11, 0x0E},
    {0x06, 0x08, 0x10, 0x1E, 0x11, 0x11, 0x0E},
    {0x1F, 0x01, 0x02, 0x04, 0x08, 0x08, 0x08},
    {0x0E, 0x11, 0x11, 0x0E, 0x11, 0x11, 0x0E},
    {0x0E, 0x11, 0x11, 0x0F, 0x01, 0x02, 0x0C},
    {0x00, 0x00, 0x00, 0x0E, 0x00, 0x00, 0x00},
    {0x00, 0x04, 0x04, 0x00, 0x04, 0x04, 0x00},
    {0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x0E},
    {0x1F, 0x04, 0x04, 0x04, 0x04, 0x04, 0x04},
    {0x0E, 0x11, 0x10, 0x10, 0x10, 0x11, 0x0E},
}};

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
    const int width = (static_cast<int>(letters) * kAdvanceDots - 1 + 2 * kPadDots) * dot_px;
    return {edge, edge, edge + width, edge + (7 + 2 * kPadDots) * dot_px};
}

void drawText(Canvas& canvas, const std::string& text, int dot_px) {
    const Rect area = textArea(text.size(), dot_px);
    canvas.rect(area.left, area.top, area.right, area.bottom, Colour::rgb(0x101820), 0.6);
    const Colour white = Colour::rgb(0xFFFFFF);
    int x = area.left + kPadDots * dot_px;
    for (const char letter : text) {
        const std::size_t index = kLetters.find(letter);
        for (int row = 0; index != std::string_view::npos && row < 7; ++row)
            for (int column = 0; column < 5; ++column) {
                if (((kGlyphs[index][static_cast<std::size_t>(row)] >> (4 - column)) & 1) == 0) continue;
                const int left = x + column * dot_px;
                const int top = area.top + (kPadDots + row) * dot_px;
                canvas.rect(left, top, left + dot_px, top + dot_px, white, 0.95);
            }
        x += kAdvanceDots * dot_px;
    }
}

}  // namespace porchlight::testpattern
