/// The one idea of where recordings lie and whether a file is there: links are followed everywhere.
#pragma once

#include <cstdint>
#include <deque>
#include <filesystem>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/cancel.h"

namespace porchlight::disk {

/// Where a row's file is.
enum class Presence : std::uint8_t {
    There = 1,
    Missing,     ///< its folder can be looked at, and the file is not in it
    OutOfReach,  ///< a link that leads nowhere, or something on the way that cannot be looked at: it may be
                 ///< there all the same
};

/// Tries the row's own path. Any thread.
Presence presenceOf(const std::filesystem::path& recordings_dir, const std::string& row_path);

/// Whether this is what a disk answers that is at fault for a moment or for good: worth another look. What is
/// gone, or nobody may look at, is not.
bool isFaultOfDisk(int error_number) noexcept;

/// For sure: not when its disk does not answer. Any thread.
bool isAbsent(const std::filesystem::path& file) noexcept;

/// Finds the folders below one, links followed; no folder is entered twice (a link that leads back ends
/// there), none deeper than eight levels, none whose name begins with a dot (trash, lost+found's kind).
/// Folders that cannot be read are passed over, and counted where the disk is at fault. **Thread**:
/// thread-bound. Throws nothing but bad_alloc.
class FolderWalk {
  public:
    explicit FolderWalk(const std::filesystem::path& root);

    /// Goes on until all is found (true) or `until` is due.
    bool find(const base::Cancel& until);

    /// Relative to the root, "" itself; the days of recordings (YYYY-MM-DD) last, oldest first. After find().
    std::vector<std::filesystem::path> takeFolders();
    std::uint64_t recordings() const noexcept { return recordings_; }  ///< files *.mp4 in them
    std::uint64_t unreadable() const noexcept { return unreadable_; }
    /// One of them, and why.
    const std::string& unreadableSample() const noexcept { return unreadable_sample_; }

  private:
    bool enter(const std::filesystem::path& relative);
    void look(const std::filesystem::directory_entry& entry);
    void noteFault(const std::filesystem::path& relative, int error_number);

    const std::filesystem::path root_;
    std::deque<std::filesystem::path> to_enter_{std::filesystem::path()};
    /// Entered last: what they lead to counts under its own name first.
    std::deque<std::filesystem::path> links_;
    std::set<std::pair<std::uint64_t, std::uint64_t>> entered_;
    std::vector<std::filesystem::path> folders_;
    std::filesystem::path here_;
    std::filesystem::directory_iterator at_;
    std::uint64_t recordings_ = 0;
    std::uint64_t unreadable_ = 0;
    std::string unreadable_sample_;
};

/// The day that the folder of a recording names ("2026-11-21"); empty for other folders.
std::string dayOf(const std::filesystem::path& relative_folder);

/// All *.mp4 below the folder, relative to it and sorted; the folders of its first level are cameras. Throws
/// Cancelled, and Error(Unavailable) of a disk that does not let it look.
std::vector<std::filesystem::path> listRecordings(const std::filesystem::path& recordings_dir,
                                                  const base::Cancel& cancel = {});

/// All files that rows may name, as rows name them: those of the recordings folder (if `has_volume`) and of
/// the spool.
std::vector<std::string> listAll(const std::filesystem::path& recordings_dir, bool has_volume = true,
                                 const base::Cancel& cancel = {});

}  // namespace porchlight::disk
