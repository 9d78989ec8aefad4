/// One recording while it is written: the plugin's file, its row, and where its footage lies in wall time.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "disk/leftovers.h"
#include "disk/places.h"
#include "media/init_segment.h"
#include "media/movie_fragment.h"
#include "porchlight/record.h"
#include "record/footage/fragment_ring.h"
#include "record/footage/late_rows.h"
#include "store/store.h"

namespace porchlight::record {

/// Where a fragment lies in wall time, by its recording's clock: start of the file plus decode time. All
/// later readers of the file compute the same from the file alone.
struct Footage {
    WallTime start{};
    WallTime end{};
    bool starts_with_key = false;
    bool starts_file = false;
    std::vector<std::pair<WallTime, WallTime>> pauses;  ///< no picture came: the one before was made to last
};

/// What is known of the clock that stamps a recording.
struct Stamp {
    std::string clock_state = "trusted";
    std::optional<store::ClockDoubtRow> doubt;  ///< of its start, when that is untrusted
};

/// **Owns** the plugin's Recording. **Thread**: thread-bound (recorder). Throws what RecordSink throws; after
/// that only close() and abandon() may be called. A database that takes no rows is no failure of the
/// recording: the row is tried again with each sync, and given to LateRows at the end.
class OpenRecording {
  public:
    /// Creates the file for a stream whose first fragment (a keyframe one) is `first`; appends nothing yet.
    OpenRecording(RecordSink& sink, store::Store& store, const disk::Place& place, const std::string& camera,
                  const Fragment& first, Stamp stamp);

    /// Same stream, next in line (a hole may only end at a keyframe), and no step of the wall clock at a
    /// keyframe.
    bool accepts(const Fragment& fragment) const;

    /// Throws Error: BadData (no fragment; nothing was written), else what Recording::append throws.
    Footage append(const Fragment& fragment);

    /// Syncs the file; after the first time inserts the row. Returns why the row could not be written; empty
    /// when well.
    std::string sync(store::Store& store);
    bool isDirty() const noexcept { return is_dirty_; }

    /// Syncs and closes the file and ends the row; no file without footage stays. Throws when the sync fails:
    /// abandon() is left then.
    void close(store::Store& store, LateRows& late, disk::Leftovers& leftovers);

    /// Closes the file after a failure: cut to what was synced, and its row ended there. False when it could
    /// not be cut (its disk is gone): whoever finds the disk again does.
    bool abandon(store::Store& store, LateRows& late) noexcept;

    /// The wall clock was set: everything is later by `shift`; the row is moved by its owner.
    void shift(microseconds shift) noexcept;

    WallTime startedAt() const noexcept { return row_.started_at; }
    WallTime durableUntil() const noexcept { return durable_until_; }
    std::uint64_t sizeBytes() const noexcept { return bytes_; }
    std::uint64_t durableBytes() const noexcept { return durable_bytes_; }
    const std::string& path() const noexcept { return row_.path; }

  private:
    std::vector<std::pair<WallTime, WallTime>> pausesIn(const media::TrackFragment& video);
    WallTime wallOf(std::uint64_t decode_time) const noexcept;
    void endRow(store::Store& store, LateRows& late, WallTime ended_at, std::uint64_t bytes) noexcept;

    store::RecordingRow row_;
    media::InitSegment init_;
    std::size_t video_ = 0;
    std::shared_ptr<const StreamInit> stream_;
    std::filesystem::path file_path_;
    std::unique_ptr<Recording> file_;
    std::uint64_t first_decode_time_ = 0;
    std::uint64_t end_decode_time_ = 0;
    std::uint64_t last_sequence_ = 0;
    WallTime ended_at_{};
    WallTime durable_until_{};
    std::uint64_t bytes_ = 0;
    std::uint64_t durable_bytes_ = 0;
    Stamp stamp_;
    double interval_us_ = 0;  ///< between pictures, lately; 0: not known yet
    bool has_footage_ = false;
    bool is_dirty_ = false;
};

}  // namespace porchlight::record
