#include "worker/sound/adts.h"

#include <algorithm>

namespace porchlight::worker {
namespace {

constexpr std::size_t kAdtsLeastBytes = 7;
constexpr int kAacLc = 2;

/// By channel_configuration.
constexpr std::array<int, 8> kAacChannels{0, 1, 2, 3, 4, 5, 6, 8};

}  // namespace

std::optional<AdtsHeader> readAdts(std::span<const std::uint8_t> data) noexcept {
    if (data.size() < kAdtsLeastBytes || data[0] != 0xff || (data[1] & 0xf6U) != 0xf0) return std::nullopt;
    const unsigned rate_index = data[2] >> 2U & 0xfU;
    if (rate_index >= kAacRatesHz.size()) return std::nullopt;
    AdtsHeader header;
    header.object_type = (data[2] >> 6U) + 1;
    header.rate_hz = kAacRatesHz[rate_index];
    header.channels = kAacChannels[(data[2] & 1U) << 2U | data[3] >> 6U];
    header.blocks = (data[6] & 3U) + 1;
    header.header_bytes = (data[1] & 1U) != 0 ? kAdtsLeastBytes : kAdtsLeastBytes + 2;  // with a checksum
    header.frame_bytes = (data[3] & 3U) << 11U | data[4] << 3U | data[5] >> 5U;
    if (header.frame_bytes <= header.header_bytes) return std::nullopt;
    return header;
}

std::vector<std::uint8_t> aacConfig(int rate_hz, int channels) {
    const auto* rate = std::find(kAacRatesHz.begin(), kAacRatesHz.end(), rate_hz);
    const auto* layout = std::find(kAacChannels.begin() + 1, kAacChannels.end(), channels);
    if (rate == kAacRatesHz.end() || layout == kAacChannels.end()) return {};
    const auto rate_index = static_cast<unsigned>(rate - kAacRatesHz.begin());
    const auto layout_index = static_cast<unsigned>(layout - kAacChannels.begin());
    return {static_cast<std::uint8_t>(kAacLc << 3U | rate_index >> 1U),
            static_cast<std::uint8_t>((rate_index & 1U) << 7U | layout_index << 3U)};
}

}  // namespace porchlight::worker
