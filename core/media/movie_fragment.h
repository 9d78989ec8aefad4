/// One fragment (moof + mdat): its samples, and the changes a growing clip needs.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "media/init_segment.h"

namespace porchlight::media {

struct Sample {
    std::uint64_t offset = 0;  ///< of its bytes, from the start of the moof
    std::uint32_t size_bytes = 0;
    std::uint32_t duration = 0;           ///< ticks of its track
    std::int32_t composition_offset = 0;  ///< presentation time minus decode time, ticks
    bool is_key = false;
};

/// Samples of one track in decode order.
struct TrackFragment {
    std::size_t track_index = 0;    ///< into InitSegment::tracks
    std::uint64_t decode_time = 0;  ///< of the first sample, ticks (tfdt)
    std::uint64_t duration = 0;     ///< sum of the samples' durations, ticks
    std::vector<Sample> samples;
};

struct MovieFragment {
    std::uint64_t size_bytes = 0;    ///< moof and mdat
    std::uint64_t media_offset = 0;  ///< of the mdat's payload, from the start of the moof
    std::uint64_t media_size_bytes = 0;
    std::vector<TrackFragment> tracks;  ///< one entry a traf that has samples

    /// The samples of that track; null when the fragment has none.
    const TrackFragment* findTrack(std::size_t track_index) const noexcept;
};

/// Parses a whole moof box that is followed by an mdat box with that header. Handles the defaults of trex and
/// tfhd, versions 0 and 1 of tfdt and trun, and default-base-is-moof (absolute base offsets are refused).
/// Every sample must lie inside the mdat. Throws Error(BadData).
MovieFragment parseMovieFragment(std::span<const std::uint8_t> moof, const BoxHeader& mdat,
                                 const InitSegment& init);

/// The same for a fragment that is in memory whole, as it comes from a worker.
MovieFragment parseFragment(std::span<const std::uint8_t> fragment, const InitSegment& init);

/// Whether `next` can go on from footage of its track that ended at `end_time`: it lasts an hour at most and
/// begins within a day of it. Decode times are untrusted: whoever believes a jump of centuries says that they
/// were recorded.
bool canFollow(const TrackFragment& next, std::uint64_t end_time, std::uint32_t timescale) noexcept;

/// Gives a whole fragment another sequence number and moves the decode time of each track by
/// `shift_ticks[track_index]` (clamped at 0). Throws Error(BadData).
void rewriteFragment(std::span<std::uint8_t> fragment, const InitSegment& init, std::uint32_t sequence,
                     std::span<const std::int64_t> shift_ticks);

}  // namespace porchlight::media
