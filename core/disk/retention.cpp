#include "disk/retention.h"

#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"
#include "base/wall_times.h"
#include "disk/places.h"

namespace porchlight::disk {
namespace {

constexpr milliseconds kMaxStep{30};  // and one deletion more: together the recorder waits less than 100 ms
constexpr std::size_t kForgetPage = 40;
constexpr std::size_t kCandidatesPage = 200;
constexpr std::uint64_t kRoomBytes = 32ULL << 20U;
constexpr std::uint64_t kFreeBytes = 16ULL << 20U;  // so much is no full disk, whatever a write says
constexpr microseconds kCursorLife{600'000'000};
constexpr microseconds kFreeingTakes{60'000'000};       // btrfs commits each 30 s
constexpr std::uint64_t kMaxOwedBytes = 256ULL << 20U;  // so much may go before any of it is seen free
constexpr std::uint64_t kVolume = 0;                    // of Volume::otherDisk
constexpr microseconds kUselessRest = std::chrono::hours(1);
constexpr microseconds kForgetInterval = std::chrono::hours(1);

// Whatever else is said of the clock: before this program there was nothing to delete.

std::string sentenceOf(const std::string& reason) {
    if (reason == "bytes") return "the recordings take more than storage.max_bytes";
    if (reason == "free_space") return "less than storage.min_free_bytes of the disk is free";
    return "recordings are older than max_age";
}

/// By the disk's own account there is space, and there are inodes.
bool isSaidToBeFree(const std::filesystem::path& folder) {
    struct statvfs disk {};
    if (::statvfs(folder.c_str(), &disk) != 0) return false;
    const bool has_inodes = disk.f_files == 0 || disk.f_favail > 0;
    return has_inodes && static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize >= kFreeBytes;
}

std::uint64_t wantedFree(const config::StorageConfig& limits, const StorageState& state) {
    return std::min(limits.min_free_bytes, state.total_bytes / 4);
}

}  // namespace

std::string planRetention(const config::StorageConfig& limits, const StorageState& state,
                          const store::RecordingRow& oldest) {
    if (limits.max_bytes > 0 && state.recorded_bytes > limits.max_bytes) return "bytes";
    if (state.free_bytes < wantedFree(limits, state)) return "free_space";
    const bool is_aged =
        limits.max_age.count() > 0 && oldest.ended_at && state.now - *oldest.ended_at > limits.max_age;
    if (is_aged && state.is_clock_trusted && state.now > kPlausibleSince && oldest.clock_state != "untrusted")
        return "age";
    return {};
}

StorageState Retention::look(std::uint64_t recorded_bytes, bool is_clock_trusted) const {
    StorageState state;
    state.recorded_bytes = recorded_bytes;
    const auto disk = std::filesystem::space(options_.recordings_dir);
    state.free_bytes = disk.available;
    state.total_bytes = disk.capacity;
    state.now = clock_.wallNow();
    state.is_clock_trusted = is_clock_trusted;
    return state;
}

/// As Volume::otherDisk(), asked once a step.
std::uint64_t Retention::diskOf(const std::string& camera) {
    const auto [disk, is_new] = disks_.try_emplace(camera, 0);
    if (is_new) disk->second = volume_.otherDisk(camera);
    return disk->second;
}

bool Retention::mayGo(const store::RetentionCandidate& candidate) const {
    const store::RecordingRow& row = candidate.row;
    return !candidate.is_held && !isSpooled(row.path) && !undeletable_.contains(row.id) &&
           !absent_.contains(row.id) && !unsettled_.contains(row.id);
}

void Retention::passOver(const store::RecordingRow& absent) {
    absent_.insert(absent.id);
    absent_bytes_[absent.camera] += absent.bytes;
    absent_bytes_[""] += absent.bytes;
    has_met_missing_ = true;
}

/// Of all cameras when `camera` is empty.
std::uint64_t Retention::recordedBytes(const std::string& camera) {
    const std::uint64_t bytes =
        camera.empty() ? store_.recordings.bytes() : store_.recordings.totals()[camera].bytes;
    const auto absent = absent_bytes_.find(camera);
    std::uint64_t without_file = absent == absent_bytes_.end() ? 0 : absent->second;
    for (const auto& [id, deletion] : unsettled_)
        if (camera.empty() || deletion.row.camera == camera) without_file += deletion.row.bytes;
    return bytes - std::min(bytes, without_file);
}

/// The oldest one that may go; what lies in the spool has a limit of its own. At least a page is looked at,
/// from where the last search ended; `is_searching_` when that took until `until`.
std::optional<store::RecordingRow> Retention::oldest(const Where& where, Deadline until) {
    Cursor& cursor = cursors_[where];
    is_searching_ = false;
    do {
        auto page = store_.recordings.oldest(where.camera, cursor.start, cursor.id, kCandidatesPage);
        for (auto& candidate : page) {
            if (candidate.row.started_at >= known_until_) return std::nullopt;
            const bool is_there = !where.disk || diskOf(candidate.row.camera) == *where.disk;
            if (is_there && mayGo(candidate)) return std::move(candidate.row);
            cursor = {candidate.row.started_at, candidate.row.id};
        }
        if (page.size() < kCandidatesPage) return std::nullopt;
    } while (!until.isPast());
    is_searching_ = true;
    return std::nullopt;
}

std::string Retention::whatIsLeft(const std::string& where) const {
    if (!undeletable_.empty())
        return ", and " + std::to_string(undeletable_.size()) +
               " of the recordings cannot be deleted: " + undeletable_why_;
    return ", and what is left" + where +
           " is being written or belongs to kept events: let go of some of them";
}

Retention::Outcome Retention::deleteOne(const std::string& camera, const config::StorageConfig& limits,
                                        const StorageState& state, Deadline until) {
    const auto row = oldest({camera, std::nullopt}, until);
    if (is_searching_) return Outcome::Searching;
    const std::string reason = planRetention(limits, state, row.value_or(store::RecordingRow{}));
    if (reason.empty()) return Outcome::Within;
    if (!row) {
        problem_ = sentenceOf(reason) + (camera.empty() ? "" : " of camera " + camera) + whatIsLeft();
        return Outcome::NothingLeft;
    }
    remove(*row, reason);
    return Outcome::Deleted;
}

Retention::Outcome Retention::deleteForSpace(const StorageState& state, Deadline until) {
    config::StorageConfig limits;
    limits.max_bytes = 0;
    limits.max_age = microseconds{0};
    limits.min_free_bytes = options_.storage.min_free_bytes;
    settleDebt(state.free_bytes);
    if (planRetention(limits, state, {}).empty()) {
        owed_.reset();
        return Outcome::Within;
    }
    if (!mayOweMore(wantedFree(limits, state) - state.free_bytes)) return Outcome::NothingLeft;
    const auto row = oldest({"", kVolume}, until);
    if (is_searching_) return Outcome::Searching;
    if (!row) {
        problem_ = sentenceOf("free_space") + whatIsLeft(" on it");
        return Outcome::NothingLeft;
    }
    if (!remove(*row, "free_space")) return Outcome::Deleted;
    if (!owed_) owed_ = Owed{state.free_bytes, written_bytes_, 0, clock_.now()};
    owed_->deleted_bytes += row->bytes;
    return Outcome::Deleted;
}

/// What was deleted is paid once it was seen free, whatever happens to that space afterwards.
void Retention::settleDebt(std::uint64_t free_bytes) {
    if (!owed_) return;
    const std::uint64_t taken = written_bytes_ - owed_->written_bytes;  // by ourselves, meanwhile
    const bool is_paid = free_bytes + taken >= owed_->free_bytes + owed_->deleted_bytes / 4;
    if (is_paid || clock_.now() - owed_->since >= kUselessRest) owed_.reset();
}

/// Some file systems take a while to free what was deleted, and snapshots keep it: no more goes than is
/// short, and then it is waited for.
bool Retention::mayOweMore(std::uint64_t short_bytes) {
    if (!owed_) return true;
    if (clock_.now() - owed_->since < kFreeingTakes)
        return owed_->deleted_bytes < std::min(short_bytes, kMaxOwedBytes);
    noteUseless();
    return false;
}

void Retention::noteUseless() {
    is_useless_ = true;
    problem_ =
        "the disk is full, and deleting recordings does not help: nothing more is deleted for it. Does a "
        "snapshot keep"
        " them, or is the disk that this one lies on full?";
}

const char* Retention::stateOfProblem() const noexcept {
    if (problem_.empty()) return "ok";
    return is_useless_ ? "useless" : undeletable_.empty() ? "kept_only" : "undeletable";
}

bool Retention::step(const std::vector<CameraLimits>& cameras,
                     const std::map<std::string, std::uint64_t>& open_bytes, bool is_clock_trusted) {
    settleOrGoOn();
    const Deadline until = Deadline::in(kMaxStep);
    disks_.clear();
    if (clock_.now() >= cursors_until_) {
        cursors_.clear();
        if (undeletable_.empty()) undeletable_why_.clear();  // all is well: told again when it begins again
        undeletable_.clear();
        absent_.clear();
        absent_bytes_.clear();
        cursors_until_ = clock_.now() + kCursorLife;
    }
    problem_.clear();
    is_useless_ = false;
    bool has_deleted = false;
    const auto isThrough = [&](const auto& deleteNext) {  // false: there is more to do
        while (!until.isPast()) {
            const Outcome outcome = deleteNext();
            if (outcome == Outcome::Searching) return false;
            if (outcome != Outcome::Deleted) return true;
            has_deleted = true;
        }
        return false;
    };
    const auto openOf = [&](const std::string& name) {
        const auto found = open_bytes.find(name);
        return found == open_bytes.end() ? 0 : found->second;
    };
    for (const CameraLimits& camera : cameras) {
        if (camera.max_bytes == 0 && camera.max_age.count() == 0) continue;
        config::StorageConfig limits;
        limits.max_bytes = camera.max_bytes;
        limits.max_age = camera.max_age;
        limits.min_free_bytes = 0;
        const auto now = [&] {
            return look(recordedBytes(camera.name) + openOf(camera.name), is_clock_trusted);
        };
        if (!isThrough([&] { return deleteOne(camera.name, limits, now(), until); })) return true;
    }
    std::uint64_t open = 0;
    for (const auto& [name, bytes] : open_bytes) open += bytes;
    config::StorageConfig of_all = options_.storage;
    of_all.min_free_bytes = 0;  // judged by itself
    const auto now = [&] { return look(recordedBytes("") + open, is_clock_trusted); };
    if (!isThrough([&] { return deleteOne("", of_all, now(), until); })) return true;
    if (!isThrough([&] { return deleteForSpace(look(0, is_clock_trusted), until); })) return true;
    if (has_deleted) return true;  // forgetting takes a step of its own
    return forget(is_clock_trusted);
}

store::RecordedTotal Retention::recordedOn(std::uint64_t disk) {
    store::RecordedTotal out;
    for (const auto& [camera, total] : store_.recordings.totals()) {
        if (diskOf(camera) != disk) continue;
        out.files += total.files;
        out.bytes += recordedBytes(camera);
    }
    return out;
}

bool Retention::makeRoom(const std::string& camera) {
    settleOrGoOn();
    const Deadline until = Deadline::in(kMaxStep);
    disks_.clear();
    const std::uint64_t disk = camera.empty() ? kVolume : diskOf(camera);
    const auto recorded = recordedOn(disk);
    const bool is_doubtful =
        isSaidToBeFree(disk == kVolume ? options_.recordings_dir : options_.recordings_dir / camera);
    is_searching_ = false;
    if (is_doubtful && recorded.files < 2) {
        noteUseless();
        return false;
    }
    const std::uint64_t wanted = is_doubtful ? 1 : std::min(kRoomBytes, recorded.bytes / 10);
    std::uint64_t made = 0;
    do {
        const auto row = oldest({"", disk}, until);
        if (!row) {
            if (!is_searching_) problem_ = "the disk takes nothing more" + whatIsLeft(" on it");
            return made > 0;
        }
        if (remove(*row, "free_space")) made += row->bytes;
    } while (made < wanted && !until.isPast());
    return true;
}

void Retention::settle() {
    while (!unsettled_.empty()) {
        const auto& [row, reason] = unsettled_.begin()->second;
        store_.removals.remove(row, reason, [] {});
        base::logInfo("recorder", "deleted " + row.path + " (" + reason + "), entered late");
        unsettled_.erase(unsettled_.begin());
    }
}

/// Nothing is deleted while the database takes nothing - unless that has no space itself, which the next
/// deletion may make.
void Retention::settleOrGoOn() {
    try {
        settle();
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::Exhausted) throw;
    }
}

void Retention::collectPaths(std::set<std::string>& paths) const {
    for (const auto& [id, deletion] : unsettled_) paths.insert(deletion.row.path);
}

/// False when the file cannot be deleted: its row stays, and the others are not held up by it. A file that is
/// not there may be on a disk that is not mounted: it is not called deleted.
bool Retention::remove(const store::RecordingRow& recording, const std::string& reason) {
    const auto file = fileOf(options_.recordings_dir, recording.path);
    int error_number = 0;
    try {
        store_.removals.remove(recording, reason, [&] {
            if (::unlink(file.c_str()) == 0) {
                unsettled_[recording.id] = {recording, reason};  // until the row says so, too
                return;
            }
            error_number = errno;
            throw base::errnoError("delete " + file.string(), error_number);
        });
    } catch (const Error& error) {
        if (error_number == 0) throw;
        if (error_number == ENOENT || error_number == ENOTDIR) {
            passOver(recording);
            return false;
        }
        if (undeletable_.empty() && undeletable_why_.empty())
            base::logError("storage",
                           std::string(error.what()) +
                               "; it is passed over for ten minutes, and others like it are counted");
        undeletable_.insert(recording.id);
        undeletable_why_ = error.what();
        return false;
    }
    unsettled_.erase(recording.id);
    ::rmdir(file.parent_path().c_str());  // the day's folder, if that was its last
    base::logInfo("recorder", "deleted " + recording.path + " (" + reason + ")");
    return true;
}

/// Events and their thumbnails, and rows of files that went long ago. True when there is more.
bool Retention::forget(bool is_clock_trusted) {
    if (!is_clock_trusted || clock_.now() < next_forget_) return false;
    const WallTime before = clock_.wallNow() - options_.storage.max_event_age;
    if (before < WallTime{}) return false;
    const auto forgotten = store_.events.forget(forgotten_until_, before, kForgetPage);
    for (const auto& event : forgotten.events)
        if (event.has_thumbnail)
            leftovers_.remove(options_.thumbnails_dir / event.camera / (event.id + ".jpg"));
    if (forgotten.looked_at > 0) forgotten_until_ = forgotten.last_start;
    const std::size_t rows = store_.removals.forgetGone(before, kForgetPage);
    if (forgotten.looked_at == kForgetPage || rows == kForgetPage) return true;
    forgotten_until_ = WallTime::min();
    next_forget_ = clock_.now() + kForgetInterval;
    return false;
}

}  // namespace porchlight::disk
