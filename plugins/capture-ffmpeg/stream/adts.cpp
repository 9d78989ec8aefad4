#include "adts.h"

namespace porchlight::ffmpeg {
namespace {

constexpr std::array<int, 13> kRatesHz{96'000, 88'200, 64'000, 48'000, 44'100, 32'000, 24'000,
                                       22'050, 16'000, 12'000, 11'025, 8'000,  7'350};
constexpr std::size_t kHeadBytes = 7;
constexpr std::size_t kChecksumBytes = 2;

}  // namespace

std::optional<AdtsHead> adtsHead(std::span<const std::uint8_t> packet) noexcept {
    if (packet.size() <= kHeadBytes) return std::nullopt;
    const bool is_adts = packet[0] == 0xFF && (packet[1] & 0xF6U) == 0xF0U;  // the layer is always 0
    const unsigned object_type = (packet[2] >> 6U) + 1U;
    const unsigned rate = (packet[2] >> 2U) & 0xFU;
    const unsigned channels = ((packet[2] & 1U) << 2U) | (packet[3] >> 6U);
    const bool has_more_frames = (packet[6] & 3U) != 0;
    if (!is_adts || rate >= kRatesHz.size() || channels == 0 || has_more_frames) return std::nullopt;
    AdtsHead head;
    head.size_bytes = kHeadBytes + ((packet[1] & 1U) == 0 ? kChecksumBytes : 0);
    head.sample_rate_hz = kRatesHz[rate];
    head.channels = channels == 7 ? 8 : static_cast<int>(channels);
    head.config = {static_cast<std::uint8_t>((object_type << 3U) | (rate >> 1U)),
                   static_cast<std::uint8_t>(((rate & 1U) << 7U) | (channels << 3U))};
    if (packet.size() <= head.size_bytes) return std::nullopt;
    return head;
}

}  // namespace porchlight::ffmpeg
