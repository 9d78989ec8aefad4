#include "worker/stream/packet_check.h"

#include <algorithm>
#include <cstddef>

#include "porchlight/nal.h"

namespace porchlight::worker {
namespace {

/// Looks at the first NAL unit only.
bool isAnnexB(Codec codec, nal::Bytes data) noexcept {
    const std::size_t start = nal::nextStart(data.first(std::min<std::size_t>(data.size(), 8)));
    if (start + 4 > data.size() || start > 3) return false;
    const bool is_at_begin = std::all_of(data.begin(), data.begin() + static_cast<std::ptrdiff_t>(start),
                                         [](std::uint8_t byte) { return byte == 0; });
    return is_at_begin && nal::kindOf(codec, data.subspan(start + 3)) != nal::Kind::None;
}

bool isLengthPrefixed(Codec codec, nal::Bytes data, unsigned length_bytes) noexcept {
    nal::Walk walk(data, length_bytes);
    while (walk.next())
        if (nal::kindOf(codec, walk.rest()) == nal::Kind::None) return false;
    return walk.isWhole();
}

/// What may stand before and between the parameter sets of a keyframe.
bool isHead(nal::Kind kind) noexcept {
    return nal::isParameterSet(kind) || kind == nal::Kind::Message || kind == nal::Kind::Delimiter;
}

bool contains(const std::vector<nal::Bytes>& sets, nal::Bytes set) noexcept {
    return std::any_of(sets.begin(), sets.end(), [set](nal::Bytes other) {
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
            const unsigned length_bytes = nal::lengthBytes(format);
            return length_bytes == 0 ? isAnnexB(format.video, packet.data)
                                     : isLengthPrefixed(format.video, packet.data, length_bytes);
        }
        case Codec::Aac:
        case Codec::None:
            break;
    }
    return true;
}

std::vector<std::uint8_t> parameterSetsOf(const StreamFormat& format, const Packet& key) {
    std::vector<std::uint8_t> out;
    if ((format.video != Codec::H264 && format.video != Codec::H265) || nal::lengthBytes(format) != 0)
        return out;
    std::vector<nal::Bytes> found;
    for (nal::Walk walk(key.data); walk.next();) {
        const nal::Kind kind = nal::kindOf(format.video, walk.rest());
        if (!isHead(kind)) break;  // slices follow: parameter sets stand before them
        if (!nal::isParameterSet(kind)) continue;
        const nal::Bytes set = walk.unit();
        if (contains(found, set)) continue;  // some cameras send the same sets twice: that is no other format
        found.push_back(set);
        out.insert(out.end(), {0, 0, 0, 1});
        out.insert(out.end(), set.begin(), set.end());
    }
    return out;
}

}  // namespace porchlight::worker
