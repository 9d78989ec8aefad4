/// AAC as MPEG-TS carries it: each frame behind a header of its own (ADTS), which MP4 has once for a track.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace porchlight::worker {

/// Sample rates that AAC has a number for, by that number.
inline constexpr std::array<int, 13> kAacRatesHz{96'000, 88'200, 64'000, 48'000, 44'100, 32'000, 24'000,
                                                 22'050, 16'000, 12'000, 11'025, 8'000,  7'350};

/// Samples of a frame.
inline constexpr int kAacFrame = 1024;

/// What the header before a frame says.
struct AdtsHeader {
    int object_type = 0;  ///< 2: AAC-LC
    int rate_hz = 0;
    int channels = 0;  ///< 0: the frame itself tells them
    int blocks = 0;    ///< of raw data; more than one is no frame that MP4 takes
    std::size_t header_bytes = 0;
    std::size_t frame_bytes = 0;  ///< with the header
};

/// Nothing where no header begins. Pure; bytes may be hostile.
std::optional<AdtsHeader> readAdts(std::span<const std::uint8_t> data) noexcept;

/// The AudioSpecificConfig of AAC-LC; empty for a rate or a number of channels that it has no code for.
std::vector<std::uint8_t> aacConfig(int rate_hz, int channels);

}  // namespace porchlight::worker
