#include "media/recording_scanner.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "base/fd.h"

namespace porchlight::media {
namespace {

// A moof describes at most a second and an init segment a few tracks: a larger one is a lie.
constexpr std::uint64_t kMaxMetadataBytes = 4U << 20U;

// 128-bit products, and the nearest end where even the result is beyond: decode times are untrusted.
__extension__ using Wide = __int128;

std::int64_t scale(std::int64_t value, std::int64_t multiply, std::int64_t divide) noexcept {
    const Wide product = static_cast<Wide>(value) * multiply;
    const Wide half = divide / 2;
    const Wide scaled = (product >= 0 ? product + half : product - half) / divide;
    constexpr std::numeric_limits<std::int64_t> kEnds;
    return static_cast<std::int64_t>(std::clamp<Wide>(scaled, kEnds.min(), kEnds.max()));
}

}  // namespace

ReadAt readerOf(int fd) {
    return [fd](std::uint64_t offset, std::span<std::uint8_t> out) {
        std::size_t done = 0;
        while (done < out.size()) {
            const ssize_t n =
                ::pread(fd, out.data() + done, out.size() - done, static_cast<off_t>(offset + done));
            if (n < 0 && errno == EINTR) continue;
            if (n < 0) throw base::errnoError("read a recording", errno);
            if (n == 0) break;
            done += static_cast<std::size_t>(n);
        }
        return done;
    };
}

ReadAt readerOf(std::span<const std::uint8_t> bytes) {
    return [bytes](std::uint64_t offset, std::span<std::uint8_t> out) -> std::size_t {
        if (offset >= bytes.size()) return 0;
        const auto part = bytes.subspan(static_cast<std::size_t>(offset));
        const std::size_t size = std::min(part.size(), out.size());
        std::copy_n(part.begin(), size, out.begin());
        return size;
    };
}

std::optional<BoxHeader> RecordingScanner::headerAt(std::uint64_t offset) {
    std::uint8_t raw[kBoxHeaderMaxBytes];
    return readBoxHeader(std::span(raw, read_(offset, raw)));
}

bool RecordingScanner::reaches(std::uint64_t end) {
    std::uint8_t last = 0;
    return end == 0 || read_(end - 1, std::span(&last, 1)) == 1;
}

const base::Bytes& RecordingScanner::initBytes() {
    if (init_) return init_bytes_;
    std::uint64_t end = 0;
    for (;;) {  // every box up to and including moov
        const auto header = headerAt(end);
        if (!header) throw Error(ErrorKind::BadData, "the recording ends before its initialisation segment");
        if (header->type == fourCc("moof") || header->type == fourCc("mdat") ||
            header->size_bytes > kMaxMetadataBytes || end + header->size_bytes > kMaxMetadataBytes)
            throw Error(ErrorKind::BadData, "the recording has no initialisation segment");
        end += header->size_bytes;
        if (header->type == fourCc("moov")) break;
    }
    if (!reaches(end)) throw Error(ErrorKind::BadData, "the recording's initialisation segment is torn");
    base::Bytes bytes(static_cast<std::size_t>(end));
    read_(0, bytes);
    init_ = parseInit(bytes);
    init_bytes_ = std::move(bytes);
    at_ = end;
    return init_bytes_;
}

const InitSegment& RecordingScanner::init() {
    initBytes();
    return *init_;
}

std::optional<ScannedFragment> RecordingScanner::next() {
    const InitSegment& known = init();
    const auto moof = headerAt(at_);
    if (!moof) return std::nullopt;
    if (moof->type == fourCc("mfra"))
        return std::nullopt;  // the index some writers append: the fragments end here
    if (moof->type != fourCc("moof") || moof->size_bytes > kMaxMetadataBytes)
        throw Error(ErrorKind::BadData, "box '" + textOf(moof->type) + "' where a fragment should begin");
    const auto mdat = headerAt(at_ + moof->size_bytes);
    if (!mdat || mdat->size_bytes > (1ULL << 32U) || !reaches(at_ + moof->size_bytes + mdat->size_bytes))
        return std::nullopt;
    base::Bytes bytes(static_cast<std::size_t>(moof->size_bytes));
    if (read_(at_, bytes) != bytes.size()) return std::nullopt;
    ScannedFragment found{at_, parseMovieFragment(bytes, *mdat, known)};
    if (const TrackFragment* video = found.fragment.findTrack(known.videoIndex())) {
        if (!canFollow(*video, video_end_.value_or(video->decode_time),
                       known.tracks[video->track_index].timescale))
            throw Error(ErrorKind::BadData, "a fragment that lies about its time");
        video_end_ = video->decode_time + video->duration;
    }
    at_ += found.fragment.size_bytes;
    return found;
}

RecordingSummary summarize(RecordingScanner& scanner) {
    RecordingSummary out;
    while (summarizeNext(scanner, out)) {
    }
    return out;
}

bool summarizeNext(RecordingScanner& scanner, RecordingSummary& summary) {
    if (summary.init.tracks.empty()) summary.init = scanner.init();
    std::optional<ScannedFragment> found;
    try {
        found = scanner.next();
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::BadData) throw;  // what is no fragment is a torn tail as well
    }
    summary.whole_bytes = scanner.wholeEnd();
    if (!found) return false;
    ++summary.fragments;
    const std::size_t video = summary.init.videoIndex();
    const TrackFragment* track = found->fragment.findTrack(video);
    if (!track) return true;
    if (!summary.has_video) summary.video_start = track->decode_time;
    summary.has_video = true;
    summary.video_end = std::max(summary.video_end, track->decode_time + track->duration);
    const std::uint64_t ticks =
        summary.video_end > summary.video_start ? summary.video_end - summary.video_start : 0;
    summary.video_duration =
        microseconds(ticksToUs(static_cast<std::int64_t>(ticks), summary.init.tracks[video].timescale));
    return true;
}

std::int64_t ticksToUs(std::int64_t ticks, std::uint32_t timescale) noexcept {
    return scale(ticks, 1'000'000, timescale);
}
std::int64_t usToTicks(std::int64_t us, std::uint32_t timescale) noexcept {
    return scale(us, timescale, 1'000'000);
}

}  // namespace porchlight::media
