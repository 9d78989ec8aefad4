#include "clip/clip_source.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "disk/places.h"

namespace porchlight::clip {
namespace {

constexpr std::int64_t kMaxHoleUs = 10'000'000;
constexpr std::int64_t kSameLineUs = 2'000'000;

base::Fd openForReading(const std::filesystem::path& file) {
    base::Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) throw Error(ErrorKind::Unavailable, base::errnoError("open " + file.string(), errno).what());
    return fd;
}

}  // namespace

RecordingReader::RecordingReader(const std::filesystem::path& recordings_dir, store::RecordingRow row)
    : row_(std::move(row)),
      fd_(openForReading(disk::fileOf(recordings_dir, row_.path))),
      scanner_(media::readerOf(fd_.get())) {
    scanner_.initBytes();
}

std::optional<RecordingReader::Entry> RecordingReader::next() {
    const std::size_t index = scanner_.init().videoIndex();
    const std::uint32_t timescale = scanner_.init().tracks[index].timescale;
    while (auto scanned = scanner_.next()) {
        const media::TrackFragment* video = scanned->fragment.findTrack(index);
        if (!video) continue;
        if (!first_decode_time_) first_decode_time_ = video->decode_time;
        const auto wallOf = [&](std::uint64_t time) {
            const auto ticks =
                static_cast<std::int64_t>(time) - static_cast<std::int64_t>(*first_decode_time_);
            return row_.started_at + microseconds(media::ticksToUs(ticks, timescale));
        };
        const std::uint64_t end = video->decode_time + video->duration;
        Entry entry;
        entry.start = wallOf(video->decode_time);
        entry.end = wallOf(end);
        entry.starts_with_key = video->samples.front().is_key;
        entry.start_us = media::ticksToUs(static_cast<std::int64_t>(video->decode_time), timescale);
        entry.end_us = media::ticksToUs(static_cast<std::int64_t>(end), timescale);
        entry.scanned = std::move(*scanned);
        return entry;
    }
    return std::nullopt;
}

std::int64_t Timeline::shiftFor(const RecordingReader::Entry& next) noexcept {
    if (is_empty_) return shift_us_;
    const std::int64_t media_hole = next.start_us - last_end_us_;
    const std::int64_t wall_hole = (next.start - last_end_).count();
    const bool is_same_line =
        std::abs(media_hole) < kSameLineUs && std::abs(media_hole - wall_hole) < kSameLineUs;
    if (!is_same_line)
        shift_us_ =
            last_end_us_ + shift_us_ + std::clamp<std::int64_t>(wall_hole, 0, kMaxHoleUs) - next.start_us;
    return shift_us_;
}

void Timeline::took(const RecordingReader::Entry& entry) noexcept {
    last_end_us_ = entry.end_us;
    last_end_ = entry.end;
    is_empty_ = false;
}

}  // namespace porchlight::clip
