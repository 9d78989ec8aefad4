#include "disk/recover/reconciliation.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "base/text.h"
#include "disk/begun_file.h"
#include "disk/places.h"
#include "store/sql/database.h"

namespace porchlight::disk {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kTryPage = 100;  // rows whose files are tried between two looks at the clock
constexpr std::size_t kGonePage = 20;
constexpr std::size_t kMaxAdopted = 200;  // in one transaction
constexpr seconds kStillWritten{10};
constexpr std::size_t kMaxTold = 5;  // names of files that are not ours

/// Midnight of the day that a folder names; nothing is known of other folders' days.
WallTime startOfDay(const fs::path& folder) {
    const std::string day = dayOf(folder);
    if (day.empty()) return WallTime::min();
    return base::parseTime(day, WallTime{}).value_or(WallTime::min());
}

}  // namespace

Reconciliation::Reconciliation(store::Store& store, const fs::path& recordings_dir, Found found)
    : store_(store), dir_(recordings_dir), found_(std::move(found)), disks_(store, recordings_dir) {}

void Reconciliation::begin(bool has_volume) {
    abandon();
    report_ = {};
    has_volume_ = has_volume;
    began_at_ = fs::file_time_type::clock::now();
    last_id_ = store_.recordings.newestId();
    roots_.push_back({std::string(kSpoolPrefix), spoolDir(dir_), FolderWalk(spoolDir(dir_))});
    if (has_volume_) roots_.push_back({"", dir_, FolderWalk(dir_)});
    known_until_ = WallTime::min();
    phase_ = Phase::Listing;
}

void Reconciliation::abandon() {
    phase_ = Phase::Done;
    known_until_ = WallTime::max();
    inspection_.reset();
    candidate_.reset();
    at_ = {};
    is_listed_ = false;
    folders_.clear();
    roots_.clear();
    names_.clear();
    known_.reset();
    missing_.clear();
    gone_ids_.clear();
    out_of_reach_.clear();
    folder_names_.clear();
    after_id_ = 0;
    total_ = done_ = 0;
    flush();  // last: what the database refuses now is entered when it begins anew
}

void Reconciliation::step(const base::Cancel& until, const std::set<std::string>& in_use) {
    while (phase_ != Phase::Done && !until.isDue()) advance(until, in_use);
    flush();
}

void Reconciliation::advance(const base::Cancel& until, const std::set<std::string>& in_use) {
    switch (phase_) {
        case Phase::Listing:
            return list(until);
        case Phase::Files:
            return lookThrough(until, in_use);
        case Phase::Rows:
            return tryRows(until, in_use);
        case Phase::Gone:
            return markGone();
        case Phase::Done:
            return;
    }
}

// --- what is there

void Reconciliation::list(const base::Cancel& until) {
    for (Root& root : roots_)
        if (!root.walk.find(until)) return;
    for (Root& root : roots_) {
        if (root.walk.unreadable() > 0) report_.noteUnreadable(root.walk.unreadableSample());
        total_ += root.walk.recordings();
        for (fs::path& relative : root.walk.takeFolders()) {
            if (root.prefix.empty() && !relative.empty()) folder_names_.insert(relative.begin()->string());
            folders_.push_back({&root, std::move(relative)});
        }
    }
    std::error_code error;
    is_bare_ = has_volume_ && roots_.back().walk.recordings() == 0 &&
               !fs::exists(dir_ / ".porchlight-volume", error);
    phase_ = Phase::Files;
}

std::string Reconciliation::pathOf(const fs::path& name) const {
    const Folder& folder = folders_.front();
    return folder.root->prefix + (folder.relative / name).string();
}

void Reconciliation::lookThrough(const base::Cancel& until, const std::set<std::string>& in_use) {
    if (inspection_) return inspect();
    if (folders_.empty()) {
        flush();
        known_until_ = WallTime::max();
        phase_ = Phase::Rows;
        return;
    }
    if (!is_listed_ && !listNames(until)) return;
    if (names_.empty()) {
        folders_.pop_front();
        known_.reset();
        is_listed_ = false;
        return;
    }
    const std::string path = pathOf(*names_.begin());
    consider(path, in_use);  // throws before anything is forgotten
    names_.erase(names_.begin());
    ++done_;
}

/// False when it is time to end before all names are read.
bool Reconciliation::listNames(const base::Cancel& until) {
    std::error_code error;
    const Folder& folder = folders_.front();
    if (at_ == fs::directory_iterator()) {
        if (folder.root->prefix.empty()) known_until_ = startOfDay(folder.relative);
        at_ = fs::directory_iterator(folder.root->folder / folder.relative, error);
    }
    for (; at_ != fs::directory_iterator(); at_.increment(error)) {
        if (until.isDue()) return false;
        const std::string name = at_->path().filename().string();
        const bool is_part = name.ends_with(".mp4.part");
        if ((!is_part && !name.ends_with(".mp4")) || name.front() == '.') continue;
        if (at_->is_regular_file(error))
            names_.insert(name);
        else
            noteFault(pathOf(name), error.value());
    }
    noteFault(pathOf(""), error.value());
    at_ = {};
    is_listed_ = true;
    return true;
}

void Reconciliation::consider(const std::string& path, const std::set<std::string>& in_use) {
    const fs::path file = fileOf(dir_, path);
    if (in_use.contains(path)) return;
    if (path.ends_with(".part")) {
        // A move from the spool that was cut short; the spool has the whole one.
        if (isOursByName(relativeOf(path.substr(0, path.size() - 5)))) remove(path);
        return;
    }
    if (!known_) known_.emplace(store_, pathOf(""));
    const auto known = known_->find(path);
    if (known && known->gone_reason.empty()) return;
    if (!known && isMoved(path)) return remove(path);
    std::error_code error;
    const auto written_at = fs::last_write_time(file, error);
    if (error) return noteFault(path, error.value());  // or it was deleted or moved since it was listed
    if (!known && !isRecordingName(relativeOf(path))) return leaveAlone(path);
    const auto age = fs::file_time_type::clock::now() - written_at;
    if (!known && written_at > began_at_ && age < kStillWritten && age > -kStillWritten)
        return;  // somebody copies it here
    candidate_ = Candidate{path, known};
    try {
        inspection_.emplace(file, known || isOursByName(relativeOf(path)));
    } catch (const Error& failure) {
        report_.noteUnreadable(failure.what());
    }
}

/// A bad sector, or a cable that is loose for a moment: tried again later (FilesNews).
void Reconciliation::noteFault(const std::string& path, int error_number) {
    if (isFaultOfDisk(error_number))
        report_.noteUnreadable(fileOf(dir_, path).string() + ": " + std::strerror(error_number));
}

void Reconciliation::remove(const std::string& path) {
    const fs::path file = fileOf(dir_, path);
    if (::unlink(file.c_str()) == 0)
        ++report_.removed_files;
    else if (errno != ENOENT)
        report_.noteUnreadable("delete " + file.string() + ": " + std::strerror(errno));
}

/// A move from the spool whose last step is missing: the row says that the file is on the volume, and it is.
bool Reconciliation::isMoved(const std::string& path) {
    if (!isSpooled(path)) return false;
    const std::string moved = relativeOf(path).string();
    const auto row = store_.recordings.at(moved);
    return row && row->gone_reason.empty() && presenceOf(dir_, moved) == Presence::There;
}

void Reconciliation::inspect() {
    try {
        if (inspection_->step()) return;
        const auto facts = inspection_->facts();
        inspection_.reset();
        judgeFile(*candidate_, facts);
    } catch (const Error& error) {
        const bool is_of_file = inspection_.has_value();
        inspection_.reset();
        if (is_of_file) return report_.noteUnreadable(error.what());
        names_.insert(fs::path(candidate_->path).filename().string());  // the database failed: once more
        --done_;
        throw;
    }
}

void Reconciliation::judgeFile(const Candidate& candidate, const std::optional<FileFacts>& facts) {
    const auto& [path, known] = candidate;
    if (known && facts) {
        const auto row = store_.recordings.byId(known->id);
        if (!row || row->gone_reason.empty()) return;
        store_.atomically([&] {
            store_.recordings.revive(row->id);
            store_.recordings.finish(row->id, row->started_at + facts->duration, facts->size_bytes);
        });
        to_note_.push_back(*row);
        to_note_.back().ended_at = row->started_at + facts->duration;
        ++report_.revived_files;
    } else if (facts) {
        if (adopted_.size() >= kMaxAdopted)
            flush();  // first: where that throws, this file is looked at once more
        adopted_.push_back(rowOfFile(path, *facts));
    } else if (!known && holdsNothing(dir_, path)) {
        remove(path);
    } else if (!known) {
        leaveAlone(path);
    }
}

void Reconciliation::leaveAlone(const std::string& path) {
    if (report_.foreign_files++ >= kMaxTold) return;
    base::logWarning("recorder",
                     path + " is no recording of Porchlight, or cannot be read: it is left alone");
}

/// All or none of them. False: one says what no row may say.
bool Reconciliation::isTaken(const std::vector<store::RecordingRow>& rows) {
    try {
        store_.recordings.adopt(rows);
    } catch (const store::RefusedRow& error) {
        base::logError("recorder", error.what());
        return false;
    }
    report_.adopted_files += rows.size();
    to_note_.insert(to_note_.end(), rows.begin(), rows.end());
    return true;
}

/// Rows first, then the ledger; either may be refused by the database, and is then done by the next call. A
/// row that would be refused for ever costs only itself.
void Reconciliation::flush() {
    if (!adopted_.empty() && isTaken(adopted_)) adopted_.clear();
    for (; !adopted_.empty(); adopted_.pop_back())
        if (!isTaken({adopted_.back()})) leaveAlone(adopted_.back().path);
    for (; !to_note_.empty(); to_note_.pop_front())
        if (found_) found_(to_note_.front().camera, to_note_.front().started_at, *to_note_.front().ended_at);
}

// --- what is not there

void Reconciliation::tryRows(const base::Cancel& until, const std::set<std::string>& in_use) {
    const auto rows = store_.recordings.existingAfter(after_id_, kTryPage);
    for (const auto& row : rows) {
        if (row.id > last_id_) break;
        if (until.isDue()) return;
        if (!in_use.contains(row.path) && (has_volume_ || isSpooled(row.path))) tryRow(row);
        after_id_ = row.id;
    }
    if (rows.size() < kTryPage || rows.back().id >= last_id_) judgeMissing();
}

void Reconciliation::tryRow(const store::RecordingRow& row) {
    Missing& missing = missing_[isSpooled(row.path) ? std::string(kSpoolPrefix) : row.camera];
    const Presence presence = presenceOf(dir_, row.path);
    if (presence == Presence::There) {
        ++missing.found;
        if (!row.ended_at && endOpenRow(store_, dir_, row, report_)) {
            const auto ended = store_.recordings.byId(row.id);
            if (ended && ended->ended_at) to_note_.push_back(*ended);
        }
        return;
    }
    missing.sample = row.path;
    if (presence == Presence::OutOfReach)
        ++missing.unreachable;
    else
        missing.ids.push_back(row.id);
}

/// A camera's folder may be on a disk that is not mounted, and nothing in the folder below says so.
bool Reconciliation::mayLieElsewhere(const std::string& camera, const Missing& missing) const {
    if (camera == kSpoolPrefix) return false;
    if (is_bare_) return true;
    if (disks_.isKnown()) return disks_.isAway(camera);
    return missing.found == 0;  // nothing was ever noted, and nothing at all is there
}

void Reconciliation::judgeMissing() {
    for (auto& [camera, missing] : missing_) {
        if (mayLieElsewhere(camera, missing)) missing.unreachable += std::exchange(missing.ids, {}).size();
        gone_ids_.insert(gone_ids_.end(), missing.ids.begin(), missing.ids.end());
        if (missing.unreachable == 0) continue;
        report_.out_of_reach[camera] = missing.unreachable;
        out_of_reach_.push_back(missing.sample);
    }
    rememberDisks();
    for (const std::int64_t id : store_.removals.begun()) {
        const auto row = store_.recordings.byId(id);
        if (!row || !row->gone_reason.empty() || presenceOf(dir_, row->path) == Presence::There)
            store_.removals.forget(id);
    }
    missing_.clear();
    phase_ = Phase::Gone;
}

void Reconciliation::rememberDisks() {
    if (!has_volume_ || phase_ < Phase::Rows) return;
    if (!disks_.isKnown() && !report_.out_of_reach.empty())
        return;  // what is away would be noted as being here
    std::set<std::string> cameras = folder_names_;
    std::set<std::string> kept;
    for (const auto& [camera, total] : store_.recordings.totals()) cameras.insert(camera);
    for (const auto& [camera, count] : report_.out_of_reach) kept.insert(camera);
    disks_.remember(cameras, kept);
}

/// Tried once more: nothing is called gone that is there now.
void Reconciliation::markGone() {
    std::vector<store::RecordingRow> rows;
    const std::size_t page = std::min(kGonePage, gone_ids_.size());
    for (std::size_t i = 0; i < page; ++i) {
        auto row = store_.recordings.byId(gone_ids_[i]);
        if (row && row->gone_reason.empty() && presenceOf(dir_, row->path) == Presence::Missing)
            rows.push_back(std::move(*row));
    }
    for (const auto& row : store_.removals.lose(rows)) ++report_.lost[row.camera];
    gone_ids_.erase(gone_ids_.begin(), gone_ids_.begin() + static_cast<std::ptrdiff_t>(page));
    if (gone_ids_.empty()) phase_ = Phase::Done;
}

bool Reconciliation::isBackInReach() const {
    return std::any_of(out_of_reach_.begin(), out_of_reach_.end(),
                       [&](const std::string& path) { return presenceOf(dir_, path) == Presence::There; });
}

std::optional<Housekeeping> Reconciliation::progress() const {
    if (isDone()) return std::nullopt;
    Housekeeping out;
    out.files_total = phase_ == Phase::Listing ? 0 : total_;
    out.files_done = done_;
    out.adopted = report_.adopted_files;
    out.step = phase_ == Phase::Listing ? "listing"
               : phase_ == Phase::Files ? "files"
               : phase_ == Phase::Rows  ? "rows"
                                        : "gone";
    return out;
}

}  // namespace porchlight::disk
