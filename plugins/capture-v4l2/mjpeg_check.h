/// Judges one MJPEG frame of a camera before anybody decodes it. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace porchlight::v4l2 {

struct JpegVerdict {
    const char* fault = nullptr;  ///< what is wrong with it; null: good
    std::size_t size_bytes = 0;   ///< up to and with the end marker; padding behind it is not counted
    std::size_t insert_at = 0;    ///< where the standard Huffman tables belong; 0: it has its own
    int width_px = 0;             ///< as its frame header says
    int height_px = 0;
};

/// Start marker, segment lengths, frame header of the negotiated size (0: any), scan, end marker with at most
/// zeros and a few stray bytes behind it. The entropy-coded data is not looked at. Source: ITU-T T.81 annex
/// B.
JpegVerdict judgeJpeg(std::span<const std::uint8_t> bytes, int width_px, int height_px) noexcept;

/// The frame without padding and with Huffman tables: what decoders and browsers understand.
std::vector<std::uint8_t> completedJpeg(std::span<const std::uint8_t> bytes, const JpegVerdict& verdict);

}  // namespace porchlight::v4l2
