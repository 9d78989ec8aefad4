/// The file that a camera is being recorded to, and what of it a power cut would take.
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <string>

#include "record/footage/recorder_context.h"
#include "record/footage/unsynced_footage.h"

namespace porchlight::record {

/// At most one file at a time; it tells the meter, the spool, the ledger and SpaceUse what becomes of it.
/// Invariant: each fragment that append() took is durable, or given back by giveUp().
/// **Owns** the open recording. **Thread**: thread-bound (recorder). Throws what OpenRecording throws.
class CameraFile {
  public:
    CameraFile(RecorderContext& context, std::string camera);

    /// Begins one for a stream whose first fragment (a keyframe one) is `first`; appends nothing yet.
    void open(const disk::Place& place, const Fragment& first);
    bool isOpen() const noexcept { return file_ != nullptr; }
    bool accepts(const Fragment& fragment) const { return file_->accepts(fragment); }

    /// A full disk is made room on at once, so that the file goes on without a hole.
    Footage append(const FragmentPtr& fragment);

    bool isDirty() const noexcept { return file_ && file_->isDirty(); }
    bool isSyncDue() const noexcept;

    /// -> why the database does not take its row, tried now; empty when well.
    std::string sync();

    /// When it throws, giveUp() is left.
    void close();

    /// Ends it after a failure -> what a power cut would take, in order, to be written anew. `may_sync`: it
    /// was not the sync that failed (after that the kernel forgets what it could not write, and a second sync
    /// would lie).
    std::deque<FragmentPtr> giveUp(bool may_sync);

    /// The wall clock was set: everything is later by `shift`.
    void restamp(microseconds shift) noexcept;

    /// Of the open one; 0, "" without.
    std::uint64_t bytes() const noexcept { return file_ ? file_->sizeBytes() : 0; }
    const std::string& path() const noexcept { return file_ ? file_->path() : no_path_; }
    WallTime startedAt() const noexcept { return file_->startedAt(); }
    bool isSpooled() const noexcept { return disk::isSpooled(path()); }

    /// Where the last one was begun, or was to be.
    bool isOnVolume() const noexcept { return is_on_volume_; }
    std::uint64_t otherDisk() const noexcept { return other_disk_; }  ///< of that, see Volume::otherDisk

    WallTime durableAt() const noexcept { return durable_at_; }  ///< 0: nothing yet
    /// Since when the database does not take the row of the open one.
    std::optional<Monotonic::time_point> rowRefusedSince() const noexcept {
        return file_ ? row_refused_since_ : std::nullopt;
    }

  private:
    Footage appendOrMakeRoom(const Fragment& fragment);
    void noteSynced();
    bool isClosedDespite();
    void abandon();

    RecorderContext& context_;
    const std::string camera_;
    std::unique_ptr<OpenRecording> file_;
    UnsyncedFootage unsynced_;
    std::uint64_t other_disk_ = 0;
    bool is_on_volume_ = true;
    std::optional<Monotonic::time_point> row_refused_since_;
    WallTime durable_at_{};
    const std::string no_path_;
};

}  // namespace porchlight::record
