/// Pieces of a fragmented MP4 for a browser that watches: one track, one moof and mdat, of one picture or of
/// a few.
#pragma once

#include <span>
#include <vector>

#include "media/init_segment.h"
#include "media/movie_fragment.h"

namespace porchlight::media {

/// A picture on its way into a part.
struct PartSample {
    std::span<const std::uint8_t> bytes;
    std::uint32_t duration = 0;           ///< ticks
    std::int32_t composition_offset = 0;  ///< presentation time minus decode time, ticks
    bool is_key = false;
};

/// The samples follow each other from `decode_time` on. Pure. Throws Error(BadData) for more than 4 GiB.
base::Bytes writePart(std::uint32_t track_id, std::uint32_t sequence, std::uint64_t decode_time,
                      std::span<const PartSample> samples);

/// The initialisation segment with its first video track alone: what is not there need not be waited for.
/// Throws Error(BadData).
base::Bytes picturesOfInit(std::span<const std::uint8_t> init_bytes);

/// The pictures of a fragment alone. Throws Error(BadData) when it has none.
base::Bytes picturesOfFragment(std::span<const std::uint8_t> fragment, const InitSegment& init);

}  // namespace porchlight::media
