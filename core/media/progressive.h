/// Builds a progressive MP4 around media bytes that stay where they are: ftyp, moov with sample tables, and
/// the mdat's header; the media follow as pieces of the recordings they were written to.
///
/// Track times: decode times are made relative to the first picture's presentation, so that the clip begins
/// at 0; an edit list takes away the composition offset of B-frames, or puts an audio track later where it
/// starts later.
#pragma once

#include <cstdint>
#include <vector>

#include "media/movie_fragment.h"

namespace porchlight::media {

/// Media bytes of one fragment (its mdat's payload).
struct Piece {
    std::size_t source = 0;    ///< which file, the caller's numbering
    std::uint64_t offset = 0;  ///< given to add(): of the moof; in the result: of the media bytes
    std::uint64_t size_bytes = 0;
};

struct Progressive {
    base::Bytes header;            ///< everything before the media bytes
    std::vector<Piece> pieces;     ///< follow the header in this order
    std::uint64_t size_bytes = 0;  ///< header and pieces
    microseconds duration{0};      ///< of the video track, exact to a tick
};

/// The samples of one track of a clip.
struct TrackTable {
    struct Entry {
        std::int64_t decode_time;    ///< ticks
        std::uint64_t media_offset;  ///< from the clip's first media byte
        std::uint32_t size_bytes;
        std::int32_t composition_offset;  ///< ticks
        bool is_key;
        bool starts_chunk;
    };
    std::vector<Entry> samples;
    std::int64_t end = 0;           ///< decode time after the last sample, ticks
    std::int64_t starts_after = 0;  ///< edit list: ticks of nothing before the track begins
    std::int64_t media_time = 0;    ///< edit list: ticks skipped at the track's start

    std::int64_t duration() const noexcept { return samples.empty() ? 0 : end - samples.front().decode_time; }
};

/// Appends box stbl for one track (description verbatim, chunk offsets from `media_base`).
void writeSampleTable(BoxWriter& out, const Track& track, const TrackTable& table, std::uint64_t media_base);

/// Collects fragments in order, then writes the file around them. Not reusable. Throws Error(BadData).
class ProgressiveBuilder {
  public:
    explicit ProgressiveBuilder(const InitSegment& init);

    /// Appends a fragment whose moof lies at `piece.offset` of `piece.source`. `shift_us` moves its time line
    /// (a later file's starts elsewhere). False when the table of samples is full: the clip ends before it.
    bool add(const MovieFragment& fragment, const Piece& piece, std::int64_t shift_us);

    bool isEmpty() const noexcept { return tracks_[video_].samples.empty(); }

    /// Throws Error(BadData) when no picture was added.
    Progressive finish();

  private:
    void addTrack(const TrackFragment& fragment, std::int64_t shift_us, const MovieFragment& whole);
    void alignVideo();
    void alignAudio(std::size_t index);
    base::Bytes writeHeader(std::uint64_t media_base) const;

    InitSegment init_;
    std::size_t video_;
    std::vector<TrackTable> tracks_;
    std::vector<Piece> pieces_;
    std::uint64_t media_bytes_ = 0;
    std::size_t sample_count_ = 0;
    std::int64_t zero_us_ = 0;  ///< what becomes the clip's time 0
};

}  // namespace porchlight::media
