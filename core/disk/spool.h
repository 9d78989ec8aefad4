/// Recordings beside the database while their own disk cannot take them.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/fd.h"
#include "disk/volume.h"
#include "store/store.h"

namespace porchlight::disk {

/// A bounded second place for recordings: `data_dir/spool`, used only where that is another file system than
/// the volume's. Its files have rows like all others (path below `.spool/`), play like all others, and are
/// moved to the volume when it is back, oldest first, a slice at a time. When it is full its oldest footage
/// goes (`spool_full`).
///
/// **Thread**: thread-bound (recorder).
class Spool {
  public:
    Spool(store::Store& store, const Volume& volume, std::uint64_t max_bytes);
    ~Spool();

    /// True when new recordings may begin there now.
    bool isUsable() const noexcept;

    /// Deletes the oldest finished files until all, with `open_bytes` in files being written, stay within the
    /// limit. At most one a call. Throws Error.
    void keepWithin(std::uint64_t open_bytes);

    /// Moves a slice of the oldest finished file (not one of `in_use`) to the volume. False: nothing is left
    /// to move. Throws Error: of the volume; what was begun is removed, the spooled file stays, and the files
    /// of other cameras have their turn before those of this one. What the spool itself does not give is
    /// asked for again later, an hour at most.
    bool moveSome(const std::set<std::string>& in_use, Monotonic::time_point now);

    /// Counts again what is in it. Throws Error: of the database.
    void refresh();

    /// The unfinished copy on the volume, as a row's path; empty when nothing is being moved.
    std::string partPath() const;
    /// A recording there ends: it is counted with the next keepWithin() or moveSome(). Never throws.
    void noteChange() noexcept { is_changed_ = true; }

    std::uint64_t bytes() const noexcept { return bytes_; }
    std::size_t files() const noexcept { return files_; }
    /// Whose file was not taken when moveSome() threw last.
    const std::string& refusedCamera() const noexcept { return refused_camera_; }
    /// What was ever copied to the volume.
    std::uint64_t copiedBytes() const noexcept { return copied_bytes_; }
    bool hasLeftovers() const noexcept { return !leftovers_.empty(); }
    std::uint64_t droppedFiles() const noexcept { return dropped_files_; }
    const std::filesystem::path& folder() const noexcept { return folder_; }

  private:
    struct Move;
    std::unique_ptr<Move> begin(store::RecordingRow row) const;
    bool copySlice();
    void finishMove();
    bool beginNext(const std::set<std::string>& in_use, Monotonic::time_point now, std::string& camera);
    void noteUnreadable(std::int64_t id, Monotonic::time_point now);
    void removeMoved() noexcept;
    void removeLeftovers() noexcept;

    store::Store& store_;
    const Volume& volume_;
    const std::filesystem::path folder_;
    const std::uint64_t max_bytes_;
    std::unique_ptr<Move> move_;
    std::set<std::string> refused_;  ///< cameras whose files the volume did not take, in this round
    struct Retry {
        Monotonic::time_point at{};
        microseconds span{0};
    };
    /// Rows whose spooled file could not be read: left where it is.
    std::map<std::int64_t, Retry> unreadable_;
    std::set<std::filesystem::path> leftovers_;  ///< moved files whose original could not be deleted yet
    std::uint64_t bytes_ = 0;
    std::size_t files_ = 0;
    bool is_changed_ = false;  ///< and not counted again yet
    std::uint64_t dropped_files_ = 0;
    std::uint64_t copied_bytes_ = 0;
    std::string refused_camera_;
};

}  // namespace porchlight::disk
