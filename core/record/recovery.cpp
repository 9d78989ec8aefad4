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
#include "record/begun_file.h"
#include "record/open_recording.h"
#include "record/places.h"

namespace porchlight::record {
namespace fs = std::filesystem;
namespace {

constexpr WallTime kBeginning{microseconds{0}};
constexpr WallTime kEnd{microseconds{4'102'444'800'000'000}};  // 2100

class Recovery {
  public:
    Recovery(store::Store& store, const fs::path& dir, const RecoveryScope& scope) : store_(store), dir_(dir), scope_(scope) {}

    RecoveryReport run() {
        const auto files = listAll(dir_, scope_.has_volume);
        const bool is_bare = scope_.has_volume && !fs::exists(dir_ / ".porchlight-volume") &&
                             std::none_of(files.begin(), files.end(), [](const auto& file) { return !isSpooled(file); });
        if (is_bare && store_.recordedBytes() > 0) {
            base::logError("recorder", dir_.string() + " is empty although recordings are known: is its volume mounted?");
        } else {
            closeOpenRecordings();
            adoptFiles(files);
            markLost(files);
        }
        if (scope_.with_events) closeEvents();
        return report_;
    }

  private:
    bool isOutOfScope(const std::string& path) const { return scope_.in_use.contains(path) || (!scope_.has_volume && !isSpooled(path)); }

    void closeOpenRecordings() {
        for (const auto& row : store_.openRecordings()) {
            if (isOutOfScope(row.path)) continue;
            std::optional<FileFacts> facts;
            try {
                facts = inspectFile(fileOf(dir_, row.path), true);
            } catch (const Error& error) {
                // One bad sector must not keep the appliance from starting: the row stays open for the next start.
                base::logError("recorder", error.what());
                continue;
            }
            if (!facts) {
                store_.finishRecording(row.id, row.started_at, 0);
                store_.markRecordingGone(row.id, "lost");
                ++report_.lost_files;
                continue;
            }
            if (facts->torn_bytes > 0) ++report_.truncated_files;
            store_.finishRecording(row.id, row.started_at + facts->duration, facts->whole_bytes);
            ++report_.closed_recordings;
        }
    }

    void adoptFiles(const std::vector<std::string>& files) {
        for (const std::string& path : files) {
            if (scope_.in_use.contains(path)) continue;
            const auto known = store_.recordingAt(path);
            if (known && known->gone_reason.empty()) continue;
            try {
                if (known) takeBack(*known);
                else if (const auto row = adoptable(dir_, path, true)) {
                    adopt(store_, *row);
                    ++report_.adopted_files;
                } else if (holdsNothing(dir_, path)) {
                    ::unlink(fileOf(dir_, path).c_str());
                    ++report_.removed_files;
                } else base::logWarning("recorder", path + " holds no footage that could be read and is not adopted");
            } catch (const Error& error) {
                if (error.kind() == ErrorKind::Exhausted) throw;
                base::logError("recorder", error.what());
            }
        }
    }

    /// A file whose row says that it is gone.
    void takeBack(const store::RecordingRow& row) {
        const fs::path file = fileOf(dir_, row.path);
        if (row.gone_reason != "lost") {
            ::unlink(file.c_str());
            ++report_.removed_files;
            return;
        }
        const auto facts = inspectFile(file, true);
        if (!facts) return;
        store_.reviveRecording(row.id);
        store_.finishRecording(row.id, row.started_at + facts->duration, facts->whole_bytes);
        ++report_.revived_files;
    }

    void markLost(const std::vector<std::string>& files) {
        const std::set<std::string> existing(files.begin(), files.end());
        for (const auto& [camera, total] : store_.recordedTotals())
            for (const auto& row : store_.recordings(camera, kBeginning, kEnd)) {
                if (existing.contains(row.path) || isOutOfScope(row.path) || !row.ended_at) continue;
                store_.markRecordingGone(row.id, "lost");
                store_.markFootageGone(camera, row.started_at, *row.ended_at, "lost");
                ++report_.lost_files;
            }
    }

    void closeEvents() {
        for (auto event : store_.unfinishedEvents()) {
            WallTime footage_end = event.clip_started_at;
            bool is_out_of_sight = false;
            for (const auto& row : store_.recordings(event.camera, event.clip_started_at, kEnd)) {
                if (row.ended_at) footage_end = std::max(footage_end, *row.ended_at);
                else is_out_of_sight = true;  // on the volume that is missing: its length is not known yet
            }
            if (!event.ended_at) event.ended_at = std::max(event.started_at, footage_end);
            const WallTime longest = *event.ended_at + seconds(60);
            event.clip_ended_at = std::max(event.clip_started_at, is_out_of_sight ? longest : std::min(footage_end, longest));
            if (event.close_reason.empty()) event.close_reason = "core_restart";
            const bool is_without = footage_end <= event.clip_started_at && !is_out_of_sight;
            if (is_without && event.footage_gone_reason.empty()) event.footage_gone_reason = "not_recorded";
            event.state = store::EventState::Closed;
            store_.updateEvent(event);
            ++report_.closed_events;
        }
    }

    store::Store& store_;
    const fs::path& dir_;
    const RecoveryScope& scope_;
    RecoveryReport report_;
};

}  // namespace

std::optional<FileFacts> inspectFile(const fs::path& file, bool may_write) {
    const base::Fd fd(::open(file.c_str(), (may_write ? O_RDWR : O_RDONLY) | O_CLOEXEC));
    if (!fd && errno == ENOENT) return std::nullopt;
    if (!fd) throw base::errnoError("open " + file.string(), errno);
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

std::size_t mendThumbnails(store::Store& store, const fs::path& thumbnails_dir) {
    std::vector<fs::path> begun;
    std::error_code error;
    for (fs::recursive_directory_iterator it(thumbnails_dir, error), end; !error && it != end; it.increment(error))
        if (it->path().extension() == ".new") begun.push_back(it->path());
    for (const auto& file : begun) ::unlink(file.c_str());
    for (auto event : store.unfinishedEvents()) {
        if (!event.has_thumbnail || fs::exists(thumbnails_dir / event.camera / (event.id + ".jpg"), error)) continue;
        event.has_thumbnail = false;
        store.updateEvent(event);
    }
    return begun.size();
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

std::vector<std::string> listAll(const fs::path& recordings_dir, bool has_volume) {
    std::vector<std::string> out;
    if (has_volume)
        for (const fs::path& file : listRecordings(recordings_dir)) out.push_back(file.string());
    for (const fs::path& file : listRecordings(spoolDir(recordings_dir))) out.push_back(std::string(kSpoolPrefix) + file.string());
    return out;
}

std::optional<store::RecordingRow> adoptable(const fs::path& recordings_dir, const std::string& row_path, bool may_write) {
    const fs::path relative = relativeOf(row_path);
    const auto started_at = startOf(relative);
    if (!started_at) return std::nullopt;
    const auto facts = inspectFile(fileOf(recordings_dir, row_path), may_write);
    if (!facts) return std::nullopt;
    store::RecordingRow row;
    row.camera = relative.begin()->string();
    row.path = row_path;
    row.started_at = *started_at;
    row.ended_at = *started_at + facts->duration;
    row.bytes = facts->whole_bytes;
    row.video = facts->video;
    row.width_px = facts->width_px;
    row.height_px = facts->height_px;
    row.has_audio = facts->has_audio;
    return row;
}

void adopt(store::Store& store, const store::RecordingRow& row) {
    store.ensureCamera(row.camera, row.camera);
    store.insertRecording(row);
}

RecoveryReport recover(store::Store& store, const fs::path& recordings_dir, const RecoveryScope& scope) {
    return Recovery(store, recordings_dir, scope).run();
}

}  // namespace porchlight::record
