/// Day and night: how colours change, and when.
#pragma once

#include <cstdint>

#include "canvas.h"

namespace porchlight::testpattern {

enum class Light : std::uint8_t { Day = 1, Night, Switching };

/// The colour as it looks without the sun; `share` 0 by day, 1 by night.
inline Colour atNight(const Colour& colour, double share) noexcept {
    const Colour dark{16 + (colour.y - 16) * 0.30, 128 + (colour.u - 128) * 0.45 + 9,
                      128 + (colour.v - 128) * 0.45 - 3};
    return colour.mixed(dark, share);
}

/// How much night there is `time_us` after the start, in steps of 1/8. Switching: the first half of each
/// period is day, the second night, with half a second of change.
inline double nightShare(Light light, std::int64_t period_us, std::int64_t time_us) noexcept {
    if (light != Light::Switching || period_us <= 0) return light == Light::Night ? 1 : 0;
    constexpr std::int64_t kChangeUs = 500'000;
    const std::int64_t phase_us = time_us % period_us;
    const bool is_night = phase_us >= period_us / 2;
    const std::int64_t since_us = is_night ? phase_us - period_us / 2 : phase_us;
    const bool is_first_day = time_us < period_us / 2;
    const std::int64_t step = is_first_day ? 8 : std::min<std::int64_t>(8, since_us * 8 / kChangeUs);
    return static_cast<double>(is_night ? step : 8 - step) / 8;
}

}  // namespace porchlight::testpattern
