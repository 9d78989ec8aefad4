/// Rows and files are made to agree, a slice at a time, while everything else goes on.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "config/config.h"
#include "disk/file_facts.h"
#include "disk/recording_walk.h"
#include "disk/recover/disk_memory.h"
#include "disk/recover/known_rows.h"
#include "disk/recover/progress.h"
#include "disk/recover/recovery.h"
#include "store/store.h"

namespace porchlight::disk {

/// What a start, or a volume that is back, has to find out, in this order:
///
/// 1. *Listing*: the folders, and how many files are in them.
/// 2. *Files*, oldest day first: a file without a row is adopted, one whose row says that it is gone is taken
/// back, one of
///    ours that was begun and holds no picture is deleted. All else is somebody's and left alone, counted and
///    said. What the disk does not let us list, read or delete is counted as unreadable: whoever owns this
///    begins anew after a while.
/// 3. *Rows*: each existing row's own path is tried. Links are followed, here as in the walk.
/// 4. *Gone*: what is missing is marked "lost" (or deleted, if it was being deleted when the process ended) -
/// unless it may
///    only be out of reach: a link that leads nowhere, a folder that cannot be read, a disk that is known to
///    have been mounted there and is not now (DiskMemory). Those rows stay as they are.
///
/// Rows that are made meanwhile are left alone, and so is what is being written. A step may end anywhere;
/// what it has found is in the database by then. **Thread**: thread-bound (recorder). step() throws Error of
/// the database; called again it goes on where it was.
class Reconciliation {
  public:
    /// Footage that was found: the coverage ledger wants to know.
    using Found = std::function<void(const std::string& camera, WallTime from, WallTime to)>;

    Reconciliation(store::Store& store, const std::filesystem::path& recordings_dir, Found found = {});

    /// Begins, or begins anew. Without a volume only the spool is looked through.
    void begin(bool has_volume);

    /// The volume went away: nothing that was seen since counts. begin() is left.
    void abandon();

    /// Works until `until` is due. `in_use`: paths (as in rows) of files being written.
    void step(const base::Cancel& until, const std::set<std::string>& in_use);

    bool isDone() const noexcept { return phase_ == Phase::Done && adopted_.empty() && to_note_.empty(); }
    bool areFilesKnown() const noexcept { return phase_ > Phase::Files; }
    bool areRowsTried() const noexcept { return phase_ > Phase::Rows; }  ///< and open ones ended
    bool isJudging() const noexcept { return phase_ == Phase::Gone; }

    /// Recordings from here on may have older ones that no row tells of yet: retention lets them be.
    WallTime knownUntil() const noexcept { return known_until_; }

    /// True when one of the rows that were out of reach is there again: it is worth to begin anew.
    bool isBackInReach() const;

    std::optional<Housekeeping> progress() const;
    const RecoveryReport& report() const noexcept { return report_; }

    /// Remembers which folders lie on disks of their own; at a proper end.
    void rememberDisks();

  private:
    enum class Phase : std::uint8_t { Listing = 1, Files, Rows, Gone, Done };
    struct Root {
        std::string prefix;  ///< of its rows: "" or kSpoolPrefix
        std::filesystem::path folder;
        FolderWalk walk;
    };
    struct Folder {
        const Root* root = nullptr;
        std::filesystem::path relative;
    };
    struct Candidate {
        std::string path;
        std::optional<store::KnownPath> known;
    };
    struct Missing {
        std::uint64_t found = 0;
        std::uint64_t unreachable = 0;
        std::vector<std::int64_t> ids;
        std::string sample;  ///< path of one of them
    };

    void advance(const base::Cancel& until, const std::set<std::string>& in_use);
    void list(const base::Cancel& until);
    void lookThrough(const base::Cancel& until, const std::set<std::string>& in_use);
    bool nextFolder();
    bool listNames(const base::Cancel& until);
    void consider(const std::string& path, const std::set<std::string>& in_use);
    void inspect();
    void judgeFile(const Candidate& candidate, const std::optional<FileFacts>& facts);
    void leaveAlone(const std::string& path);
    void noteFault(const std::string& path, int error_number);
    void remove(const std::string& path);
    bool isMoved(const std::string& path);
    void flush();
    bool isTaken(const std::vector<store::RecordingRow>& rows);
    void tryRows(const base::Cancel& until, const std::set<std::string>& in_use);
    void tryRow(const store::RecordingRow& row);
    void judgeMissing();
    void markGone();
    bool mayLieElsewhere(const std::string& camera, const Missing& missing) const;
    std::string pathOf(const std::filesystem::path& name) const;

    store::Store& store_;
    const std::filesystem::path dir_;
    const Found found_;
    DiskMemory disks_;
    Phase phase_ = Phase::Done;
    bool has_volume_ = false;
    WallTime known_until_ = WallTime::max();
    std::filesystem::file_time_type began_at_{};
    std::deque<Root> roots_;
    std::deque<Folder> folders_;
    std::filesystem::directory_iterator at_;  ///< in the folder that is being listed
    bool is_listed_ = false;                  ///< names_ is whole
    std::set<std::string> names_;     ///< of the folder that is looked through, those still to be considered
    std::optional<KnownRows> known_;  ///< of it
    bool is_bare_ = false;            ///< neither a file nor the marker: no disk of ours
    std::optional<Candidate> candidate_;
    std::optional<FileInspection> inspection_;
    std::vector<store::RecordingRow> adopted_;  ///< not in the database yet
    std::deque<store::RecordingRow> to_note_;   ///< found, and the ledger does not know yet
    std::int64_t after_id_ = 0;                 ///< rows up to here were tried
    std::int64_t last_id_ = 0;                  ///< the newest when it began
    std::map<std::string, Missing> missing_;    ///< by camera; of the spool under its prefix
    std::deque<std::int64_t> gone_ids_;
    std::vector<std::string> out_of_reach_;  ///< a path of each camera
    std::set<std::string> folder_names_;     ///< first level
    std::uint64_t total_ = 0;
    std::uint64_t done_ = 0;
    RecoveryReport report_;
};

}  // namespace porchlight::disk
