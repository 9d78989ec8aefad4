/// A person who walks through the picture.
#pragma once

#include <cstdint>

#include "canvas.h"

namespace porchlight::testpattern {

/// How one visitor looks and goes. Pure data, made from the seed and the number of the visit.
struct Visitor {
    Colour coat;
    Colour trousers;
    Colour skin;
    Colour hair;
    bool goes_left = false;
    bool has_bag = false;
    double height = 1;  ///< share of the usual height

    static Visitor ofVisit(std::uint64_t seed, std::uint64_t visit) noexcept;
};

/// Draws the visitor with the feet at `feet`, `height_px` tall; `way_px` gone so far moves the legs. `night`:
/// 0 to 1. Returns what was drawn on.
Rect drawVisitor(Canvas& canvas, const Visitor& visitor, Point feet, double height_px, double way_px,
                 double night);

}  // namespace porchlight::testpattern
