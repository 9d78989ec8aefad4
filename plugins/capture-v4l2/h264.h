/// Just enough of H.264 to find keyframes. Pure.
#pragma once

#include <cstdint>
#include <span>

namespace porchlight::v4l2 {

/// What an access unit with start codes (Annex B) holds.
struct H264Unit {
    bool has_picture = false;     ///< a slice
    bool is_key = false;          ///< an IDR slice
    bool has_parameters = false;  ///< SPS and PPS
};

/// Source: ITU-T H.264 annex B and table 7-1. An AVC length-prefixed unit reads as empty.
H264Unit inspectH264(std::span<const std::uint8_t> bytes) noexcept;

}  // namespace porchlight::v4l2
