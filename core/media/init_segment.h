/// The initialisation segment of a fragmented MP4: which tracks there are and how their samples are
/// described.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "media/box.h"
#include "porchlight/media.h"

namespace porchlight::media {

enum class TrackKind : std::uint8_t { Other = 0, Video, Audio };

/// What a track fragment falls back to (box trex).
struct SampleDefaults {
    std::uint32_t description_index = 1;
    std::uint32_t duration = 0;
    std::uint32_t size_bytes = 0;
    std::uint32_t flags = 0;
    bool operator==(const SampleDefaults&) const = default;
};

struct Track {
    std::uint32_t id = 0;
    TrackKind kind = TrackKind::Other;
    Codec codec = Codec::None;
    std::uint32_t timescale = 0;    ///< ticks a second, never 0
    std::uint32_t width_16_16 = 0;  ///< of tkhd, fixed point
    std::uint32_t height_16_16 = 0;
    base::Bytes matrix;        ///< 36 bytes of tkhd (rotation)
    base::Bytes media_header;  ///< box vmhd or smhd, whole
    base::Bytes handler;       ///< box hdlr, whole
    base::Bytes description;   ///< box stsd, whole: copied verbatim into clips
    SampleDefaults defaults;
};

/// Parsed form of ftyp + moov. At most 8 tracks are accepted.
struct InitSegment {
    std::vector<Track> tracks;

    /// Position of the first video track. Throws Error(BadData) if there is none.
    std::size_t videoIndex() const;
    const Track* findTrack(std::uint32_t id) const noexcept;

    /// Samples of both can stand in one track list of one file: same tracks, time scales and descriptions.
    bool isCompatibleWith(const InitSegment& other) const noexcept;
};

/// Throws Error(BadData) for anything that is not a whole, sane initialisation segment with a video track.
InitSegment parseInit(std::span<const std::uint8_t> bytes);

}  // namespace porchlight::media
