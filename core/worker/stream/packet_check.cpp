#include "worker/stream/packet_check.h"

#include <algorithm>
#include <span>

namespace porchlight::worker {
namespace {

using Bytes = std::span<const std::uint8_t>;

bool isNalHeader(Codec codec, Bytes unit) noexcept {
    if (unit.empty() || (unit[0] & 0x80U) != 0) return false;  // forbidden_zero_bit
    if (codec == Codec::H264) return (unit[0] & 0x1fU) >= 1 && (unit[0] & 0x1fU) <= 23;
    // nuh_temporal_id_plus1 is never 0.
    return unit.size() >= 2 && (unit[1] & 0x07U) != 0;
}

bool isParameterSet(Codec codec, Bytes unit) noexcept {
    if (codec == Codec::H264) return (unit[0] & 0x1fU) == 7 || (unit[0] & 0x1fU) == 8;
    const unsigned type = (unit[0] >> 1U) & 0x3fU;
    return type >= 32 && type <= 34;
}

bool isDelimiterOrMessage(Codec codec, Bytes unit) noexcept {
    if (codec == Codec::H264) return (unit[0] & 0x1fU) == 6 || (unit[0] & 0x1fU) == 9;
    const unsigned type = (unit[0] >> 1U) & 0x3fU;
    return type == 35 || type == 39;
}

/// Position of the next 00 00 01 at or after `from`; data.size() when there is none.
std::size_t nextStart(Bytes data, std::size_t from) noexcept {
    for (std::size_t i = from; i + 3 <= data.size(); ++i)
        if (data[i] == 0 && data[i + 1] == 0 && data[i + 2] == 1) return i;
    return data.size();
}

/// Looks at the first NAL units only: a keyframe of a megabyte is not searched for start codes.
bool isAnnexB(Codec codec, Bytes data) noexcept {
    const std::size_t start = nextStart(data.first(std::min<std::size_t>(data.size(), 8)), 0);
    if (start + 4 > data.size() || start > 3) return false;
    for (std::size_t i = 0; i < start; ++i)
        if (data[i] != 0) return false;
    return isNalHeader(codec, data.subspan(start + 3));
}

/// Bytes of a length field, or 0 for Annex B.
unsigned lengthBytes(const StreamFormat& format) noexcept {
    const auto& extra = format.extradata;
    if (extra.empty() || extra[0] != 1) return 0;
    if (format.video == Codec::H264) return extra.size() >= 7 ? (extra[4] & 3U) + 1 : 0;
    return extra.size() >= 23 ? (extra[21] & 3U) + 1 : 0;
}

bool isLengthPrefixed(Codec codec, Bytes data, unsigned prefix) noexcept {
    while (!data.empty()) {
        if (data.size() <= prefix) return false;
        std::size_t length = 0;
        for (unsigned i = 0; i < prefix; ++i) length = (length << 8U) | data[i];
        if (length == 0 || length > data.size() - prefix || !isNalHeader(codec, data.subspan(prefix)))
            return false;
        data = data.subspan(prefix + length);
    }
    return true;
}

bool contains(const std::vector<Bytes>& sets, Bytes set) noexcept {
    return std::any_of(sets.begin(), sets.end(), [set](Bytes other) {
        return std::equal(other.begin(), other.end(), set.begin(), set.end());
    });
}

}  // namespace

bool hasFormOf(const StreamFormat& format, const Packet& packet) noexcept {
    if (packet.track != Track::Video) return true;
    switch (format.video) {
        case Codec::Mjpeg:
            return packet.data.size() > 4 && packet.data[0] == 0xff && packet.data[1] == 0xd8;
        case Codec::H264:
        case Codec::H265: {
            const unsigned prefix = lengthBytes(format);
            return prefix == 0 ? isAnnexB(format.video, packet.data)
                               : isLengthPrefixed(format.video, packet.data, prefix);
        }
        case Codec::Aac:
        case Codec::None:
            break;
    }
    return true;
}

std::vector<std::uint8_t> parameterSetsOf(const StreamFormat& format, const Packet& key) {
    std::vector<std::uint8_t> out;
    if ((format.video != Codec::H264 && format.video != Codec::H265) || lengthBytes(format) != 0) return out;
    const Bytes data = key.data;
    std::vector<Bytes> found;
    for (std::size_t start = nextStart(data, 0); start + 4 < data.size();) {
        const Bytes head = data.subspan(start + 3);
        const bool is_set = isParameterSet(format.video, head);
        if (!is_set && !isDelimiterOrMessage(format.video, head))
            break;  // slices follow: parameter sets stand before them
        const std::size_t next = nextStart(data, start + 3);
        std::size_t end = next;
        while (end > start + 4 && next < data.size() && data[end - 1] == 0)
            --end;  // the next start code may have four bytes
        // Some cameras send the same sets twice: that is no other format.
        if (const Bytes set = data.subspan(start + 3, end - start - 3); is_set && !contains(found, set)) {
            found.push_back(set);
            out.insert(out.end(), {0, 0, 0, 1});
            out.insert(out.end(), set.begin(), set.end());
        }
        start = next;
    }
    return out;
}

}  // namespace porchlight::worker
