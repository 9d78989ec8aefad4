/// AAC as MPEG-TS carries it: a head (ADTS, ISO/IEC 13818-7) before each frame, which no MP4 takes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace porchlight::ffmpeg {

/// Plain data.
struct AdtsHead {
    std::size_t size_bytes = 0;  ///< of the head; the frame follows
    int sample_rate_hz = 0;
    int channels = 0;
    std::array<std::uint8_t, 2> config{};  ///< AudioSpecificConfig: the same, as an MP4 tells it once
};

/// Nothing where there is none, where several frames share one head, or where rate or channels stand
/// elsewhere. Pure.
std::optional<AdtsHead> adtsHead(std::span<const std::uint8_t> packet) noexcept;

}  // namespace porchlight::ffmpeg
