/// The clock in the corner, in a small bitmap font.
#pragma once

#include <string>

#include "canvas.h"
#include "porchlight/time.h"

namespace porchlight::testpattern {

/// "2026-11-21 02:23:08 UTC".
std::string clockText(WallTime wall);

/// Where drawText() draws: `dot_px` is the size of one dot of the 5 x 7 font.
Rect textArea(std::size_t letters, int dot_px) noexcept;

/// White letters on a dark plate in the upper left corner; knows digits, '-', ':', 'U', 'T', 'C'.
void drawText(Canvas& canvas, const std::string& text, int dot_px);

}  // namespace porchlight::testpattern
