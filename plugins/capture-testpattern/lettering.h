/// The clock in the corner, in the dot font.
#pragma once

#include <string>

#include "canvas.h"
#include "porchlight/time.h"

namespace porchlight::testpattern {

/// "2026-11-21 02:23:08 UTC".
std::string clockText(WallTime wall);

/// Where drawText() draws: `dot_px` is the size of one dot of the font.
Rect textArea(std::size_t letters, int dot_px) noexcept;

/// White letters on a dark plate in the upper left corner.
void drawText(Canvas& canvas, const std::string& text, int dot_px);

}  // namespace porchlight::testpattern
