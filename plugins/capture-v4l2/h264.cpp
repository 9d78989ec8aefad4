#include "h264.h"

#include "porchlight/nal.h"

namespace porchlight::v4l2 {

H264Unit inspectH264(std::span<const std::uint8_t> bytes) noexcept {
    H264Unit unit;
    bool has_sps = false;
    bool has_pps = false;
    for (nal::Walk walk(bytes); !unit.has_picture && walk.next();) {
        const nal::Kind kind = nal::kindOf(Codec::H264, walk.rest());
        has_sps = has_sps || kind == nal::Kind::Sps;
        has_pps = has_pps || kind == nal::Kind::Pps;
        unit.has_picture = nal::isSlice(kind);
        unit.is_key = kind == nal::Kind::KeySlice;  // all slices of a picture are of one kind
    }
    unit.has_parameters = has_sps && has_pps;
    return unit;
}

}  // namespace porchlight::v4l2
