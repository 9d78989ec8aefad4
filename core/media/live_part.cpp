#include "media/live_part.h"

#include <limits>

namespace porchlight::media {
namespace {

constexpr std::uint32_t kBaseIsMoof = 0x020000;
constexpr std::uint32_t kRunFields = 0x000f01;  ///< data offset; of each sample duration, size, flags, offset
constexpr std::uint32_t kKeyFlags = 0x02000000;
constexpr std::uint32_t kOtherFlags = 0x01010000;

void copyTrackList(BoxWriter& out, const Box& moov, std::uint32_t kept_id, const Box& kept) {
    BoxReader boxes(moov.payload);
    while (const auto box = boxes.next()) {
        if (box->type == fourCc("trak") && box->offset != kept.offset) continue;
        if (box->type != fourCc("mvex")) {
            out.raw(box->whole);
            continue;
        }
        out.open(box->type);
        BoxReader extends(box->payload);
        while (const auto inner = extends.next()) {
            FieldReader fields(inner->payload);
            if (inner->type == fourCc("trex") && (fields.skip(4), fields.u32() != kept_id)) continue;
            out.raw(inner->whole);
        }
        out.close();
    }
}

/// The trak box at that position of the track list.
Box trackBox(const Box& moov, std::size_t index) {
    BoxReader boxes(moov.payload);
    while (const auto box = boxes.next())
        if (box->type == fourCc("trak") && index-- == 0) return *box;
    throw Error(ErrorKind::BadData, "an initialisation segment without its video track");
}

}  // namespace

base::Bytes writePart(std::uint32_t track_id, std::uint32_t sequence, std::uint64_t decode_time,
                      std::span<const PartSample> samples) {
    std::uint64_t media_bytes = 8;
    for (const PartSample& sample : samples) media_bytes += sample.bytes.size();
    if (media_bytes > std::numeric_limits<std::uint32_t>::max())
        throw Error(ErrorKind::BadData, "a part of more than 4 GiB");
    BoxWriter out;
    out.bytes().reserve(static_cast<std::size_t>(media_bytes) + 100 + samples.size() * 16);
    out.open(fourCc("moof"));
    out.openFull(fourCc("mfhd"), 0, 0);
    out.u32(sequence);
    out.close();
    out.open(fourCc("traf"));
    out.openFull(fourCc("tfhd"), 0, kBaseIsMoof);
    out.u32(track_id);
    out.close();
    out.openFull(fourCc("tfdt"), 1, 0);
    out.u64(decode_time);
    out.close();
    out.openFull(fourCc("trun"), 1, kRunFields);
    out.u32(static_cast<std::uint32_t>(samples.size()));
    const std::size_t offset_at = out.size();
    out.u32(0);
    for (const PartSample& sample : samples) {
        out.u32(sample.duration);
        out.u32(static_cast<std::uint32_t>(sample.bytes.size()));
        out.u32(sample.is_key ? kKeyFlags : kOtherFlags);
        out.i32(sample.composition_offset);
    }
    out.close();
    out.close();
    out.close();
    putNumber(out.bytes(), offset_at, out.size() + 8, 4);
    out.open(fourCc("mdat"));
    for (const PartSample& sample : samples) out.raw(sample.bytes);
    out.close();
    return out.take();
}

base::Bytes picturesOfInit(std::span<const std::uint8_t> init_bytes) {
    const InitSegment init = parseInit(init_bytes);
    const std::size_t index = init.videoIndex();
    BoxWriter out;
    BoxReader boxes(init_bytes);
    while (const auto box = boxes.next()) {
        if (box->type != fourCc("moov")) {
            out.raw(box->whole);
            continue;
        }
        out.open(box->type);
        copyTrackList(out, *box, init.tracks[index].id, trackBox(*box, index));
        out.close();
    }
    return out.take();
}

base::Bytes picturesOfFragment(std::span<const std::uint8_t> fragment, const InitSegment& init) {
    const MovieFragment movie = parseFragment(fragment, init);
    const std::size_t index = init.videoIndex();
    const TrackFragment* video = movie.findTrack(index);
    if (!video) throw Error(ErrorKind::BadData, "footage without pictures");
    std::vector<PartSample> samples;
    samples.reserve(video->samples.size());
    for (const Sample& sample : video->samples)
        samples.push_back({fragment.subspan(static_cast<std::size_t>(sample.offset), sample.size_bytes),
                           sample.duration, sample.composition_offset, sample.is_key});
    return writePart(init.tracks[index].id, 1, video->decode_time, samples);
}

}  // namespace porchlight::media
