#include "disk/spool.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "base/log.h"
#include "disk/places.h"
#include "store/sql/database.h"

namespace porchlight::disk {
namespace fs = std::filesystem;
namespace {

constexpr std::uint64_t kLeaveFree = 64ULL << 20U;  // of the disk of the database
constexpr microseconds kFirstRetry{30'000'000};
constexpr microseconds kLastRetry = std::chrono::hours(1);
constexpr std::size_t kSlice = 2U << 20U;  // synced one by one: a slow disk holds up nobody for long

/// Makes the folders of a file and syncs each new name into its parent. Throws Error.
void makeFolders(const fs::path& folder) {
    std::error_code ignored;
    if (fs::is_directory(folder, ignored)) return;
    makeFolders(folder.parent_path());
    if (::mkdir(folder.c_str(), 0750) != 0 && errno != EEXIST)
        throw base::errnoError("make folder " + folder.string(), errno);
    base::syncFolder(folder.parent_path().string());
}

}  // namespace

/// A file on its way. **Owns** both descriptors and the copy, which is removed unless its row says that it is
/// the recording.
struct Spool::Move {
    store::RecordingRow row;
    fs::path from;
    fs::path to;         ///< its name when it is whole
    std::string to_row;  ///< `to` as rows say it
    fs::path part;
    base::Fd in;
    base::Fd out;
    std::uint64_t done = 0;
    bool is_elsewhere = false;  ///< its camera's folder is not on the volume
    bool is_named = false;      ///< it has the name `to`
    bool is_entered = false;    ///< the row says so
    ~Move() {
        if (is_entered) return;
        if (is_named)
            ::unlink(to.c_str());
        else if (out)
            ::unlink(part.c_str());
    }
};

Spool::Spool(store::Store& store, const Volume& volume, std::uint64_t max_bytes)
    : store_(store), volume_(volume), folder_(spoolDir(volume.folder())), max_bytes_(max_bytes) {
    removeMoved();
    refresh();
}

Spool::~Spool() = default;

/// A move that was cut short before its last step: the row says that the file is on the volume.
void Spool::removeMoved() noexcept {
    try {
        std::error_code error;
        for (fs::recursive_directory_iterator it(folder_, error), end; !error && it != end;
             it.increment(error)) {
            if (it->path().extension() != ".mp4") continue;
            const std::string relative = it->path().lexically_relative(folder_).string();
            if (store_.recordings.knows(std::string(kSpoolPrefix) + relative)) continue;
            const auto moved = store_.recordings.at(relative);
            if (moved && moved->gone_reason.empty()) leftovers_.insert(it->path());
        }
    } catch (const std::exception& error) {
        base::logWarning("storage", std::string("look through the spool: ") + error.what());
    }
    removeLeftovers();
}

void Spool::removeLeftovers() noexcept {
    std::erase_if(leftovers_, [](const fs::path& file) {
        if (::unlink(file.c_str()) != 0 && errno != ENOENT) return false;
        ::rmdir(file.parent_path().c_str());
        return true;
    });
}

bool Spool::isUsable() const noexcept {
    if (max_bytes_ == 0 || !volume_.isElsewhere(folder_.parent_path())) return false;
    struct statvfs disk {};
    if (::statvfs(folder_.parent_path().c_str(), &disk) != 0 || (disk.f_flag & ST_RDONLY) != 0) return false;
    return static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize > kLeaveFree;
}

std::string Spool::partPath() const {
    return move_ ? move_->to_row + ".part" : std::string();
}

void Spool::refresh() {
    const auto rows = store_.recordings.below(std::string(kSpoolPrefix));
    bytes_ = 0;
    for (const auto& row : rows) bytes_ += row.bytes;
    files_ = rows.size();
    is_changed_ = false;
}

void Spool::keepWithin(std::uint64_t open_bytes) {
    if (is_changed_) refresh();
    if (bytes_ + open_bytes <= max_bytes_ || files_ == 0) return;
    auto rows = store_.recordings.below(std::string(kSpoolPrefix));
    std::erase_if(rows, [](const store::RecordingRow& row) { return !row.ended_at; });
    const auto oldest = std::min_element(
        rows.begin(), rows.end(), [](const auto& a, const auto& b) { return a.started_at < b.started_at; });
    if (oldest == rows.end()) return;
    if (move_ && move_->row.id == oldest->id) move_.reset();
    const fs::path file = fileOf(volume_.folder(), oldest->path);
    store_.removals.remove(*oldest, "spool_full", [&] {
        if (::unlink(file.c_str()) != 0 && errno != ENOENT)
            throw base::errnoError("delete " + file.string(), errno);
    });
    ++dropped_files_;
    base::logWarning("storage", "the spool is full: deleted " + oldest->path);
    refresh();
}

std::unique_ptr<Spool::Move> Spool::begin(store::RecordingRow row) const {
    auto move = std::make_unique<Move>();
    move->from = fileOf(volume_.folder(), row.path);
    const fs::path relative = row.path.substr(kSpoolPrefix.size());
    // Under its own name; when another recording has that, a millisecond later. A file that no row knows is
    // what was left of an earlier attempt.
    move->to_row = relative.string();
    for (auto at = startOf(relative); at && store_.recordings.knows(move->to_row);)
        move->to_row = recordingPath(row.camera, *at = *at + milliseconds(1)).string();
    move->to = volume_.folder() / move->to_row;
    move->part = move->to.string() + ".part";
    move->is_elsewhere = volume_.otherDisk(row.camera) != 0;
    move->row = std::move(row);
    makeFolders(move->to.parent_path());
    move->out.reset(::open(move->part.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0640));
    if (!move->out) throw base::errnoError("create " + move->part.string(), errno);
    return move;
}

/// True when the file is whole.
bool Spool::copySlice() {
    std::vector<char> buffer(256 * 1024);
    for (std::size_t copied = 0; copied < kSlice;) {
        const ssize_t size =
            ::pread(move_->in.get(), buffer.data(), buffer.size(), static_cast<off_t>(move_->done));
        if (size < 0)
            throw Error(ErrorKind::BadData, base::errnoError("read " + move_->from.string(), errno).what());
        if (size == 0) return true;
        const ssize_t written = ::pwrite(move_->out.get(), buffer.data(), static_cast<std::size_t>(size),
                                         static_cast<off_t>(move_->done));
        if (written <= 0)
            throw base::errnoError("write " + move_->part.string(), written < 0 ? errno : ENOSPC);
        move_->done += static_cast<std::uint64_t>(written);
        copied += static_cast<std::size_t>(written);
        if (!move_->is_elsewhere) copied_bytes_ += static_cast<std::uint64_t>(written);
    }
    return false;
}

/// The copy is synced under its name before the row says so, and the row before the original goes: at no
/// moment is there a row without its file.
void Spool::finishMove() {
    if (::fsync(move_->out.get()) != 0) throw base::errnoError("sync " + move_->part.string(), errno);
    if (::rename(move_->part.c_str(), move_->to.c_str()) != 0)
        throw base::errnoError("rename " + move_->part.string(), errno);
    move_->is_named = true;
    base::syncFolder(move_->to.parent_path().string());
    store_.recordings.move(move_->row.id, move_->to_row);
    move_->is_entered = is_changed_ = true;
    leftovers_.insert(move_->from);
    removeLeftovers();
    base::logInfo("storage", "moved " + move_->to_row + " from the spool to its disk");
    move_.reset();
}

void Spool::noteUnreadable(std::int64_t id, Monotonic::time_point now) {
    Retry& retry = unreadable_[id];
    retry.span = std::clamp(retry.span * 2, kFirstRetry, kLastRetry);
    retry.at = now + retry.span;
}

/// False: nothing is left to move now.
bool Spool::beginNext(const std::set<std::string>& in_use, Monotonic::time_point now, std::string& camera) {
    for (auto& row : store_.recordings.below(std::string(kSpoolPrefix))) {
        if (!row.ended_at || in_use.contains(row.path) || refused_.contains(row.camera)) continue;
        if (const auto known = unreadable_.find(row.id); known != unreadable_.end() && now < known->second.at)
            continue;
        camera = row.camera;
        base::Fd in(::open(fileOf(volume_.folder(), row.path).c_str(), O_RDONLY | O_CLOEXEC));
        if (!in) {
            noteUnreadable(row.id, now);
            continue;
        }
        move_ = begin(std::move(row));
        move_->in = std::move(in);
        return true;
    }
    refused_.clear();
    return false;
}

bool Spool::moveSome(const std::set<std::string>& in_use, Monotonic::time_point now) {
    if (is_changed_) refresh();
    removeLeftovers();
    if (files_ == 0 && !move_) return false;
    std::string camera = move_ ? move_->row.camera : "";
    try {
        if (!move_ && !beginNext(in_use, now, camera)) return false;
        if (copySlice())
            finishMove();
        else if (::fdatasync(move_->out.get()) != 0)
            throw base::errnoError("sync " + move_->part.string(), errno);
    } catch (const store::DatabaseError&) {
        move_.reset();
        throw;
    } catch (const Error& error) {
        if (error.kind() == ErrorKind::BadData && move_) noteUnreadable(move_->row.id, now);
        move_.reset();
        if (error.kind() != ErrorKind::BadData) {
            refused_.insert(camera);
            refused_camera_ = camera;
            throw;
        }
        base::logError("storage", error.what());  // the spool's own fault: the others are still moved
    }
    return true;
}

}  // namespace porchlight::disk
