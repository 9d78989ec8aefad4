/// What a packet of RTP says of itself, beside what libav tells of it.
#pragma once

#include <cstdint>
#include <span>

namespace porchlight::ffmpeg {

/// Whether it is RTCP: reports, not media (RFC 5761). Pure.
inline bool isReport(std::span<const std::uint8_t> packet) noexcept {
    return packet.size() >= 2 && packet[1] >= 192 && packet[1] <= 223;
}

}  // namespace porchlight::ffmpeg
