#include "record/footage/open_recording.h"

#include <unistd.h>

#include <algorithm>

#include "base/log.h"
#include "base/text.h"
#include "base/wall_times.h"
#include "media/movie_fragment.h"
#include "media/recording_scanner.h"

namespace porchlight::record {
namespace {

constexpr std::int64_t kPauseUs = 1'000'000;            // beyond the usual interval of this stream
constexpr std::int64_t kLongestIntervalUs = 3'000'000;  // a longer one says nothing of what is usual

bool isKnown(store::Store& store, const std::string& row_path) noexcept {
    try {
        return store.recordings.knows(row_path);  // also one whose file is gone: the path names it for ever
    } catch (const std::exception&) {
        return false;  // the row is late then, and finds out
    }
}

std::filesystem::path freePath(const disk::Place& place, store::Store& store, const std::string& camera,
                               WallTime at) {
    for (int attempt = 0; attempt < 100; ++attempt, at += milliseconds(1)) {
        const auto path = disk::recordingPath(camera, at);
        std::error_code ignored;
        if (!std::filesystem::exists(place.folder / path, ignored) &&
            !isKnown(store, place.row_prefix + path.string()))
            return path;
    }
    throw Error(ErrorKind::Unavailable,
                "no free name for a recording of " + camera + " at " + base::formatTime(at));
}

}  // namespace

OpenRecording::OpenRecording(RecordSink& sink, store::Store& store, const disk::Place& place,
                             const std::string& camera, const Fragment& first, Stamp stamp)
    : init_(media::parseInit(first.init->bytes)),
      video_(init_.videoIndex()),
      stream_(first.init),
      stamp_(std::move(stamp)) {
    row_.camera = camera;
    row_.started_at = first.started_at;
    row_.video = stream_->video;
    row_.width_px = stream_->width_px;
    row_.height_px = stream_->height_px;
    row_.has_audio = stream_->has_audio;
    row_.clock_state = stamp_.clock_state;
    const auto path = freePath(place, store, camera, first.started_at);
    row_.path = place.row_prefix + path.string();
    file_path_ = place.folder / path;
    file_ = sink.begin(file_path_, *stream_);
    bytes_ = durable_bytes_ = file_->sizeBytes();
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
    // Beyond a step the wall clock was set, or the camera's clock drifted away from it: a new file, a new
    // line.
    return is_hole || (deviation < kClockStep && deviation > -kClockStep);
}

/// A camera that is slow as a rule (one picture in two seconds at night) does not pause all the time: the
/// interval follows.
std::vector<std::pair<WallTime, WallTime>> OpenRecording::pausesIn(const media::TrackFragment& video) {
    std::vector<std::pair<WallTime, WallTime>> out;
    const std::uint32_t timescale = init_.tracks[video_].timescale;
    std::uint64_t time = video.decode_time;
    for (const auto& sample : video.samples) {
        const std::int64_t span_us = media::ticksToUs(sample.duration, timescale);
        // Of the first picture nothing is usual yet.
        const auto usual_us = interval_us_ > 0 ? static_cast<std::int64_t>(interval_us_) : kLongestIntervalUs;
        if (span_us > usual_us + kPauseUs)
            out.emplace_back(wallOf(time) + microseconds(usual_us), wallOf(time + sample.duration));
        const auto bounded_us = static_cast<double>(std::min(span_us, kLongestIntervalUs));
        interval_us_ = interval_us_ > 0 ? interval_us_ + (bounded_us - interval_us_) / 4 : bounded_us;
        time += sample.duration;
    }
    return out;
}

Footage OpenRecording::append(const Fragment& fragment) {
    const media::MovieFragment parsed = media::parseFragment(fragment.bytes, init_);
    const media::TrackFragment* video = parsed.findTrack(video_);
    if (!video) throw Error(ErrorKind::BadData, "a fragment of " + row_.camera + " without pictures");
    // The gate has judged it already (camera/gate.h); what is kept for good is looked at once more.
    if (!media::canFollow(*video, has_footage_ ? end_decode_time_ : video->decode_time,
                          init_.tracks[video_].timescale))
        throw Error(ErrorKind::BadData, "a fragment of " + row_.camera + " that lies about its time");
    if (!has_footage_) first_decode_time_ = video->decode_time;
    file_->append(fragment);
    end_decode_time_ = video->decode_time + video->duration;
    Footage footage{wallOf(video->decode_time), wallOf(video->decode_time + video->duration),
                    fragment.starts_with_key, !has_footage_, pausesIn(*video)};
    bytes_ = file_->sizeBytes();
    ended_at_ = footage.end;
    last_sequence_ = fragment.sequence;
    has_footage_ = true;
    is_dirty_ = true;
    return footage;
}

std::string OpenRecording::sync(store::Store& store) {
    file_->sync();
    durable_until_ = ended_at_;
    durable_bytes_ = bytes_;
    is_dirty_ = false;
    if (row_.id != 0 || !has_footage_) return {};
    try {
        row_.id = store.recordings.insert(row_, stamp_.doubt ? &*stamp_.doubt : nullptr);
    } catch (const Error& error) {
        return error.what();
    }
    return {};
}

void OpenRecording::close(store::Store& store, LateRows& late, disk::Leftovers& leftovers) {
    sync(store);
    file_.reset();
    if (!has_footage_)
        leftovers.remove(file_path_);  // nothing was ever appended
    else
        endRow(store, late, ended_at_, bytes_);
}

bool OpenRecording::abandon(store::Store& store, LateRows& late) noexcept {
    file_.reset();
    const bool has_footage = durable_bytes_ > stream_->bytes.size();
    const bool is_cut = has_footage ? ::truncate(file_path_.c_str(), static_cast<off_t>(durable_bytes_)) == 0
                                    : ::unlink(file_path_.c_str()) == 0;
    if (has_footage || row_.id != 0) endRow(store, late, durable_until_, has_footage ? durable_bytes_ : 0);
    return is_cut;
}

void OpenRecording::endRow(store::Store& store, LateRows& late, WallTime ended_at,
                           std::uint64_t bytes) noexcept {
    row_.ended_at = ended_at;
    row_.bytes = bytes;
    try {
        if (row_.id != 0) {
            store.recordings.finish(row_.id, ended_at, bytes);
            return;
        }
        store.recordings.insert(row_, stamp_.doubt ? &*stamp_.doubt : nullptr);
    } catch (const std::exception& error) {
        base::logWarning("recorder", "row of " + row_.path + ": " + error.what() + "; it is tried again");
        late.add(row_, stamp_.doubt);
    }
}

void OpenRecording::shift(microseconds shift) noexcept {
    row_.started_at += shift;
    ended_at_ += shift;
    durable_until_ += shift;
}

}  // namespace porchlight::record
