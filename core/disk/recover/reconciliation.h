/// Rows and files are made to agree, a slice at a time, while everything else goes on.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include "base/cancel.h"
#include "disk/file_facts.h"
#include "disk/recover/adoption.h"
#include "disk/recover/file_search.h"
#include "disk/recover/missing_rows.h"
#include "disk/recover/progress.h"
#include "disk/recover/recovery.h"
#include "store/store.h"

namespace porchlight::disk {

/// What a start, or a volume that is back, has to find out, in this order:
///
/// 1. *Listing*: the folders, and how many files are in them.
/// 2. *Files*, oldest day first: a file without a row is adopted, one whose row says that it is gone is
///    taken back, one of ours that was begun and holds no picture is deleted. All else is somebody's and
///    left alone, counted and said. What the disk does not let us list, read or delete is counted as
///    unreadable: whoever owns this begins anew after a while.
/// 3. *Rows*: each existing row's own path is tried. Links are followed, here as in the walk.
/// 4. *Gone*: what is missing is marked "lost" (or deleted, if it was being deleted when the process
///    ended) - unless it may only be out of reach: a link that leads nowhere, a folder that cannot be
///    read, a disk that is known to have been mounted there and is not now (DiskMemory). Those rows stay
///    as they are.
///
/// Rows that are made meanwhile are left alone, and so is what is being written. A step may end anywhere;
/// what it has found is in the database by then. **Thread**: thread-bound (recorder). step() throws Error of
/// the database; called again it goes on where it was.
class Reconciliation {
  public:
    using Found = Adoption::Found;

    Reconciliation(store::Store& store, const std::filesystem::path& recordings_dir, Found found = {});

    /// Begins, or begins anew. Without a volume only the spool is looked through.
    void begin(bool has_volume);

    /// The volume went away: nothing that was seen since counts. begin() is left.
    void abandon();

    /// Works until `until` is due. `in_use`: paths (as in rows) of files being written.
    void step(const base::Cancel& until, const std::set<std::string>& in_use);

    bool isDone() const noexcept { return phase_ == Phase::Done && adoption_.isEmpty(); }
    bool areFilesKnown() const noexcept { return phase_ > Phase::Files; }
    bool areRowsTried() const noexcept { return phase_ > Phase::Rows; }  ///< and open ones ended
    bool isJudging() const noexcept { return phase_ == Phase::Gone; }

    /// Recordings from here on may have older ones that no row tells of yet: retention lets them be.
    WallTime knownUntil() const noexcept { return search_.knownUntil(); }

    /// True when one of the rows that were out of reach is there again: it is worth to begin anew.
    bool isBackInReach() const { return missing_.isBackInReach(); }

    std::optional<ComparisonProgress> progress() const;
    const RecoveryReport& report() const noexcept { return report_; }

    /// Remembers which folders lie on disks of their own; at a proper end.
    void rememberDisks();

  private:
    enum class Phase : std::uint8_t { Listing = 1, Files, Rows, Gone, Done };
    struct Candidate {
        std::string path;
        std::optional<store::KnownPath> known;
    };

    void advance(const base::Cancel& until, const std::set<std::string>& in_use);
    void lookThrough(const base::Cancel& until, const std::set<std::string>& in_use);
    void consider(const std::string& path, const std::set<std::string>& in_use);
    void inspect();
    void judgeFile(const Candidate& candidate, const std::optional<FileFacts>& facts);
    void takeBack(std::int64_t id, const FileFacts& facts);
    void remove(const std::string& path);
    bool isMoved(const std::string& path);

    store::Store& store_;
    const std::filesystem::path dir_;
    RecoveryReport report_;
    Adoption adoption_;
    FileSearch search_;
    MissingRows missing_;
    Phase phase_ = Phase::Done;
    std::filesystem::file_time_type began_at_{};
    std::optional<Candidate> candidate_;  ///< the file that is being read
    std::optional<FileInspection> inspection_;
};

}  // namespace porchlight::disk
