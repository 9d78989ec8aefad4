/// The few facts a stream's parameter sets tell, so that an RTSP camera can be shown without analysing it
/// first.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "porchlight/media.h"

namespace porchlight::ffmpeg {

struct PictureFacts {
    int width_px = 0;
    int height_px = 0;
    bool may_reorder = false;    ///< pictures may be stored in another order than shown
    bool is_order_told = false;  ///< that was said, one way or the other
    double rate_hz = 0;          ///< 0: not said
};

/// From the sequence parameter set in Annex B data (H264, H265) or the frame header of a JPEG (Mjpeg).
/// Nothing when there is none or it does not parse. Pure; bytes may be hostile.
std::optional<PictureFacts> pictureFacts(Codec codec, std::span<const std::uint8_t> data);

/// The parameter sets in Annex B data with their start codes, each once, as extradata; empty when there are
/// none. Pure.
std::vector<std::uint8_t> parameterSetsIn(Codec codec, std::span<const std::uint8_t> data);

}  // namespace porchlight::ffmpeg
