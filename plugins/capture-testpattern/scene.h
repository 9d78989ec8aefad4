/// The moving picture of the test scene.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "canvas.h"
#include "figure.h"
#include "light.h"
#include "noise.h"
#include "porchlight/time.h"

namespace porchlight::testpattern {

struct SceneOptions {
    int width_px = 1280;
    int height_px = 720;
    std::uint64_t seed = 1;
    std::int64_t figure_every_us = 20'000'000;  ///< 0: nobody comes
    std::int64_t figure_for_us = 6'000'000;
    int noise = 4;
    Light light = Light::Day;
    std::int64_t light_period_us = 60'000'000;
};

/// Where to write a picture: planes without gaps.
struct Target {
    std::uint8_t* luma;
    std::uint8_t* u;
    std::uint8_t* v;
};

/// A visit: somebody is in the picture.
struct Visit {
    std::uint64_t number;
    double progress;  ///< 0 enters, 1 has left
};

/// Who is in the picture `time_us` after the start: visit n lasts from every * n + every / 4 for
/// `figure_for_us`. Pure.
std::optional<Visit> visitAt(const SceneOptions& options, std::int64_t time_us) noexcept;

/// Everything but the clock depends on options, frame number and time since the start alone.
///
/// **Owns** the finished backdrops and the picture without noise, of which only what changed is drawn again.
/// **Thread**: thread-bound.
class Scene {
  public:
    explicit Scene(const SceneOptions& options);

    void render(std::uint64_t frame_number, std::int64_t time_us, WallTime wall, const Target& target);

  private:
    void light(std::int64_t time_us);
    void drawFigure(std::int64_t time_us);
    void drawClock(WallTime wall);

    SceneOptions options_;
    Noise noise_;
    std::optional<Canvas> day_;
    std::optional<Canvas> night_;
    Canvas backdrop_;  ///< as lit now
    Canvas picture_;   ///< backdrop, figure and clock, without noise
    double night_share_ = -1;
    Rect figure_area_;
    std::string clock_;
};

}  // namespace porchlight::testpattern
