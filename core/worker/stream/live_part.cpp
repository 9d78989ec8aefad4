#include "worker/stream/live_part.h"

#include "media/live_part.h"
#include "porchlight/nal.h"

namespace porchlight::worker {
namespace {

constexpr std::uint32_t kVideoTrack = 1;

/// As libav rounds: to the nearest.
std::int64_t ticksOf(std::int64_t us) noexcept {
    return (us * 9 + (us < 0 ? -50 : 50)) / 100;
}

/// MP4 has lengths where cameras send start codes.
base::Bytes withLengths(nal::Bytes data) {
    base::Bytes out;
    out.reserve(data.size() + 64);
    for (nal::Walk walk(data); walk.next();) {
        const nal::Bytes unit = walk.unit();
        const auto size = static_cast<std::uint32_t>(unit.size());
        for (const unsigned shift : {24U, 16U, 8U, 0U})
            out.push_back(static_cast<std::uint8_t>(size >> shift));
        out.insert(out.end(), unit.begin(), unit.end());
    }
    return out;
}

}  // namespace

base::Bytes makeLivePart(const StreamFormat& format, const PlacedPacket& placed, std::int64_t lasts_us) {
    const Packet& packet = placed.packet;
    const std::int64_t decode_time = ticksOf(placed.dts_us);
    base::Bytes measured;
    if (nal::lengthBytes(format) == 0) measured = withLengths(packet.data);
    const media::PartSample sample{
        measured.empty() ? packet.data : std::span<const std::uint8_t>(measured),
        static_cast<std::uint32_t>(ticksOf(std::max<std::int64_t>(lasts_us, 1'000))),
        static_cast<std::int32_t>(ticksOf(placed.pts_us) - decode_time), packet.is_key};
    return media::writePart(kVideoTrack, 1, static_cast<std::uint64_t>(decode_time), {&sample, 1});
}

}  // namespace porchlight::worker
