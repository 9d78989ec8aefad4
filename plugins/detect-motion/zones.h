/// Zones and masks: polygons of the owner, as cells of the picture.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace porchlight::motion {

struct Point {
    float x = 0;  ///< share of the width
    float y = 0;  ///< share of the height
};

struct Zone {
    std::string name;
    std::vector<Point> polygon;

    /// Even-odd rule.
    bool contains(Point point) const noexcept;
};

inline constexpr std::size_t kMaxZones = 32;

/// Reads "name:x,y x,y x,y;name:..." with shares 0..1; empty text is no zone. Throws Error(Misconfigured)
/// naming `setting`.
std::vector<Zone> parseZones(std::string_view setting, std::string_view text);

}  // namespace porchlight::motion
