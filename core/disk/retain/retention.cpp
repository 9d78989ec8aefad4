#include "disk/retain/retention.h"

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
constexpr std::uint64_t kRoomBytes = 32ULL << 20U;
constexpr std::uint64_t kFreeBytes = 16ULL << 20U;  // so much is no full disk, whatever a write says
constexpr microseconds kCursorLife{600'000'000};
constexpr std::uint64_t kVolume = 0;  // of Volume::otherDisk

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

/// Of all cameras when `camera` is empty.
std::uint64_t Retention::recordedBytes(const std::string& camera) {
    const std::uint64_t bytes =
        camera.empty() ? store_.recordings.bytes() : store_.recordings.totals()[camera].bytes;
    return bytes - std::min(bytes, bytesWithoutFile(camera));
}

std::uint64_t Retention::bytesWithoutFile(const std::string& camera) const {
    std::uint64_t bytes = passed_over_.absentBytes(camera);
    for (const auto& [id, deletion] : unsettled_)
        if (camera.empty() || deletion.row.camera == camera) bytes += deletion.row.bytes;
    return bytes;
}

std::string Retention::whatIsLeft(const std::string& where) const {
    if (passed_over_.undeletable() > 0)
        return ", and " + std::to_string(passed_over_.undeletable()) +
               " of the recordings cannot be deleted: " + passed_over_.whyUndeletable();
    return ", and what is left" + where +
           " is being written or belongs to kept events: let go of some of them";
}

Retention::Outcome Retention::deleteOne(const std::string& camera, const config::StorageConfig& limits,
                                        const StorageState& state, Deadline until) {
    const auto row = oldest_.find({camera, std::nullopt}, until);
    if (oldest_.isSearching()) return Outcome::Searching;
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
    debt_.look(state.free_bytes, clock_.now());
    if (planRetention(limits, state, {}).empty()) {
        debt_.forgive();
        return Outcome::Within;
    }
    const auto answer = debt_.ask(wantedFree(limits, state) - state.free_bytes, clock_.now());
    if (answer == SpaceDebt::Answer::Useless) noteUseless();
    if (answer != SpaceDebt::Answer::May) return Outcome::NothingLeft;
    const auto row = oldest_.find({"", kVolume}, until);
    if (oldest_.isSearching()) return Outcome::Searching;
    if (!row) {
        problem_ = sentenceOf("free_space") + whatIsLeft(" on it");
        return Outcome::NothingLeft;
    }
    if (remove(*row, "free_space")) debt_.add(row->bytes, state.free_bytes, clock_.now());
    return Outcome::Deleted;
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
    return is_useless_ ? "useless" : passed_over_.undeletable() == 0 ? "kept_only" : "undeletable";
}

bool Retention::step(const std::vector<CameraLimits>& cameras, const OpenBytes& open_bytes,
                     bool is_clock_trusted) {
    settleOrGoOn();
    const Deadline until = Deadline::in(kMaxStep);
    oldest_.beginStep();
    if (clock_.now() >= anew_at_) beginAnew();
    problem_.clear();
    is_useless_ = false;
    has_deleted_ = false;
    if (!keepCameras(cameras, open_bytes, is_clock_trusted, until)) return true;
    if (!keepAll(open_bytes, is_clock_trusted, until)) return true;
    if (!isThrough(until, [&] { return deleteForSpace(look(0, is_clock_trusted), until); })) return true;
    return has_deleted_;
}

void Retention::beginAnew() {
    oldest_.forget();
    passed_over_.forget();
    anew_at_ = clock_.now() + kCursorLife;
}

/// False: there is more to do.
template <class DeleteNext>
bool Retention::isThrough(Deadline until, DeleteNext deleteNext) {
    do {
        const Outcome outcome = deleteNext();
        if (outcome == Outcome::Searching) return false;
        if (outcome != Outcome::Deleted) return true;
        has_deleted_ = true;
    } while (!until.isPast());
    return false;
}

/// The limits of single cameras. False: there is more to do.
bool Retention::keepCameras(const std::vector<CameraLimits>& cameras, const OpenBytes& open_bytes,
                            bool is_clock_trusted, Deadline until) {
    for (const CameraLimits& camera : cameras) {
        if (camera.max_bytes == 0 && camera.max_age.count() == 0) continue;
        config::StorageConfig limits;
        limits.max_bytes = camera.max_bytes;
        limits.max_age = camera.max_age;
        limits.min_free_bytes = 0;
        const auto open = open_bytes.find(camera.name);
        const std::uint64_t written = open == open_bytes.end() ? 0 : open->second;
        const auto deleteNext = [&] {
            const auto state = look(recordedBytes(camera.name) + written, is_clock_trusted);
            return deleteOne(camera.name, limits, state, until);
        };
        if (!isThrough(until, deleteNext)) return false;
    }
    return true;
}

/// The limits of all, but for free space. False: there is more to do.
bool Retention::keepAll(const OpenBytes& open_bytes, bool is_clock_trusted, Deadline until) {
    std::uint64_t open = 0;
    for (const auto& [name, bytes] : open_bytes) open += bytes;
    config::StorageConfig limits = options_.storage;
    limits.min_free_bytes = 0;  // judged by itself
    return isThrough(until, [&] {
        return deleteOne("", limits, look(recordedBytes("") + open, is_clock_trusted), until);
    });
}

store::RecordedTotal Retention::recordedOn(std::uint64_t disk) {
    store::RecordedTotal out;
    for (const auto& [camera, total] : store_.recordings.totals()) {
        if (oldest_.diskOf(camera) != disk) continue;
        out.files += total.files;
        out.bytes += total.bytes - std::min(total.bytes, bytesWithoutFile(camera));
    }
    return out;
}

bool Retention::makeRoom(const std::string& camera) {
    settleOrGoOn();
    const Deadline until = Deadline::in(kMaxStep);
    oldest_.beginStep();
    const std::uint64_t disk = camera.empty() ? kVolume : oldest_.diskOf(camera);
    const auto recorded = recordedOn(disk);
    const bool is_doubtful =
        isSaidToBeFree(disk == kVolume ? options_.recordings_dir : options_.recordings_dir / camera);
    if (is_doubtful && recorded.files < 2) {
        noteUseless();
        return false;
    }
    const std::uint64_t wanted = is_doubtful ? 1 : std::min(kRoomBytes, recorded.bytes / 10);
    std::uint64_t made = 0;
    do {
        const auto row = oldest_.find({"", disk}, until);
        if (!row) {
            if (!oldest_.isSearching()) problem_ = "the disk takes nothing more" + whatIsLeft(" on it");
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
            passed_over_.noteAbsent(recording);
            return false;
        }
        if (passed_over_.noteUndeletable(recording, error.what()))
            base::logError("storage",
                           std::string(error.what()) +
                               "; it is passed over for ten minutes, and others like it are counted");
        return false;
    }
    unsettled_.erase(recording.id);
    ::rmdir(file.parent_path().c_str());  // the day's folder, if that was its last
    base::logInfo("recorder", "deleted " + recording.path + " (" + reason + ")");
    return true;
}

}  // namespace porchlight::disk
