/// Rows whose files are not there: gone, or only out of reach.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "disk/recover/adoption.h"
#include "disk/recover/disk_memory.h"
#include "disk/recover/recovery.h"
#include "store/store.h"

namespace porchlight::disk {

/// Whether what is missing of a camera (of the spool: kSpoolPrefix) may be on a disk that is not mounted, of
/// which nothing in the folder below says so. `found`: its recordings that are there. `is_bare`: the whole
/// folder has neither a recording nor the marker.
bool mayLieElsewhere(const DiskMemory& disks, const std::string& camera, std::uint64_t found, bool is_bare);

/// Each row's own path is tried, those that are made meanwhile excepted; only then anything is called gone.
/// Invariant: nothing is that may be there still - behind a link that leads nowhere, in a folder that cannot
/// be read, on a disk that was mounted there once and is not now. **Thread**: thread-bound (recorder). Throws
/// Error of the database; called again it goes on where it was.
class MissingRows {
  public:
    /// All outlive it.
    MissingRows(store::Store& store, const std::filesystem::path& recordings_dir, RecoveryReport& report,
                Adoption& adoption);

    void begin(bool has_volume);
    void abandon();

    /// Tries a page, but for files `in_use`. True: all were tried.
    bool tryRows(const base::Cancel& until, const std::set<std::string>& in_use);

    /// After all were tried: which of them are gone. `is_bare`: the folder has nothing of ours. `folders`: of
    /// its first level.
    void judge(bool is_bare, const std::set<std::string>& folders);

    /// Marks a page of what is gone. True: nothing is left.
    bool markGone();

    /// One of the rows that were out of reach is there again.
    bool isBackInReach() const;

    /// Remembers which folders lie on disks of their own.
    void rememberDisks(const std::set<std::string>& folders);

  private:
    struct Missing {
        std::uint64_t found = 0;
        std::uint64_t unreachable = 0;
        std::vector<std::int64_t> ids;
        std::string sample;  ///< path of one of them
    };
    void tryRow(const store::RecordingRow& row);
    void noteThere(const store::RecordingRow& row);
    void forgetRemovals();

    store::Store& store_;
    const std::filesystem::path& dir_;
    RecoveryReport& report_;
    Adoption& adoption_;
    DiskMemory disks_;
    bool has_volume_ = false;
    std::int64_t after_id_ = 0;               ///< rows up to here were tried
    std::int64_t last_id_ = 0;                ///< the newest when it began
    std::map<std::string, Missing> missing_;  ///< by camera; of the spool under its prefix
    std::deque<std::int64_t> gone_ids_;
    std::vector<std::string> out_of_reach_;  ///< a path of each camera
};

}  // namespace porchlight::disk
