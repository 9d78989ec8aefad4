#include "record/open_recording.h"

#include <unistd.h>

#include <cstdio>

#include "base/text.h"
#include "media/movie_fragment.h"
#include "media/recording_scanner.h"

namespace porchlight::record {
namespace {

// Beyond this the wall clock was set, or the camera's clock drifted away from it: a new file starts a new line.
constexpr microseconds kMaxClockDeviation{2'000'000};

std::filesystem::path freePath(const std::filesystem::path& recordings_dir, const std::string& camera, WallTime at) {
    for (int attempt = 0; attempt < 100; ++attempt, at += milliseconds(1)) {
        const auto path = recordingPath(camera, at);
        std::error_code ignored;
        if (!std::filesystem::exists(recordings_dir / path, ignored)) return path;
    }
    throw Error(ErrorKind::Unavailable, "no free name for a recording of " + camera + " at " + base::formatTime(at));
}

}  // namespace

std::filesystem::path recordingPath(const std::string& camera, WallTime started_at) {
    // 2026-11-21T02:03:04.567Z
    const std::string text = base::formatTime(started_at, 3);
    const std::string time = text.substr(11, 2) + text.substr(14, 2) + text.substr(17, 6);
    return std::filesystem::path(camera) / text.substr(0, 10) / (time + "-" + camera + ".mp4");
}

std::optional<WallTime> startOf(const std::filesystem::path& relative_path) {
    const std::string date = relative_path.parent_path().filename().string();
    const std::string name = relative_path.filename().string();
    if (date.size() != 10 || name.size() < 11 || name[6] != '.' || name[10] != '-') return std::nullopt;
    const std::string text = date + "T" + name.substr(0, 2) + ":" + name.substr(2, 2) + ":" + name.substr(4, 6) + "Z";
    return base::parseTime(text, WallTime{});
}

OpenRecording::OpenRecording(RecordSink& sink, const std::filesystem::path& recordings_dir, const std::string& camera,
                             const Fragment& first)
    : init_(media::parseInit(first.init->bytes)), video_(init_.videoIndex()), stream_(first.init) {
    row_.camera = camera;
    row_.started_at = first.started_at;
    row_.video = stream_->video;
    row_.width_px = stream_->width_px;
    row_.height_px = stream_->height_px;
    row_.has_audio = stream_->has_audio;
    const auto path = freePath(recordings_dir, camera, first.started_at);
    row_.path = path.string();
    file_path_ = recordings_dir / path;
    file_ = sink.begin(file_path_, *stream_);
    bytes_ = file_->sizeBytes();
    ended_at_ = durable_until_ = row_.started_at;
}

WallTime OpenRecording::wallOf(std::uint64_t decode_time) const noexcept {
    const auto ticks = static_cast<std::int64_t>(decode_time) - static_cast<std::int64_t>(first_decode_time_);
    return row_.started_at + microseconds(media::ticksToUs(ticks, init_.tracks[video_].timescale));
}

bool OpenRecording::accepts(const Fragment& fragment) const {
    if (fragment.init != stream_) return false;
    if (!has_footage_) return true;
    if (fragment.sequence <= last_sequence_) return false;
    if (!fragment.starts_with_key) return fragment.sequence == last_sequence_ + 1;
    const auto deviation = fragment.started_at - ended_at_;
    const bool is_hole = fragment.sequence != last_sequence_ + 1;
    return is_hole || (deviation < kMaxClockDeviation && deviation > -kMaxClockDeviation);
}

Footage OpenRecording::append(const Fragment& fragment) {
    const media::MovieFragment parsed = media::parseFragment(fragment.bytes, init_);
    const media::TrackFragment* video = parsed.findTrack(video_);
    if (!video) throw Error(ErrorKind::BadData, "a fragment of " + row_.camera + " without pictures");
    if (!has_footage_) first_decode_time_ = video->decode_time;
    file_->append(fragment);
    Footage footage{wallOf(video->decode_time), wallOf(video->decode_time + video->duration), fragment.starts_with_key,
                    !has_footage_};
    bytes_ = file_->sizeBytes();
    ended_at_ = footage.end;
    last_sequence_ = fragment.sequence;
    has_footage_ = true;
    is_dirty_ = true;
    return footage;
}

void OpenRecording::sync(store::Store& store) {
    file_->sync();
    synced_at_ = Monotonic::now();
    durable_until_ = ended_at_;
    is_dirty_ = false;
    if (row_.id == 0 && has_footage_) row_.id = store.insertRecording(row_);
}

void OpenRecording::close(store::Store& store) {
    std::exception_ptr first_error;
    try {
        sync(store);
    } catch (const Error&) {
        first_error = std::current_exception();
    }
    // A full disk may have taken the head of the file and nothing more: no attempt may leave such a file behind.
    const bool is_empty = !has_footage_ && file_->sizeBytes() == bytes_;
    file_.reset();
    if (is_empty) ::unlink(file_path_.c_str());
    // Without a row the file is adopted, or its torn end removed, at the next start.
    if (row_.id != 0) store.finishRecording(row_.id, ended_at_, bytes_);
    if (first_error) std::rethrow_exception(first_error);
}

}  // namespace porchlight::record
