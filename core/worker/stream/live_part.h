/// One picture as a piece of a fragmented MP4, for who watches: nothing waits for the rest of its fragment.
#pragma once

#include "base/bytes.h"
#include "worker/stream/mp4_muxer.h"

namespace porchlight::worker {

/// moof and mdat of one H.264 or H.265 picture, with the bytes and times that Mp4Muxer gives it: track 1,
/// 1/90000 s. `format` is that of its epoch. Pure. Throws Error(BadData).
base::Bytes makeLivePart(const StreamFormat& format, const PlacedPacket& placed, std::int64_t lasts_us);

}  // namespace porchlight::worker
