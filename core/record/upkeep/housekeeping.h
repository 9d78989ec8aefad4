/// What a start and a volume that is back have to find out: what the last run left, and whether rows and
/// files agree.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "disk/leftovers.h"
#include "disk/recover/reconciliation.h"
#include "disk/recover/recovery.h"
#include "disk/spool.h"
#include "disk/volume.h"
#include "record/upkeep/files_news.h"
#include "record/upkeep/storage_news.h"

namespace porchlight::record {

/// First the last run is closed, then rows and files are compared, in slices beside everything else.
/// Invariant: what is being written, and events that run, are left alone; nothing is called gone unless its
/// volume was looked at a moment ago. **Thread**: thread-bound (recorder). Throws Error of the database where
/// it says so; called again it goes on where it was.
class Housekeeping {
  public:
    struct Folders {
        std::filesystem::path recordings_dir;
        std::filesystem::path thumbnails_dir;
    };
    /// What it has to know of others.
    struct Asks {
        std::function<std::set<std::string>()> paths_in_use;    ///< as in rows
        std::function<std::set<std::string>()> running_events;  ///< or not final
        std::function<void()> look_at_volume;                   ///< at once; may call abandonVolume()
        std::function<bool()> has_met_missing;                  ///< see Retention
    };
    /// What it looks at; all outlive it.
    struct Storage {
        store::Store& store;
        const base::Clock& clock;
        const disk::Volume& volume;
        disk::Spool& spool;
        disk::Leftovers& leftovers;
        StorageNews& news;
    };
    Housekeeping(const Storage& storage, Folders folders, disk::Reconciliation::Found found, Asks asks);

    /// Ends what was being written, before anything records. Throws.
    void closeLastRun();
    bool isLastRunClosed() const noexcept { return is_last_run_closed_; }

    /// Begins to compare, with the volume if it was there when this was made. Throws.
    void begin();
    /// The volume is there: compares with it unless that was done since the start. Throws.
    void beginWithVolume();
    /// The volume went away: what was seen meanwhile proves nothing. Throws.
    void abandonVolume();

    /// A slice, unless one failed a moment ago. A failure is logged once; -> its kind, where it has one.
    std::optional<ErrorKind> step(Deadline until) noexcept;
    bool isBusy() const noexcept { return !reconciliation_.isDone() || !is_last_run_closed_; }

    /// Tells of files that are gone or out of reach, and looks again where that is worth it. Throws.
    void watchFiles();

    /// Deletes what could not be deleted before, every few seconds.
    void retryLeftovers();

    /// At a proper end. Throws.
    void finish();

    WallTime knownUntil() const noexcept { return reconciliation_.knownUntil(); }
    bool areFilesKnown() const noexcept { return reconciliation_.areFilesKnown(); }
    std::optional<disk::ComparisonProgress> progress() const { return reconciliation_.progress(); }

  private:
    void goOn(Deadline until);
    void closeLate();
    void closeWaiting();
    void compare(Deadline until);
    void sayProgress();
    void noteCompared();

    const Storage at_;
    const Folders folders_;
    const Asks asks_;
    disk::Reconciliation reconciliation_;
    FilesNews files_;
    bool is_last_run_closed_ = false;          ///< closeLastRun() or closeLate() has got through
    bool has_seen_volume_;                     ///< it is, or was, looked through since this start
    disk::RecoveryReport closed_;              ///< what closing found before reconciliation_ went on
    std::vector<std::string> waiting_events_;  ///< of the last run, until all rows were tried
    Monotonic::time_point next_progress_{};
    Monotonic::time_point next_leftovers_{};
    std::string error_;  ///< as logged last
    Monotonic::time_point retry_at_{};
};

}  // namespace porchlight::record
