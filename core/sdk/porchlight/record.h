/// The interface of a record plugin: fragments in, durable recordings out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <vector>

#include "porchlight/media.h"
#include "porchlight/settings.h"

namespace porchlight {

/// The initialisation segment of a stream (ftyp + moov without samples). Immutable, shared.
struct StreamInit {
    std::uint64_t epoch = 0;  ///< changes whenever the stream's format or time line changes
    Codec video = Codec::None;
    int width_px = 0;
    int height_px = 0;
    bool has_audio = false;
    std::vector<std::uint8_t> bytes;
};

/// Encoded media, one moof + mdat pair (ISO/IEC 14496-12): 0.9 s at most, but where its last picture lasts
/// longer (a camera that pauses, or is slow). Immutable, shared between the pre-roll ring and recordings.
/// Decode times inside count from the start of its epoch.
struct Fragment {
    std::shared_ptr<const StreamInit> init;
    std::uint64_t sequence = 0;  ///< rises by one within an epoch; a hole is a drop
    WallTime started_at{};       ///< wall time of its first picture
    microseconds duration{0};
    bool starts_with_key = false;
    std::vector<std::uint8_t> bytes;
};

/// One recording being written. Thread-bound (recorder). Every function blocks on the disk only.
class PORCHLIGHT_EXPORT Recording {
  public:
    Recording() = default;
    Recording(const Recording&) = delete;
    Recording& operator=(const Recording&) = delete;

    /// Closes without finishing: what was appended stays playable.
    virtual ~Recording() = default;

    /// Appends one fragment of the same epoch. A short write is cut back to the last whole fragment, then
    /// Error(Exhausted) for a full disk, Error(Unavailable) for an I/O error.
    virtual void append(const Fragment& fragment) = 0;

    /// Makes everything appended so far survive a power cut. Throws Error(Unavailable).
    virtual void sync() = 0;

    /// Bytes of whole fragments written, the initialisation segment included.
    virtual std::uint64_t sizeBytes() const noexcept = 0;
};

/// Makes recordings. Thread-bound (recorder).
class PORCHLIGHT_EXPORT RecordSink {
  public:
    RecordSink() = default;
    RecordSink(const RecordSink&) = delete;
    RecordSink& operator=(const RecordSink&) = delete;
    virtual ~RecordSink() = default;

    virtual void configure(const Settings& settings) = 0;

    /// Creates the file (never overwrites one) with the initialisation segment and syncs file and folder.
    /// Throws Error: Exhausted (disk full), Unavailable (I/O), Misconfigured (permission).
    virtual std::unique_ptr<Recording> begin(const std::filesystem::path& file, const StreamInit& init) = 0;
};

}  // namespace porchlight
