/// Clips: a time range of a camera's recordings served as one MP4 without copying or re-encoding.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "porchlight/time.h"
#include "store/store.h"

namespace porchlight::clip {

/// Why a clip ends.
enum class ClipStop : std::uint8_t {
    End = 1,       ///< the range, or the footage in it, ends
    FormatChange,  ///< the camera's codec, picture size or parameter sets change
    TooLong,       ///< more pictures or files than one clip may hold
};
const char* nameOf(ClipStop stop) noexcept;  ///< "end", "format_change", "too_long"

/// A finished range as a progressive MP4 (moov first, exact duration, sample tables) whose media bytes are
/// read straight from the recordings. **Owns** its file descriptors: retention may unlink the files
/// meanwhile.
/// **Thread**: thread-bound.
class Clip {
  public:
    /// Builds the sample tables from the fragments that lie in [from, to]; begins at the last keyframe not
    /// after `from`. Asks `cancel` once a fragment. Throws Error: Unavailable (no footage in the range),
    /// BadData (a recording does not parse); Cancelled.
    static std::unique_ptr<Clip> open(store::Store& store, const std::filesystem::path& recordings_dir,
                                      const std::string& camera, WallTime from, WallTime to,
                                      const base::Cancel& cancel = {});
    /// The same from rows that were read before (`store.recordings.overlapping(camera, from, to)`): needs no
    /// database meanwhile. `must_hold`: the beginning of an event, which follows its pre-roll; where the
    /// format changes before it, the clip begins at the change instead of ending there.
    static std::unique_ptr<Clip> open(const std::vector<store::RecordingRow>& rows,
                                      const std::filesystem::path& recordings_dir, WallTime from, WallTime to,
                                      const base::Cancel& cancel,
                                      std::optional<WallTime> must_hold = std::nullopt);
    virtual ~Clip() = default;

    virtual std::uint64_t sizeBytes() const noexcept = 0;
    virtual microseconds duration() const noexcept = 0;
    virtual WallTime startedAt() const noexcept = 0;  ///< of its first picture
    virtual WallTime endedAt() const noexcept = 0;    ///< of its last picture
    virtual ClipStop stop() const noexcept = 0;       ///< unless End, another clip goes on at stoppedAt()
    virtual WallTime stoppedAt() const noexcept = 0;
    virtual const std::string& etag() const noexcept = 0;

    /// Fills `out` from `offset`; returns bytes read, 0 at the end. Throws Error(Unavailable).
    virtual std::size_t read(std::uint64_t offset, std::span<std::uint8_t> out) = 0;
};

/// One of the clips that a range needs.
struct ClipPart {
    WallTime from{};
    WallTime to{};
    WallTime started_at{};  ///< of its first picture
    WallTime ended_at{};    ///< of its last
    microseconds duration{0};
    std::uint64_t size_bytes = 0;
    ClipStop begun_by = ClipStop::End;  ///< what ended the part before; End for the first
};

/// The clips that hold the range, in order; none where nothing was recorded. Reads the boxes of all its
/// fragments: some seconds for a day. Throws Error, as Clip::open does for other reasons than that there is
/// no footage; Cancelled.
std::vector<ClipPart> planClipParts(store::Store& store, const std::filesystem::path& recordings_dir,
                                    const std::string& camera, WallTime from, WallTime to,
                                    const base::Cancel& cancel = {});

/// A running event's clip: fragmented MP4 from its pre-roll on, growing until the event's clip is final.
/// **Thread**: thread-bound. Throws Error; Cancelled, asked once a fragment and file.
class ClipFollower {
  public:
    static std::unique_ptr<ClipFollower> open(const std::filesystem::path& database_file,
                                              const std::filesystem::path& recordings_dir,
                                              const std::string& event_id, base::Cancel cancel = {});
    virtual ~ClipFollower() = default;

    /// The next bytes; empty at the deadline (nothing new yet). `isAtEnd()` tells whether more can come.
    virtual std::vector<std::uint8_t> next(Deadline deadline) = 0;
    virtual bool isAtEnd() const noexcept = 0;
};

}  // namespace porchlight::clip
