/// One recording while it is written: the plugin's file, its row, and where its footage lies in wall time.
#pragma once

#include <filesystem>
#include <memory>
#include <string>

#include "media/init_segment.h"
#include "porchlight/record.h"
#include "record/fragment_ring.h"
#include "store/store.h"

namespace porchlight::record {

/// Where a fragment lies in wall time, by its recording's clock: start of the file plus decode time. All later readers
/// of the file compute the same from the file alone.
struct Footage {
    WallTime start{};
    WallTime end{};
    bool starts_with_key = false;
    bool starts_file = false;
};

/// The name of a new recording, relative to the recordings folder: CAMERA/YYYY-MM-DD/HHMMSS.mmm-CAMERA.mp4 (UTC).
std::filesystem::path recordingPath(const std::string& camera, WallTime started_at);

/// The start that a path made by recordingPath tells; nothing for other paths.
std::optional<WallTime> startOf(const std::filesystem::path& relative_path);

/// **Owns** the plugin's Recording. **Thread**: thread-bound (recorder). Throws what RecordSink and Store throw; after
/// that only close() may be called.
class OpenRecording {
  public:
    /// Creates the file for a stream whose first fragment (a keyframe one) is `first`; appends nothing yet.
    OpenRecording(RecordSink& sink, const std::filesystem::path& recordings_dir, const std::string& camera,
                  const Fragment& first);

    /// Same stream, next in line (a hole may only end at a keyframe), and no step of the wall clock at a keyframe.
    bool accepts(const Fragment& fragment) const;

    /// Throws Error: BadData (no fragment; nothing was written), else what Recording::append throws.
    Footage append(const Fragment& fragment);

    /// Syncs the file; after the first time inserts the row.
    void sync(store::Store& store);
    bool isDirty() const noexcept { return is_dirty_; }
    Monotonic::time_point syncedAt() const noexcept { return synced_at_; }

    /// Syncs, ends the row and closes the file. Does as much as it can, then throws the first error.
    void close(store::Store& store);

    WallTime startedAt() const noexcept { return row_.started_at; }
    WallTime durableUntil() const noexcept { return durable_until_; }
    std::uint64_t sizeBytes() const noexcept { return bytes_; }
    const std::string& path() const noexcept { return row_.path; }

  private:
    WallTime wallOf(std::uint64_t decode_time) const noexcept;

    store::RecordingRow row_;
    media::InitSegment init_;
    std::size_t video_ = 0;
    std::shared_ptr<const StreamInit> stream_;
    std::filesystem::path file_path_;
    std::unique_ptr<Recording> file_;
    std::uint64_t first_decode_time_ = 0;
    std::uint64_t last_sequence_ = 0;
    WallTime ended_at_{};
    WallTime durable_until_{};
    std::uint64_t bytes_ = 0;
    Monotonic::time_point synced_at_{};
    bool has_footage_ = false;
    bool is_dirty_ = false;
};

}  // namespace porchlight::record
