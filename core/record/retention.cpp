#include "record/retention.h"

#include <sys/statvfs.h>
#include <unistd.h>

#include <cerrno>

#include "base/fd.h"
#include "base/log.h"

namespace porchlight::record {
namespace {

constexpr int kMaxDeletionsPerRun = 64;
constexpr seconds kMaxRun{2};  // deleting is slow on some cards, and footage waits meanwhile

// Boards without a battery-backed clock start in the past; nothing is judged by age before the time is plausible.
constexpr WallTime kPlausibleSince{microseconds{1'735'689'600'000'000}};  // 2025-01-01

}  // namespace

std::string planRetention(const config::StorageConfig& limits, const StorageState& state, const store::RecordingRow& oldest) {
    if (limits.max_bytes > 0 && state.recorded_bytes > limits.max_bytes) return "bytes";
    if (state.free_bytes < limits.min_free_bytes) return "free_space";
    const bool is_aged = limits.max_age.count() > 0 && oldest.ended_at && state.now - *oldest.ended_at > limits.max_age;
    if (is_aged && state.now > kPlausibleSince) return "age";
    return {};
}

StorageState Retention::look(std::uint64_t open_bytes) {
    struct statvfs disk {};
    if (::statvfs(options_.recordings_dir.c_str(), &disk) != 0)
        throw base::errnoError("look at " + options_.recordings_dir.string(), errno);
    StorageState state;
    state.recorded_bytes = store_.recordedBytes() + open_bytes;
    state.free_bytes = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
    state.total_bytes = static_cast<std::uint64_t>(disk.f_blocks) * disk.f_frsize;
    state.now = clock_.wallNow();
    return state;
}

void Retention::run(std::uint64_t open_bytes) {
    const auto began_at = Monotonic::now();
    for (int i = 0; i < kMaxDeletionsPerRun && Monotonic::now() - began_at < kMaxRun; ++i) {
        const StorageState state = look(open_bytes);
        const auto oldest = store_.oldestRecording();
        const std::string reason = planRetention(options_.storage, state, oldest.value_or(store::RecordingRow{}));
        if (reason.empty()) {
            did_report_full_ = false;
            return;
        }
        if (!oldest) {
            if (!did_report_full_) base::logWarning("recorder", "storage limit '" + reason + "' is reached and no recording may be deleted");
            did_report_full_ = true;
            return;
        }
        remove(*oldest, reason);
    }
}

void Retention::remove(const store::RecordingRow& recording, const std::string& reason) {
    const auto file = options_.recordings_dir / recording.path;
    if (::unlink(file.c_str()) != 0 && errno != ENOENT) throw base::errnoError("delete " + file.string(), errno);
    store_.markRecordingGone(recording.id, reason);
    store_.markFootageGone(recording.camera, recording.started_at, recording.ended_at.value_or(recording.started_at), reason);
    ::rmdir(file.parent_path().c_str());  // the day's folder, if that was its last
    base::logInfo("recorder", "deleted " + recording.path + " (" + reason + ")");
}

}  // namespace porchlight::record
