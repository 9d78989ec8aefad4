#include "scene.h"

#include <cstring>

#include "house.h"
#include "lettering.h"

namespace porchlight::testpattern {

std::optional<Visit> visitAt(const SceneOptions& options, std::int64_t time_us) noexcept {
    if (options.figure_every_us <= 0 || options.figure_for_us <= 0) return std::nullopt;
    const std::int64_t since_us = time_us - options.figure_every_us / 4;
    if (since_us < 0) return std::nullopt;
    const std::int64_t phase_us = since_us % options.figure_every_us;
    if (phase_us >= options.figure_for_us) return std::nullopt;
    return Visit{static_cast<std::uint64_t>(since_us / options.figure_every_us),
                 static_cast<double>(phase_us) / static_cast<double>(options.figure_for_us)};
}

Scene::Scene(const SceneOptions& options)
    : options_(options),
      noise_(options.seed, options.noise),
      backdrop_(options.width_px, options.height_px),
      picture_(options.width_px, options.height_px) {
    if (options.light != Light::Night) drawHouse(day_.emplace(options.width_px, options.height_px), false);
    if (options.light != Light::Day) drawHouse(night_.emplace(options.width_px, options.height_px), true);
}

void Scene::light(std::int64_t time_us) {
    const double share = nightShare(options_.light, options_.light_period_us, time_us);
    if (share == night_share_) return;
    night_share_ = share;
    const Rect everything{0, 0, options_.width_px, options_.height_px};
    if (share <= 0)
        backdrop_.copyFrom(*day_, everything);
    else if (share >= 1)
        backdrop_.copyFrom(*night_, everything);
    else
        backdrop_.blend(*day_, *night_, share);
    picture_.copyFrom(backdrop_, everything);
    clock_.clear();
}

void Scene::drawFigure(std::int64_t time_us) {
    picture_.copyFrom(backdrop_, figure_area_);
    figure_area_ = {};
    const std::optional<Visit> visit = visitAt(options_, time_us);
    if (!visit) return;
    const Visitor visitor = Visitor::ofVisit(options_.seed, visit->number);
    const double height = 0.36 * options_.height_px * visitor.height;
    const double way = visit->progress * (options_.width_px + height);
    const double x = way - height / 2;
    const Point feet{visitor.goes_left ? options_.width_px - x : x, 0.945 * options_.height_px};
    figure_area_ = drawVisitor(picture_, visitor, feet, height, way, night_share_);
}

void Scene::drawClock(WallTime wall) {
    const std::string text = clockText(wall);
    if (text == clock_) return;
    clock_ = text;
    const int dot_px = std::max(1, std::min(options_.width_px / 400, options_.height_px / 220));
    picture_.copyFrom(backdrop_, textArea(text.size(), dot_px));
    drawText(picture_, text, dot_px);
}

void Scene::render(std::uint64_t frame_number, std::int64_t time_us, WallTime wall, const Target& target) {
    light(time_us);
    drawFigure(time_us);
    drawClock(wall);
    noise_.apply(target.luma, picture_.luma(), options_.width_px, options_.height_px, frame_number);
    const std::size_t quarter = static_cast<std::size_t>(options_.width_px) * options_.height_px / 4;
    std::memcpy(target.u, picture_.u(), quarter);
    std::memcpy(target.v, picture_.v(), quarter);
}

}  // namespace porchlight::testpattern
