#include "disk/recover/file_search.h"

#include <cstring>
#include <utility>

#include "base/text.h"
#include "disk/places.h"

namespace porchlight::disk {
namespace fs = std::filesystem;
namespace {

/// Midnight of the day that a folder names; nothing is known of other folders' days.
WallTime startOfDay(const fs::path& folder) {
    const std::string day = dayOf(folder);
    if (day.empty()) return WallTime::min();
    return base::parseTime(day, WallTime{}).value_or(WallTime::min());
}

}  // namespace

FileSearch::FileSearch(store::Store& store, const fs::path& recordings_dir, RecoveryReport& report)
    : store_(store), dir_(recordings_dir), report_(report) {}

void FileSearch::begin(bool has_volume) {
    abandon();
    has_volume_ = has_volume;
    roots_.push_back({std::string(kSpoolPrefix), spoolDir(dir_), FolderWalk(spoolDir(dir_))});
    if (has_volume_) roots_.push_back({"", dir_, FolderWalk(dir_)});
    known_until_ = WallTime::min();
}

void FileSearch::abandon() {
    known_until_ = WallTime::max();
    at_ = {};
    is_listed_ = false;
    folders_.clear();
    roots_.clear();
    names_.clear();
    known_.reset();
    cameras_.clear();
    total_ = done_ = 0;
}

bool FileSearch::list(const base::Cancel& until) {
    for (Root& root : roots_)
        if (!root.walk.find(until)) return false;
    for (Root& root : roots_) take(root);
    std::error_code error;
    is_bare_ =
        has_volume_ && roots_.back().walk.recordings() == 0 && !fs::exists(dir_ / kVolumeMarker, error);
    return true;
}

void FileSearch::take(Root& root) {
    if (root.walk.unreadable() > 0) report_.noteUnreadable(root.walk.unreadableSample());
    total_ += root.walk.recordings();
    for (fs::path& relative : root.walk.takeFolders()) {
        if (root.prefix.empty() && !relative.empty()) cameras_.insert(relative.begin()->string());
        folders_.push_back({&root, std::move(relative)});
    }
}

std::string FileSearch::pathOf(const fs::path& name) const {
    const Folder& folder = folders_.front();
    return folder.root->prefix + (folder.relative / name).string();
}

std::optional<std::string> FileSearch::next(const base::Cancel& until) {
    if (!is_listed_ && !listNames(until)) return std::nullopt;
    if (!names_.empty()) return pathOf(*names_.begin());
    leaveFolder();
    return std::nullopt;
}

void FileSearch::leaveFolder() {
    folders_.pop_front();
    known_.reset();
    is_listed_ = false;
}

void FileSearch::pop() {
    names_.erase(names_.begin());
    ++done_;
}

void FileSearch::putBack(const std::string& path) {
    names_.insert(fs::path(path).filename().string());
    --done_;
}

/// False when it is time to end before all names are read.
bool FileSearch::listNames(const base::Cancel& until) {
    std::error_code error;
    const Folder& folder = folders_.front();
    if (at_ == fs::directory_iterator()) {
        if (folder.root->prefix.empty()) known_until_ = startOfDay(folder.relative);
        at_ = fs::directory_iterator(folder.root->folder / folder.relative, error);
    }
    for (; at_ != fs::directory_iterator(); at_.increment(error)) {
        if (until.isDue()) return false;
        listName(*at_);
    }
    noteFault(pathOf(""), error.value());
    at_ = {};
    is_listed_ = true;
    return true;
}

void FileSearch::listName(const fs::directory_entry& entry) {
    const std::string name = entry.path().filename().string();
    const bool is_part = name.ends_with(".mp4.part");
    if ((!is_part && !name.ends_with(".mp4")) || name.front() == '.') return;
    std::error_code error;
    if (entry.is_regular_file(error))
        names_.insert(name);
    else
        noteFault(pathOf(name), error.value());
}

std::optional<store::KnownPath> FileSearch::knownRow(const std::string& path) {
    if (!known_) known_.emplace(store_, pathOf(""));
    return known_->find(path);
}

void FileSearch::noteFault(const std::string& path, int error_number) {
    if (isFaultOfDisk(error_number))
        report_.noteUnreadable(fileOf(dir_, path).string() + ": " + std::strerror(error_number));
}

}  // namespace porchlight::disk
