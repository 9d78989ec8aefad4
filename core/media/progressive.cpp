#include "media/progressive.h"

#include <algorithm>
#include <limits>

#include "media/recording_scanner.h"

namespace porchlight::media {
namespace {

// 32 bytes each: 16 MB at most, about five hours of 25 Hz video.
constexpr std::size_t kMaxSamples = 500'000;

void writeFileType(BoxWriter& out) {
    out.open(fourCc("ftyp"));
    out.u32(fourCc("isom"));
    out.u32(0x200);
    for (const FourCc brand : {fourCc("isom"), fourCc("iso2"), fourCc("avc1"), fourCc("mp41")})
        out.u32(brand);
    out.close();
}

void writeMovieHeader(BoxWriter& out, std::uint32_t timescale, std::int64_t duration,
                      std::uint32_t next_track) {
    out.openFull(fourCc("mvhd"), 1, 0);
    out.zeros(16);  // creation and modification time: not known, and it keeps the bytes the same each time
    out.u32(timescale);
    out.u64(static_cast<std::uint64_t>(duration));
    out.u32(0x00010000);  // rate 1.0
    out.u16(0x0100);      // volume 1.0
    out.zeros(10);
    for (const std::uint32_t value : {0x10000U, 0U, 0U, 0U, 0x10000U, 0U, 0U, 0U, 0x40000000U})
        out.u32(value);
    out.zeros(24);
    out.u32(next_track);
    out.close();
}

void writeTrackHeader(BoxWriter& out, const Track& track, std::int64_t duration) {
    out.openFull(fourCc("tkhd"), 1, 3);  // enabled, in the movie
    out.zeros(16);
    out.u32(track.id);
    out.zeros(4);
    out.u64(static_cast<std::uint64_t>(duration));
    out.zeros(8);
    out.u16(0);
    out.u16(track.kind == TrackKind::Audio ? 1 : 0);  // audio tracks are alternatives of each other
    out.u16(track.kind == TrackKind::Audio ? 0x0100 : 0);
    out.zeros(2);
    out.raw(track.matrix);
    out.u32(track.width_16_16);
    out.u32(track.height_16_16);
    out.close();
}

void writeEditList(BoxWriter& out, const TrackTable& table, const Track& track,
                   std::uint32_t movie_timescale) {
    const std::uint32_t timescale = track.timescale;
    if (table.starts_after == 0 && table.media_time == 0) return;
    const auto toMovie = [&](std::int64_t ticks) {
        return static_cast<std::uint64_t>(
            timescale == movie_timescale ? ticks : usToTicks(ticksToUs(ticks, timescale), movie_timescale));
    };
    out.open(fourCc("edts"));
    out.openFull(fourCc("elst"), 1, 0);
    out.u32(table.starts_after > 0 ? 2 : 1);
    if (table.starts_after > 0) {
        out.u64(toMovie(table.starts_after));
        out.u64(std::numeric_limits<std::uint64_t>::max());  // -1: nothing is shown
        out.u32(0x00010000);
    }
    // Pictures: all are shown, each media_time later than it is decoded. Sound: what lies before media_time
    // is not heard.
    out.u64(toMovie(table.duration() - (track.kind == TrackKind::Audio ? table.media_time : 0)));
    out.u64(static_cast<std::uint64_t>(table.media_time));
    out.u32(0x00010000);
    out.close();
    out.close();
}

void writeDataInformation(BoxWriter& out) {
    out.open(fourCc("dinf"));
    out.openFull(fourCc("dref"), 0, 0);
    out.u32(1);
    out.openFull(fourCc("url "), 0, 1);  // in this file
    out.close();
    out.close();
    out.close();
}

void writeMedia(BoxWriter& out, const Track& track, const TrackTable& table, std::uint64_t media_base) {
    out.open(fourCc("mdia"));
    out.openFull(fourCc("mdhd"), 1, 0);
    out.zeros(16);
    out.u32(track.timescale);
    out.u64(static_cast<std::uint64_t>(table.duration()));
    out.u16(0x55c4);  // language "und"
    out.u16(0);
    out.close();
    out.raw(track.handler);
    out.open(fourCc("minf"));
    out.raw(track.media_header);
    writeDataInformation(out);
    writeSampleTable(out, track, table, media_base);
    out.close();
    out.close();
}

}  // namespace

ProgressiveBuilder::ProgressiveBuilder(const InitSegment& init)
    : init_(init), video_(init.videoIndex()), tracks_(init.tracks.size()) {}

bool ProgressiveBuilder::add(const MovieFragment& fragment, const Piece& piece, std::int64_t shift_us) {
    std::size_t count = 0;
    for (const TrackFragment& track : fragment.tracks) count += track.samples.size();
    if (sample_count_ + count > kMaxSamples) return false;
    for (const TrackFragment& track : fragment.tracks) addTrack(track, shift_us, fragment);
    sample_count_ += count;
    pieces_.push_back({piece.source, piece.offset + fragment.media_offset, fragment.media_size_bytes});
    media_bytes_ += fragment.media_size_bytes;
    return true;
}

void ProgressiveBuilder::addTrack(const TrackFragment& fragment, std::int64_t shift_us,
                                  const MovieFragment& whole) {
    TrackTable& table = tracks_[fragment.track_index];
    const std::uint32_t timescale = init_.tracks[fragment.track_index].timescale;
    std::int64_t time = static_cast<std::int64_t>(fragment.decode_time) + usToTicks(shift_us, timescale);
    if (!table.samples.empty()) time = std::max(time, table.samples.back().decode_time + 1);
    std::uint64_t expected_offset = 0;
    for (const Sample& sample : fragment.samples) {
        const bool starts_chunk = sample.offset != expected_offset;
        expected_offset = sample.offset + sample.size_bytes;
        table.samples.push_back({time, media_bytes_ + sample.offset - whole.media_offset, sample.size_bytes,
                                 sample.composition_offset, sample.is_key, starts_chunk});
        time += std::max<std::int64_t>(sample.duration, 1);
    }
    table.end = time;
}

void ProgressiveBuilder::alignVideo() {
    TrackTable& table = tracks_[video_];
    const std::int64_t first = table.samples.front().decode_time;
    std::int64_t shown_first = std::numeric_limits<std::int64_t>::max();
    for (const auto& sample : table.samples)
        shown_first = std::min(shown_first, sample.decode_time + sample.composition_offset);
    zero_us_ = ticksToUs(shown_first, init_.tracks[video_].timescale);
    table.media_time = shown_first - first;
    if (table.media_time >= 0) return;
    // Offsets below zero from the first picture on: raising all of them needs no edit list.
    const auto raise = static_cast<std::int32_t>(std::min<std::int64_t>(-table.media_time, 1 << 30));
    for (auto& sample : table.samples)
        sample.composition_offset = static_cast<std::int32_t>(
            std::min<std::int64_t>(static_cast<std::int64_t>(sample.composition_offset) + raise,
                                   std::numeric_limits<std::int32_t>::max()));
    table.media_time = 0;
}

void ProgressiveBuilder::alignAudio(std::size_t index) {
    TrackTable& table = tracks_[index];
    const std::uint32_t timescale = init_.tracks[index].timescale;
    const std::int64_t zero = usToTicks(zero_us_, timescale);
    const std::int64_t video_us = ticksToUs(tracks_[video_].duration(), init_.tracks[video_].timescale);
    const std::int64_t last = zero + usToTicks(video_us, timescale);
    auto& samples = table.samples;
    while (!samples.empty() && samples.back().decode_time >= last) {
        table.end = samples.back().decode_time;
        samples.pop_back();
    }
    std::size_t early = 0;
    while (early + 1 < samples.size() && samples[early + 1].decode_time <= zero) ++early;
    samples.erase(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(early));
    if (samples.empty()) return;
    samples.front().starts_chunk = true;
    const std::int64_t start = samples.front().decode_time - zero;
    (start > 0 ? table.starts_after : table.media_time) = start > 0 ? start : -start;
}

base::Bytes ProgressiveBuilder::writeHeader(std::uint64_t media_base) const {
    const std::uint32_t movie_timescale = init_.tracks[video_].timescale;
    BoxWriter out;
    writeFileType(out);
    out.open(fourCc("moov"));
    std::uint32_t next_track = 1;
    for (const Track& track : init_.tracks) next_track = std::max(next_track, track.id + 1);
    writeMovieHeader(out, movie_timescale, tracks_[video_].duration(), next_track);
    for (std::size_t i = 0; i < tracks_.size(); ++i) {
        if (tracks_[i].samples.empty()) continue;
        const Track& track = init_.tracks[i];
        out.open(fourCc("trak"));
        const std::int64_t ticks = tracks_[i].duration() + tracks_[i].starts_after;
        writeTrackHeader(out, track,
                         i == video_ ? ticks : usToTicks(ticksToUs(ticks, track.timescale), movie_timescale));
        writeEditList(out, tracks_[i], track, movie_timescale);
        writeMedia(out, track, tracks_[i], media_base);
        out.close();
    }
    out.close();
    const bool is_large = media_bytes_ + 16 > std::numeric_limits<std::uint32_t>::max();
    out.u32(is_large ? 1 : static_cast<std::uint32_t>(media_bytes_ + 8));
    out.u32(fourCc("mdat"));
    if (is_large) out.u64(media_bytes_ + 16);
    return out.take();
}

Progressive ProgressiveBuilder::finish() {
    if (isEmpty()) throw Error(ErrorKind::BadData, "a clip without pictures");
    alignVideo();
    for (std::size_t i = 0; i < tracks_.size(); ++i)
        if (i != video_) alignAudio(i);
    Progressive out;
    // The header's length does not depend on the offsets in it: measure, then write.
    out.header = writeHeader(writeHeader(0).size());
    out.size_bytes = out.header.size() + media_bytes_;
    out.duration = microseconds(ticksToUs(tracks_[video_].duration(), init_.tracks[video_].timescale));
    out.pieces = std::move(pieces_);
    return out;
}

}  // namespace porchlight::media
