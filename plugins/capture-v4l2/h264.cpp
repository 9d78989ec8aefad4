#include "h264.h"

namespace porchlight::v4l2 {

H264Unit inspectH264(std::span<const std::uint8_t> bytes) noexcept {
    H264Unit unit;
    bool has_sps = false;
    bool has_pps = false;
    for (std::size_t i = 0; i + 3 < bytes.size(); ++i) {
        if (bytes[i] != 0 || bytes[i + 1] != 0 || bytes[i + 2] != 1) continue;
        const int type = bytes[i + 3] & 0x1f;
        if (type == 7) has_sps = true;
        if (type == 8) has_pps = true;
        if (type == 1 || type == 5) {
            unit.has_picture = true;
            unit.is_key = type == 5;
            break;  // all slices of a picture are of one kind
        }
        i += 3;
    }
    unit.has_parameters = has_sps && has_pps;
    return unit;
}

}  // namespace porchlight::v4l2
