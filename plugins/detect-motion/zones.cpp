#include "zones.h"

#include <charconv>

#include "porchlight/error.h"

namespace porchlight::motion {
namespace {

[[noreturn]] void refuse(std::string_view setting, std::string_view part, const char* why) {
    throw Error(ErrorKind::Misconfigured,
                "setting " + std::string(setting) + ": '" + std::string(part) + "': " + why);
}

/// The text before the first `separator`, which is removed from `rest` with it.
std::string_view cut(std::string_view& rest, char separator) noexcept {
    const std::size_t end = rest.find(separator);
    const std::string_view part = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    return part;
}

float parseShare(std::string_view setting, std::string_view text) {
    float value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (result.ec != std::errc() || result.ptr != text.data() + text.size())
        refuse(setting, text, "not a number");
    if (!(value >= 0 && value <= 1)) refuse(setting, text, "coordinates are shares of the picture, 0 to 1");
    return value;
}

Zone parseZone(std::string_view setting, std::string_view text) {
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0) refuse(setting, text, "a zone reads name:x,y x,y x,y");
    Zone zone;
    zone.name = std::string(text.substr(0, colon));
    std::string_view points = text.substr(colon + 1);
    while (!points.empty()) {
        std::string_view point = cut(points, ' ');
        if (point.empty()) continue;
        const std::string_view x = cut(point, ',');
        zone.polygon.push_back({parseShare(setting, x), parseShare(setting, point)});
    }
    if (zone.polygon.size() < 3) refuse(setting, text, "a polygon needs three corners or more");
    return zone;
}

}  // namespace

bool Zone::contains(Point point) const noexcept {
    bool is_inside = false;
    for (std::size_t i = 0, j = polygon.size() - 1; i < polygon.size(); j = i++) {
        const Point& a = polygon[i];
        const Point& b = polygon[j];
        if ((a.y > point.y) == (b.y > point.y)) continue;
        if (point.x < (b.x - a.x) * (point.y - a.y) / (b.y - a.y) + a.x) is_inside = !is_inside;
    }
    return is_inside;
}

std::vector<Zone> parseZones(std::string_view setting, std::string_view text) {
    std::vector<Zone> zones;
    while (!text.empty()) {
        const std::string_view part = cut(text, ';');
        if (part.empty()) continue;
        zones.push_back(parseZone(setting, part));
    }
    if (zones.size() > kMaxZones) refuse(setting, text, "more than 32 polygons");
    return zones;
}

}  // namespace porchlight::motion
