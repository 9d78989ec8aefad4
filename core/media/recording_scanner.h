/// Walks a recording (initialisation segment, then moof + mdat pairs) from its start to its last whole
/// fragment.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>

#include "media/movie_fragment.h"

namespace porchlight::media {

/// Reads up to out.size() bytes at an offset; fewer only at the end of the file. May throw
/// Error(Unavailable).
using ReadAt = std::function<std::size_t(std::uint64_t offset, std::span<std::uint8_t> out)>;

/// Reads from an open file with pread; the descriptor stays the caller's. Throws Error(Unavailable).
ReadAt readerOf(int fd);
/// Reads from memory, which must outlive the reader.
ReadAt readerOf(std::span<const std::uint8_t> bytes);

struct ScannedFragment {
    std::uint64_t offset = 0;  ///< of its moof in the file
    MovieFragment fragment;
};

/// Works on files that still grow: `next` returns nothing at a torn tail and goes on when asked again later.
/// Reads only boxes other than mdat. **Thread**: thread-bound. Throws Error(BadData).
class RecordingScanner {
  public:
    explicit RecordingScanner(ReadAt read) : read_(std::move(read)) {}

    /// The initialisation segment's bytes. Throws Error(BadData) when it is not whole. Called first, by
    /// next() too.
    const base::Bytes& initBytes();
    const InitSegment& init();

    /// The next whole fragment. Throws Error(BadData) for bytes that are no fragment, or for one that lies
    /// about its time.
    std::optional<ScannedFragment> next();

    /// End of the last whole fragment seen: a torn tail begins here.
    std::uint64_t wholeEnd() const noexcept { return at_; }

  private:
    std::optional<BoxHeader> headerAt(std::uint64_t offset);
    bool reaches(std::uint64_t end);

    ReadAt read_;
    base::Bytes init_bytes_;
    std::optional<InitSegment> init_;
    std::uint64_t at_ = 0;
    std::optional<std::uint64_t> video_end_;  ///< decode time, ticks
};

/// Where the last whole fragment ends, and what is known of the media until there.
struct RecordingSummary {
    InitSegment init;
    std::uint64_t whole_bytes = 0;
    std::size_t fragments = 0;
    std::uint64_t video_start = 0;   ///< decode time of the first picture, ticks
    std::uint64_t video_end = 0;     ///< of the end of the last one
    bool has_video = false;          ///< a picture was seen: the two above are set
    microseconds video_duration{0};  ///< from the first to the end of the last picture, by decode time
};

/// Scans to the end or to the first thing that is no whole fragment. Throws Error(BadData) without a whole
/// init segment.
RecordingSummary summarize(RecordingScanner& scanner);

/// The same a fragment at a time: adds the next whole one to `summary`, the first time also the init segment.
/// False when there is none. Throws as above.
bool summarizeNext(RecordingScanner& scanner, RecordingSummary& summary);

/// Ticks to microseconds, rounded to the nearest; what is beyond becomes the nearest end.
std::int64_t ticksToUs(std::int64_t ticks, std::uint32_t timescale) noexcept;
std::int64_t usToTicks(std::int64_t us, std::uint32_t timescale) noexcept;

}  // namespace porchlight::media
