#include "disk/recording_walk.h"

#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "disk/places.h"
#include "porchlight/error.h"

namespace porchlight::disk {
namespace fs = std::filesystem;
namespace {

constexpr std::ptrdiff_t kMaxDepth = 8;

bool isDay(const std::string& name) {
    const auto isAt = [&](std::size_t i) {
        return i == 4 || i == 7 ? name[i] == '-' : name[i] >= '0' && name[i] <= '9';
    };
    for (std::size_t i = 0; i < 10; ++i)
        if (name.size() != 10 || !isAt(i)) return false;
    return true;
}

/// Whether `path` is a link that leads nowhere, or cannot be looked at.
bool isBroken(const fs::path& path) {
    struct stat status {};
    if (::stat(path.c_str(), &status) == 0) return false;
    if (errno != ENOENT && errno != ENOTDIR) return true;
    return ::lstat(path.c_str(), &status) == 0;
}

}  // namespace

std::string dayOf(const fs::path& relative_folder) {
    const std::string name = relative_folder.filename().string();
    return isDay(name) ? name : std::string();
}

bool isFaultOfDisk(int error_number) noexcept {
    switch (error_number) {
        case 0:
        case ENOENT:
        case ENOTDIR:
        case EACCES:
        case EPERM:
        case ELOOP:
        case ENAMETOOLONG:
            return false;
        default:
            return true;
    }
}

bool isAbsent(const fs::path& file) noexcept {
    struct stat status {};
    return ::stat(file.c_str(), &status) != 0 && (errno == ENOENT || errno == ENOTDIR);
}

Presence presenceOf(const fs::path& recordings_dir, const std::string& row_path) {
    struct stat status {};
    const fs::path file = fileOf(recordings_dir, row_path);
    if (::stat(file.c_str(), &status) == 0) return Presence::There;
    if (errno != ENOENT && errno != ENOTDIR) return Presence::OutOfReach;
    fs::path on_the_way = isSpooled(row_path) ? spoolDir(recordings_dir) : recordings_dir;
    if (isBroken(on_the_way) || (!isSpooled(row_path) && ::stat(on_the_way.c_str(), &status) != 0))
        return Presence::OutOfReach;
    for (const auto& part : relativeOf(row_path))
        if (isBroken(on_the_way /= part)) return Presence::OutOfReach;
    return Presence::Missing;
}

FolderWalk::FolderWalk(const fs::path& root) : root_(root) {}

bool FolderWalk::find(const base::Cancel& until) {
    for (;;) {
        for (std::error_code error; at_ != fs::directory_iterator();) {
            if (until.isDue()) return false;
            look(*at_);
            at_.increment(error);
            if (!error) continue;
            noteFault(here_, error.value());
            at_ = {};
        }
        auto& next = to_enter_.empty() ? links_ : to_enter_;
        if (next.empty()) return true;
        const fs::path folder = std::move(next.front());
        next.pop_front();
        if (enter(folder)) folders_.push_back(folder);
    }
}

bool FolderWalk::enter(const fs::path& relative) {
    const fs::path folder = root_ / relative;
    struct stat status {};
    if (::stat(folder.c_str(), &status) != 0) {
        noteFault(relative, errno);
        return false;
    }
    if (!entered_.emplace(status.st_dev, status.st_ino).second) return false;
    std::error_code error;
    at_ = fs::directory_iterator(folder, error);
    if (error) noteFault(relative, error.value());
    here_ = relative;
    return !error;
}

void FolderWalk::noteFault(const fs::path& relative, int error_number) {
    if (!isFaultOfDisk(error_number)) return;
    if (unreadable_++ == 0)
        unreadable_sample_ = (root_ / relative).string() + ": " + std::strerror(error_number);
}

void FolderWalk::look(const fs::directory_entry& entry) {
    const fs::path name = entry.path().filename();
    if (name.native().front() == '.') return;
    std::error_code error;
    if (entry.is_directory(error)) {
        if (std::distance(here_.begin(), here_.end()) < kMaxDepth)
            (entry.is_symlink(error) ? links_ : to_enter_).push_back(here_ / name);
    } else if (name.extension() == ".mp4") {
        ++recordings_;
    } else if (error) {
        noteFault(here_ / name, error.value());
    }
}

std::vector<fs::path> FolderWalk::takeFolders() {
    std::stable_sort(folders_.begin(), folders_.end(),
                     [](const auto& a, const auto& b) { return dayOf(a) < dayOf(b); });
    return std::move(folders_);
}

std::vector<fs::path> listRecordings(const fs::path& recordings_dir, const base::Cancel& cancel) {
    std::vector<fs::path> out;
    FolderWalk walk(recordings_dir);
    walk.find(cancel);
    cancel.check();
    if (walk.unreadable() > 0) throw Error(ErrorKind::Unavailable, "look through " + walk.unreadableSample());
    for (const fs::path& folder : walk.takeFolders()) {
        std::error_code error;
        for (fs::directory_iterator it(recordings_dir / folder, error), end; !error && it != end;
             it.increment(error)) {
            cancel.check();
            const fs::path name = it->path().filename();
            if (name.extension() == ".mp4" && name.native().front() != '.' && it->is_regular_file(error))
                out.push_back(folder / name);
        }
    }
    std::sort(out.begin(), out.end());
    return out;
}

std::vector<std::string> listAll(const fs::path& recordings_dir, bool has_volume,
                                 const base::Cancel& cancel) {
    std::vector<std::string> out;
    if (has_volume)
        for (const fs::path& file : listRecordings(recordings_dir, cancel)) out.push_back(file.string());
    for (const fs::path& file : listRecordings(spoolDir(recordings_dir), cancel))
        out.push_back(std::string(kSpoolPrefix) + file.string());
    return out;
}

}  // namespace porchlight::disk
