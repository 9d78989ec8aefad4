/// Keeps recordings within age, bytes and free space.
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
#include "disk/retain/oldest_first.h"
#include "disk/retain/passed_over.h"
#include "disk/retain/space_debt.h"
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
/// **Thread**: thread-bound (recorder). Over 25 functions: each limit, and each step of one deletion, is one.
class Retention {
  public:
    /// All must outlive it.
    Retention(store::Store& store, const RetentionOptions& options, const Volume& volume,
              const base::Clock& clock)
        : store_(store),
          options_(options),
          clock_(clock),
          oldest_(store, volume, [this](const store::RetentionCandidate& candidate) {
              const std::int64_t id = candidate.row.id;
              return !candidate.is_held && !passed_over_.has(id) && !unsettled_.contains(id);
          }) {}

    /// True when more is to be done at once. `open_bytes`: in files being written, by camera. A file that
    /// cannot be deleted is passed over for ten minutes. Deletions for free space have to make some
    /// (snapshots, or files that somebody holds open, keep it): else no more goes than is short; they wait
    /// for a minute, and then for an hour. Throws Error of the database.
    bool step(const std::vector<CameraLimits>& cameras,
              const std::map<std::string, std::uint64_t>& open_bytes, bool is_clock_trusted);

    /// What we ever wrote to the disk, so that it is not taken for space that did not become free.
    void setWritten(std::uint64_t bytes) noexcept { debt_.setWritten(bytes); }

    /// For a disk that says it is full although all limits are kept (a quota, no inodes left): deletes the
    /// oldest, a tenth of what is recorded but at most 32 MiB, at least one; "free_space" is the reason. Of a
    /// disk that has space by its own account only one goes, and never the last. The disk is that of a
    /// camera's folder, the volume without one; only what lies there goes. False: nothing may go, or the
    /// search for it goes on with the next call. Throws as step().
    bool makeRoom(const std::string& camera = "");
    bool isSearching() const noexcept { return oldest_.isSearching(); }

    /// Recordings from there on stay: older ones may be about to be found (Reconciliation).
    void setKnownUntil(WallTime at) noexcept { oldest_.setKnownUntil(at); }

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
    bool hasMetMissing() noexcept { return passed_over_.hasMetAbsent(); }

  private:
    using OpenBytes = std::map<std::string, std::uint64_t>;
    enum class Outcome : std::uint8_t { Within = 1, Deleted, NothingLeft, Searching };
    StorageState look(std::uint64_t recorded_bytes, bool is_clock_trusted) const;
    Outcome deleteOne(const std::string& camera, const config::StorageConfig& limits,
                      const StorageState& state, Deadline until);
    Outcome deleteForSpace(const StorageState& state, Deadline until);
    bool remove(const store::RecordingRow& recording, const std::string& reason);
    void settleOrGoOn();
    void beginAnew();
    bool keepCameras(const std::vector<CameraLimits>& cameras, const OpenBytes& open_bytes,
                     bool is_clock_trusted, Deadline until);
    bool keepAll(const OpenBytes& open_bytes, bool is_clock_trusted, Deadline until);
    template <class DeleteNext>
    bool isThrough(Deadline until, DeleteNext deleteNext);
    std::uint64_t recordedBytes(const std::string& camera);
    std::uint64_t bytesWithoutFile(const std::string& camera) const;
    store::RecordedTotal recordedOn(std::uint64_t disk);
    std::string whatIsLeft(const std::string& where = "") const;

    store::Store& store_;
    const RetentionOptions& options_;
    const base::Clock& clock_;
    OldestFirst oldest_;
    Monotonic::time_point anew_at_{};  ///< the owner may let go of kept events: begin anew from time to time
    PassedOver passed_over_;           ///< until then
    SpaceDebt debt_;
    /// Deleted by us, and the row does not say so yet; it takes no space.
    struct Unsettled {
        store::RecordingRow row;
        std::string reason;
    };
    std::map<std::int64_t, Unsettled> unsettled_;  ///< by row
    bool has_deleted_ = false;                     ///< in this step
    std::string problem_;
    bool is_useless_ = false;  ///< problem_ is that deleting does not help
};

}  // namespace porchlight::disk
