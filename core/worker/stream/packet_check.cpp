#include "worker/stream/packet_check.h"

#include <algorithm>
#include <cstddef>

#include "porchlight/nal.h"

namespace porchlight::worker {
namespace {

constexpr std::size_t kMaxSets = 64;  ///< H.264 knows 32 and 256 of them, cameras send two or three

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

/// Annex B: sets may stand in front of each keyframe.
bool hasSetsInBand(const StreamFormat& format) noexcept {
    return (format.video == Codec::H264 || format.video == Codec::H265) && nal::lengthBytes(format) == 0;
}

/// Each set once: some cameras send the same twice, which makes no other format.
std::vector<nal::Bytes> setsAtHead(Codec codec, nal::Bytes data) {
    std::vector<nal::Bytes> found;
    for (nal::Walk walk(data); walk.next();) {
        const nal::Kind kind = nal::kindOf(codec, walk.rest());
        if (!isHead(kind)) break;  // slices follow: parameter sets stand before them
        if (nal::isParameterSet(kind) && !contains(found, walk.unit())) found.push_back(walk.unit());
        if (found.size() == kMaxSets) break;
    }
    return found;
}

void append(std::vector<std::uint8_t>& out, const std::vector<nal::Bytes>& sets) {
    for (const nal::Bytes set : sets) {
        out.insert(out.end(), {0, 0, 0, 1});
        out.insert(out.end(), set.begin(), set.end());
    }
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
        default:
            break;
    }
    return true;
}

std::vector<std::uint8_t> parameterSetsOf(const StreamFormat& format, const Packet& key) {
    std::vector<std::uint8_t> out;
    if (!hasSetsInBand(format)) return out;
    append(out, setsAtHead(format.video, key.data));
    return out;
}

std::vector<std::uint8_t> mergedParameterSets(const StreamFormat& format, const Packet& key) {
    if (!hasSetsInBand(format)) return format.extradata;
    const auto brought = setsAtHead(format.video, key.data);
    if (brought.empty()) return format.extradata;
    auto announced = setsAtHead(format.video, format.extradata);
    std::erase_if(announced, [&](nal::Bytes old) {
        const nal::Kind kind = nal::kindOf(format.video, old);
        return std::any_of(brought.begin(), brought.end(),
                           [&](nal::Bytes set) { return nal::kindOf(format.video, set) == kind; });
    });
    // Each kind refers to the one before it: decoders want them in order.
    announced.insert(announced.end(), brought.begin(), brought.end());
    std::stable_sort(announced.begin(), announced.end(), [&](nal::Bytes a, nal::Bytes b) {
        return nal::kindOf(format.video, a) < nal::kindOf(format.video, b);
    });
    std::vector<std::uint8_t> out;
    append(out, announced);
    return out;
}

}  // namespace porchlight::worker
