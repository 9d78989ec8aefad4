/// Keeps recordings within age, bytes and free space, and the history within its age.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "config/config.h"
#include "disk/leftovers.h"
#include "disk/volume.h"
#include "store/store.h"

namespace porchlight::disk {

/// What the disk and the limits say now; pure input of planRetention.
struct StorageState {
    std::uint64_t recorded_bytes = 0;
    std::uint64_t free_bytes = 0;
    std::uint64_t total_bytes = 0;
    WallTime now{};
    bool is_clock_trusted = true;
};

/// Why the oldest recording has to go now ("bytes", "free_space", "age"); empty when it may stay. Pure. Of a
/// small disk at most a quarter is left free, whatever min_free_bytes says. Nothing is judged by age while
/// the clock is not trusted.
std::string planRetention(const config::StorageConfig& limits, const StorageState& state,
                          const store::RecordingRow& oldest);

/// Where recordings and thumbnails are, and the limits of all.
struct RetentionOptions {
    std::filesystem::path recordings_dir;
    std::filesystem::path thumbnails_dir;
    config::StorageConfig storage;
};

/// A camera's own limits; 0: none.
struct CameraLimits {
    std::string name;
    std::uint64_t max_bytes = 0;
    microseconds max_age{0};
};

/// Deletes the oldest finished recording that holds no kept event, one at a time and looking again after
/// each: first for the limits of single cameras, then for those of all. A step takes 30 ms and one deletion
/// (a single deletion may take longer on a slow card) and goes on where the last one ended. For free space
/// only what lies on the volume goes: a camera's folder may be on another disk.
/// **Thread**: thread-bound (recorder).
class Retention {
  public:
    /// All must outlive it.
    Retention(store::Store& store, const RetentionOptions& options, const Volume& volume,
              const base::Clock& clock, Leftovers& leftovers)
        : store_(store), options_(options), volume_(volume), clock_(clock), leftovers_(leftovers) {}

    /// True when more is to be done at once. `open_bytes`: in files being written, by camera. A file that
    /// cannot be deleted is passed over for ten minutes. Deletions for free space have to make some
    /// (snapshots, or files that somebody holds open, keep it): else no more goes than is short; they wait
    /// for a minute, and then for an hour. Throws Error of the database.
    bool step(const std::vector<CameraLimits>& cameras,
              const std::map<std::string, std::uint64_t>& open_bytes, bool is_clock_trusted);

    /// What we ever wrote to the disk, so that it is not taken for space that did not become free.
    void setWritten(std::uint64_t bytes) noexcept { written_bytes_ = bytes; }

    /// For a disk that says it is full although all limits are kept (a quota, no inodes left): deletes the
    /// oldest, a tenth of what is recorded but at most 32 MiB, at least one; "free_space" is the reason. Of a
    /// disk that has space by its own account only one goes, and never the last. The disk is that of a
    /// camera's folder, the volume without one; only what lies there goes. False: nothing may go, or the
    /// search for it goes on with the next call. Throws as step().
    bool makeRoom(const std::string& camera = "");
    bool isSearching() const noexcept { return is_searching_; }

    /// Recordings from there on stay: older ones may be about to be found (Reconciliation).
    void setKnownUntil(WallTime at) noexcept { known_until_ = at; }

    /// That the disk is no less full for what was deleted.
    void noteUseless();

    /// Why a limit cannot be kept: only kept events are left, files cannot be deleted, or it does not help.
    /// Empty when well.
    const std::string& problem() const noexcept { return problem_; }
    /// Its name in StorageIssue::state.
    const char* stateOfProblem() const noexcept;

    /// Enters deletions whose file went while the database did not take it. Throws Error of the database.
    void settle();
    /// Their paths, as in rows: nobody is to call them lost.
    void collectPaths(std::set<std::string>& paths) const;

    /// True once after files were met that are not where their rows say: they are not deleted, somebody has
    /// to look why.
    bool hasMetMissing() noexcept { return std::exchange(has_met_missing_, false); }

  private:
    /// Where to look for the oldest: of one camera or all (""), on one disk (Volume::otherDisk) or all.
    struct Where {
        std::string camera;
        std::optional<std::uint64_t> disk;
        auto operator<=>(const Where&) const = default;
    };
    struct Cursor {
        WallTime start = WallTime::min();
        std::int64_t id = 0;
    };
    enum class Outcome : std::uint8_t { Within = 1, Deleted, NothingLeft, Searching };
    /// What was deleted for free space since any was seen to become free.
    struct Owed {
        std::uint64_t free_bytes = 0;     ///< before the first
        std::uint64_t written_bytes = 0;  ///< before the first
        std::uint64_t deleted_bytes = 0;
        Monotonic::time_point since{};  ///< the first
    };
    StorageState look(std::uint64_t recorded_bytes, bool is_clock_trusted) const;
    std::optional<store::RecordingRow> oldest(const Where& place, Deadline until);
    Outcome deleteOne(const std::string& camera, const config::StorageConfig& limits,
                      const StorageState& state, Deadline until);
    Outcome deleteForSpace(const StorageState& state, Deadline until);
    std::uint64_t diskOf(const std::string& camera);
    bool remove(const store::RecordingRow& recording, const std::string& reason);
    bool mayGo(const store::RetentionCandidate& candidate) const;
    void passOver(const store::RecordingRow& absent);
    void settleOrGoOn();
    std::uint64_t recordedBytes(const std::string& camera);
    bool forget(bool is_clock_trusted);
    void settleDebt(std::uint64_t free_bytes);
    bool mayOweMore(std::uint64_t short_bytes);
    store::RecordedTotal recordedOn(std::uint64_t disk);
    std::string whatIsLeft(const std::string& where = "") const;

    store::Store& store_;
    const RetentionOptions& options_;
    const Volume& volume_;
    const base::Clock& clock_;
    Leftovers& leftovers_;
    std::map<Where, Cursor> cursors_;             ///< what is before it holds kept events
    std::map<std::string, std::uint64_t> disks_;  ///< of cameras' folders, in this step
    bool is_searching_ = false;                   ///< the last search ended with its time
    Monotonic::time_point
        cursors_until_{};  ///< the owner may let go of kept events: begin anew from time to time
    std::set<std::int64_t> undeletable_;  ///< rows whose files cannot be deleted, until cursors_until_
    WallTime known_until_ = WallTime::max();
    std::set<std::int64_t> absent_;  ///< rows whose files are not there, until cursors_until_
    std::map<std::string, std::uint64_t> absent_bytes_;  ///< of them, by camera; "" all: they take no space
    bool has_met_missing_ = false;
    /// Deleted by us, and the row does not say so yet; it takes no space.
    struct Unsettled {
        store::RecordingRow row;
        std::string reason;
    };
    std::map<std::int64_t, Unsettled> unsettled_;  ///< by row
    std::string undeletable_why_;                  ///< of the last one; empty after a round without any
    WallTime forgotten_until_ = WallTime::min();
    Monotonic::time_point next_forget_{};
    std::uint64_t written_bytes_ = 0;
    std::optional<Owed> owed_;
    std::string problem_;
    bool is_useless_ = false;  ///< problem_ is that deleting does not help
};

}  // namespace porchlight::disk
