#include "record/recovery.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "base/fd.h"
#include "base/log.h"
#include "media/recording_scanner.h"
#include "record/open_recording.h"

namespace porchlight::record {
namespace fs = std::filesystem;
namespace {

constexpr WallTime kBeginning{microseconds{0}};
constexpr WallTime kEnd{microseconds{4'102'444'800'000'000}};  // 2100

void closeOpenRecordings(store::Store& store, const fs::path& dir, RecoveryReport& report) {
    for (const auto& row : store.openRecordings()) {
        const fs::path file = dir / row.path;
        std::optional<FileFacts> facts;
        try {
            facts = inspectFile(file, true);
        } catch (const Error& error) {
            // One bad sector must not keep the appliance from starting: the row stays open for the next start.
            base::logError("recorder", error.what());
            continue;
        }
        if (!facts) {
            store.finishRecording(row.id, row.started_at, 0);
            store.markRecordingGone(row.id, "lost");
            ++report.lost_files;
            continue;
        }
        if (facts->torn_bytes > 0) ++report.truncated_files;
        store.finishRecording(row.id, row.started_at + facts->duration, facts->whole_bytes);
        ++report.closed_recordings;
    }
}

void adoptFiles(store::Store& store, const fs::path& dir, const std::vector<fs::path>& files, RecoveryReport& report) {
    for (const fs::path& relative : files) {
        if (store.knowsRecording(relative.string())) continue;
        std::optional<store::RecordingRow> row;
        try {
            row = adoptable(dir, relative, true);
        } catch (const Error& error) {
            base::logError("recorder", error.what());
        }
        if (!row) {
            base::logWarning("recorder", relative.string() + " holds no footage and is not adopted");
            continue;
        }
        store.ensureCamera(row->camera, row->camera);
        const std::int64_t id = store.insertRecording(*row);
        store.finishRecording(id, *row->ended_at, row->bytes);
        ++report.adopted_files;
    }
}

void markLost(store::Store& store, const std::vector<fs::path>& files, const std::set<std::string>& cameras,
              RecoveryReport& report) {
    const std::set<fs::path> existing(files.begin(), files.end());
    for (const std::string& camera : cameras)
        for (const auto& row : store.recordings(camera, kBeginning, kEnd)) {
            if (existing.contains(row.path)) continue;
            store.markRecordingGone(row.id, "lost");
            store.markFootageGone(camera, row.started_at, row.ended_at.value_or(row.started_at), "lost");
            ++report.lost_files;
        }
}

void closeEvents(store::Store& store, RecoveryReport& report) {
    for (auto event : store.unfinishedEvents()) {
        WallTime footage_end = event.clip_started_at;
        for (const auto& row : store.recordings(event.camera, event.clip_started_at, kEnd))
            if (row.ended_at) footage_end = std::max(footage_end, *row.ended_at);
        if (!event.ended_at) event.ended_at = std::max(event.started_at, footage_end);
        event.clip_ended_at = std::max(event.clip_started_at, std::min(footage_end, *event.ended_at + seconds(60)));
        if (event.close_reason.empty()) event.close_reason = "core_restart";
        if (footage_end <= event.clip_started_at && event.footage_gone_reason.empty()) event.footage_gone_reason = "not_recorded";
        event.state = store::EventState::Closed;
        store.updateEvent(event);
        ++report.closed_events;
    }
}

}  // namespace

std::optional<FileFacts> inspectFile(const fs::path& file, bool may_write) {
    const base::Fd fd(::open(file.c_str(), (may_write ? O_RDWR : O_RDONLY) | O_CLOEXEC));
    if (!fd) return std::nullopt;
    struct stat status {};
    if (::fstat(fd.get(), &status) != 0) throw base::errnoError("look at " + file.string(), errno);
    try {
        media::RecordingScanner scanner(media::readerOf(fd.get()));
        const media::RecordingSummary summary = media::summarize(scanner);
        if (summary.fragments == 0) return std::nullopt;
        const media::Track& video = summary.init.tracks[summary.init.videoIndex()];
        FileFacts facts;
        facts.duration = summary.video_duration;
        facts.whole_bytes = summary.whole_bytes;
        facts.torn_bytes = static_cast<std::uint64_t>(status.st_size) - summary.whole_bytes;
        facts.video = video.codec;
        facts.width_px = static_cast<int>(video.width_16_16 >> 16U);
        facts.height_px = static_cast<int>(video.height_16_16 >> 16U);
        facts.has_audio = std::any_of(summary.init.tracks.begin(), summary.init.tracks.end(),
                                      [](const media::Track& track) { return track.kind == media::TrackKind::Audio; });
        if (may_write && facts.torn_bytes > 0 &&
            (::ftruncate(fd.get(), static_cast<off_t>(facts.whole_bytes)) != 0 || ::fdatasync(fd.get()) != 0))
            throw base::errnoError("cut the torn end of " + file.string(), errno);
        return facts;
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::BadData) throw;
        return std::nullopt;
    }
}

std::vector<fs::path> listRecordings(const fs::path& recordings_dir) {
    std::vector<fs::path> out;
    std::error_code error;
    const auto options = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator it(recordings_dir, options, error), end; !error && it != end; it.increment(error))
        if (it->path().extension() == ".mp4") out.push_back(it->path().lexically_relative(recordings_dir));
    std::sort(out.begin(), out.end());
    return out;
}

std::optional<store::RecordingRow> adoptable(const fs::path& recordings_dir, const fs::path& relative, bool may_write) {
    const auto started_at = startOf(relative);
    if (!started_at) return std::nullopt;
    const auto facts = inspectFile(recordings_dir / relative, may_write);
    if (!facts) return std::nullopt;
    store::RecordingRow row;
    row.camera = relative.begin()->string();
    row.path = relative.string();
    row.started_at = *started_at;
    row.ended_at = *started_at + facts->duration;
    row.bytes = facts->whole_bytes;
    row.video = facts->video;
    row.width_px = facts->width_px;
    row.height_px = facts->height_px;
    row.has_audio = facts->has_audio;
    return row;
}

RecoveryReport recover(store::Store& store, const fs::path& recordings_dir, WallTime) {
    RecoveryReport report;
    fs::create_directories(recordings_dir);
    const auto files = listRecordings(recordings_dir);
    if (files.empty() && store.recordedBytes() > 0) {
        base::logError("recorder", recordings_dir.string() + " is empty although recordings are known: is its volume mounted?");
    } else {
        std::set<std::string> cameras;
        for (const fs::path& file : files) cameras.insert(file.begin()->string());
        closeOpenRecordings(store, recordings_dir, report);
        adoptFiles(store, recordings_dir, files, report);
        markLost(store, files, cameras, report);
    }
    closeEvents(store, report);
    return report;
}

}  // namespace porchlight::record
