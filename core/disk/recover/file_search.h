/// The files of the recordings folder and the spool, one after the other.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include "base/cancel.h"
#include "disk/recording_walk.h"
#include "disk/recover/known_rows.h"
#include "disk/recover/recovery.h"
#include "store/store.h"

namespace porchlight::disk {

/// Each file once, the oldest day first; it may end anywhere and goes on there. Invariant: all files of days
/// before knownUntil() were given. What the disk does not let us list is noted in the report.
/// **Thread**: thread-bound (recorder).
class FileSearch {
  public:
    /// All outlive it.
    FileSearch(store::Store& store, const std::filesystem::path& recordings_dir, RecoveryReport& report);

    void begin(bool has_volume);
    void abandon();

    /// Finds the folders; false when it is time to end before. Before next().
    bool list(const base::Cancel& until);

    /// The file that is next, as rows name it, recordings and what is left of a move (*.part); nothing when
    /// it takes another call. It stays next until pop().
    std::optional<std::string> next(const base::Cancel& until);
    void pop();
    void putBack(const std::string& path);  ///< the last one, popped: once more
    bool isOver() const noexcept { return folders_.empty(); }
    void finish() noexcept { known_until_ = WallTime::max(); }

    /// What the database knows of the file that is next. Throws Error of the database.
    std::optional<store::KnownPath> knownRow(const std::string& path);

    /// What a fault of the disk hides is tried again later.
    void noteFault(const std::string& path, int error_number);

    WallTime knownUntil() const noexcept { return known_until_; }
    bool isBare() const noexcept { return is_bare_; }  ///< neither a file nor the marker: no disk of ours
    /// Folders of the first level.
    const std::set<std::string>& cameras() const noexcept { return cameras_; }
    std::uint64_t total() const noexcept { return total_; }
    std::uint64_t done() const noexcept { return done_; }

  private:
    struct Root {
        std::string prefix;  ///< of its rows: "" or kSpoolPrefix
        std::filesystem::path folder;
        FolderWalk walk;
    };
    struct Folder {
        const Root* root = nullptr;
        std::filesystem::path relative;
    };
    void take(Root& root);
    bool listNames(const base::Cancel& until);
    void listName(const std::filesystem::directory_entry& entry);
    void leaveFolder();
    std::string pathOf(const std::filesystem::path& name) const;

    store::Store& store_;
    const std::filesystem::path& dir_;
    RecoveryReport& report_;
    bool has_volume_ = false;
    WallTime known_until_ = WallTime::max();
    std::deque<Root> roots_;
    std::deque<Folder> folders_;
    std::filesystem::directory_iterator at_;  ///< in the folder that is being listed
    bool is_listed_ = false;                  ///< names_ is whole
    std::set<std::string> names_;     ///< of the folder that is looked through, those still to be given
    std::optional<KnownRows> known_;  ///< of it
    bool is_bare_ = false;
    std::set<std::string> cameras_;
    std::uint64_t total_ = 0;
    std::uint64_t done_ = 0;
};

}  // namespace porchlight::disk
