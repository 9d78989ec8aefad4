#include "media/movie_fragment.h"

#include <algorithm>
#include <limits>

namespace porchlight::media {
namespace {

// A fragment holds at most a second; even a 1000 Hz source with audio stays far below this.
constexpr std::size_t kMaxSamplesPerFragment = 65536;

constexpr std::uint32_t kIsNonSync = 0x10000;
enum TfhdFlags : std::uint32_t {
    kBaseOffset = 1,
    kDescription = 2,
    kDuration = 8,
    kSize = 0x10,
    kFlags = 0x20
};
enum TrunFlags : std::uint32_t {
    kDataOffset = 1,
    kFirstFlags = 4,
    kSampleDuration = 0x100,
    kSampleSize = 0x200,
    kSampleFlags = 0x400,
    kSampleComposition = 0x800,
};

[[noreturn]] void refuse(const char* text) {
    throw Error(ErrorKind::BadData, std::string("MP4 fragment: ") + text);
}

struct TrafState {
    SampleDefaults defaults;
    std::uint64_t next_offset = 0;  ///< where a run without its own offset goes on
};

TrackFragment parseTrackHeader(std::span<const std::uint8_t> payload, const InitSegment& init,
                               TrafState& state) {
    FieldReader fields(payload);
    const std::uint32_t flags = fields.u32() & 0xffffffU;
    const Track* track = init.findTrack(fields.u32());
    if (!track) refuse("a track that the initialisation segment does not know");
    if (flags & kBaseOffset) refuse("absolute data offsets are not supported");
    state.defaults = track->defaults;
    if (flags & kDescription) state.defaults.description_index = fields.u32();
    if (flags & kDuration) state.defaults.duration = fields.u32();
    if (flags & kSize) state.defaults.size_bytes = fields.u32();
    if (flags & kFlags) state.defaults.flags = fields.u32();
    if (state.defaults.description_index != 1) refuse("more than one sample description");
    TrackFragment out;
    out.track_index = static_cast<std::size_t>(track - init.tracks.data());
    return out;
}

std::uint64_t parseDecodeTime(std::span<const std::uint8_t> payload) {
    FieldReader fields(payload);
    const std::uint8_t version = fields.u8();
    fields.skip(3);
    const std::uint64_t time = version == 1 ? fields.u64() : fields.u32();
    // Half the range is plenty (years), and keeps every later sum from overflowing.
    if (time > std::numeric_limits<std::uint64_t>::max() / 4) refuse("a decode time beyond reason");
    return time;
}

void parseRun(std::span<const std::uint8_t> payload, TrafState& state, TrackFragment& out) {
    FieldReader fields(payload);
    const std::uint32_t flags = fields.u32() & 0xffffffU;
    const std::uint32_t count = fields.u32();
    if (count > kMaxSamplesPerFragment - out.samples.size()) refuse("too many samples");
    if (flags & kDataOffset) {
        const std::int32_t offset = fields.i32();
        if (offset < 0) refuse("a negative data offset");
        state.next_offset = static_cast<std::uint64_t>(offset);
    }
    std::uint32_t first_flags = state.defaults.flags;
    if (flags & kFirstFlags) first_flags = fields.u32();
    for (std::uint32_t i = 0; i < count; ++i) {
        Sample sample;
        sample.offset = state.next_offset;
        sample.duration = (flags & kSampleDuration) ? fields.u32() : state.defaults.duration;
        sample.size_bytes = (flags & kSampleSize) ? fields.u32() : state.defaults.size_bytes;
        std::uint32_t sample_flags = (i == 0) ? first_flags : state.defaults.flags;
        if (flags & kSampleFlags) sample_flags = fields.u32();
        // Version 0 calls it unsigned, but writers store negative values there too, and 2^31 ticks are hours.
        if (flags & kSampleComposition) sample.composition_offset = fields.i32();
        sample.is_key = (sample_flags & kIsNonSync) == 0;
        state.next_offset += sample.size_bytes;
        out.duration += sample.duration;
        out.samples.push_back(sample);
    }
}

TrackFragment parseTrackFragment(std::span<const std::uint8_t> traf, const InitSegment& init,
                                 std::uint64_t media_offset) {
    TrafState state;
    state.next_offset = media_offset;
    TrackFragment out;
    bool has_header = false;
    bool has_time = false;
    BoxReader boxes(traf);
    while (const auto box = boxes.next()) {
        if (box->type == fourCc("tfhd")) {
            out = parseTrackHeader(box->payload, init, state);
            has_header = true;
        } else if (box->type == fourCc("tfdt")) {
            out.decode_time = parseDecodeTime(box->payload);
            has_time = true;
        } else if (box->type == fourCc("trun")) {
            if (!has_header) refuse("samples before the track's header");
            parseRun(box->payload, state, out);
        }
    }
    if (!has_header || !has_time) refuse("a track without header or decode time");
    return out;
}

}  // namespace

const TrackFragment* MovieFragment::findTrack(std::size_t track_index) const noexcept {
    for (const TrackFragment& track : tracks)
        if (track.track_index == track_index) return &track;
    return nullptr;
}

MovieFragment parseMovieFragment(std::span<const std::uint8_t> moof, const BoxHeader& mdat,
                                 const InitSegment& init) {
    const auto header = readBoxHeader(moof);
    if (!header || header->type != fourCc("moof") || header->size_bytes != moof.size()) refuse("no moof box");
    if (mdat.type != fourCc("mdat")) refuse("moof is not followed by mdat");
    if (mdat.size_bytes > std::numeric_limits<std::uint32_t>::max()) refuse("an mdat beyond reason");
    MovieFragment out;
    out.size_bytes = moof.size() + mdat.size_bytes;
    out.media_offset = moof.size() + mdat.header_size_bytes;
    out.media_size_bytes = mdat.size_bytes - mdat.header_size_bytes;
    BoxReader boxes(moof.subspan(header->header_size_bytes));
    while (const auto box = boxes.next()) {
        if (box->type != fourCc("traf")) continue;
        TrackFragment track = parseTrackFragment(box->payload, init, out.media_offset);
        if (track.samples.empty()) continue;
        if (out.findTrack(track.track_index)) refuse("two parts of the same track");
        for (const Sample& sample : track.samples)
            if (sample.offset < out.media_offset || sample.offset + sample.size_bytes > out.size_bytes)
                refuse("a sample outside of its mdat");
        out.tracks.push_back(std::move(track));
    }
    return out;
}

MovieFragment parseFragment(std::span<const std::uint8_t> fragment, const InitSegment& init) {
    BoxReader boxes(fragment);
    auto moof = boxes.next();
    if (moof && moof->type != fourCc("moof")) refuse("it does not begin with moof");
    const auto mdat = boxes.next();
    if (!moof || !mdat) refuse("it is not moof and mdat");
    if (boxes.next()) refuse("more than one moof and mdat");
    const auto header = readBoxHeader(mdat->whole);
    return parseMovieFragment(moof->whole, *header, init);
}

bool canFollow(const TrackFragment& next, std::uint64_t end_time, std::uint32_t timescale) noexcept {
    const std::uint64_t hour = std::uint64_t{3600} * timescale;
    const std::uint64_t apart =
        next.decode_time > end_time ? next.decode_time - end_time : end_time - next.decode_time;
    return next.duration <= hour && apart <= 24 * hour;
}

void rewriteFragment(std::span<std::uint8_t> fragment, const InitSegment& init, std::uint32_t sequence,
                     std::span<const std::int64_t> shift_ticks) {
    const auto moof = findBox(fragment, fourCc("moof"));
    if (!moof) refuse("no moof box");
    const auto at = [&](std::span<const std::uint8_t> part) {
        return static_cast<std::size_t>(part.data() - fragment.data());
    };
    BoxReader boxes(moof->payload);
    while (const auto box = boxes.next()) {
        if (box->type == fourCc("mfhd")) {
            if (box->payload.size() < 8) refuse("a short mfhd");
            putNumber(fragment, at(box->payload) + 4, sequence, 4);
        }
        if (box->type != fourCc("traf")) continue;
        const auto header = findBox(box->payload, fourCc("tfhd"));
        const auto time = findBox(box->payload, fourCc("tfdt"));
        if (!header || !time) refuse("a track without header or decode time");
        TrafState unused;
        const std::size_t index = parseTrackHeader(header->payload, init, unused).track_index;
        const auto old_time = static_cast<std::int64_t>(parseDecodeTime(time->payload));
        const std::int64_t new_time = std::max<std::int64_t>(0, old_time + shift_ticks[index]);
        const bool is_long = time->payload[0] == 1;
        if (!is_long && new_time > std::numeric_limits<std::uint32_t>::max())
            refuse("a decode time that does not fit");
        putNumber(fragment, at(time->payload) + 4, static_cast<std::uint64_t>(new_time), is_long ? 8 : 4);
    }
}

}  // namespace porchlight::media
