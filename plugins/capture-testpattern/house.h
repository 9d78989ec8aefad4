/// The backdrop of the test scene: a house front with garden, path and pavement.
#pragma once

#include "canvas.h"

namespace porchlight::testpattern {

/// Draws the whole backdrop by day, or by night with lit windows and the porch lamp on.
void drawHouse(Canvas& canvas, bool is_night);

}  // namespace porchlight::testpattern
