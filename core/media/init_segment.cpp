#include "media/init_segment.h"

namespace porchlight::media {
namespace {

constexpr std::size_t kMaxTracks = 8;

Box need(std::span<const std::uint8_t> parent, FourCc type) {
    auto box = findBox(parent, type);
    if (!box) throw Error(ErrorKind::BadData, "MP4 box '" + textOf(type) + "' is missing");
    return *box;
}

base::Bytes copyOf(std::span<const std::uint8_t> bytes) {
    return {bytes.begin(), bytes.end()};
}

Codec codecOf(FourCc entry) noexcept {
    switch (entry) {
        case fourCc("avc1"):
        case fourCc("avc3"):
            return Codec::H264;
        case fourCc("hvc1"):
        case fourCc("hev1"):
            return Codec::H265;
        case fourCc("mp4a"):
            return Codec::Aac;
        case fourCc("mp4v"):
        case fourCc("jpeg"):
            return Codec::Mjpeg;
        default:
            return Codec::None;
    }
}

void parseTrackHeader(std::span<const std::uint8_t> payload, Track& track) {
    FieldReader fields(payload);
    const std::uint8_t version = fields.u8();
    fields.skip(3 + (version == 1 ? 16U : 8U));
    track.id = fields.u32();
    fields.skip(4 + (version == 1 ? 8U : 4U) + 8 + 8);  // reserved, duration, reserved, layer..reserved
    track.matrix = copyOf(payload.subspan(fields.position(), std::min<std::size_t>(36, fields.left())));
    fields.skip(36);
    track.width_16_16 = fields.u32();
    track.height_16_16 = fields.u32();
    if (track.id == 0) throw Error(ErrorKind::BadData, "an MP4 track has number 0");
}

void parseMedia(std::span<const std::uint8_t> media, Track& track) {
    FieldReader header(need(media, fourCc("mdhd")).payload);
    header.skip(3 + (header.u8() == 1 ? 16U : 8U));
    track.timescale = header.u32();
    if (track.timescale == 0) throw Error(ErrorKind::BadData, "an MP4 track has time scale 0");

    const Box handler = need(media, fourCc("hdlr"));
    FieldReader handler_fields(handler.payload);
    handler_fields.skip(8);
    const FourCc type = handler_fields.u32();
    if (type == fourCc("vide")) track.kind = TrackKind::Video;
    if (type == fourCc("soun")) track.kind = TrackKind::Audio;
    track.handler = copyOf(handler.whole);

    const Box info = need(media, fourCc("minf"));
    for (const FourCc name : {fourCc("vmhd"), fourCc("smhd"), fourCc("nmhd")})
        if (const auto box = findBox(info.payload, name)) track.media_header = copyOf(box->whole);

    const Box table = need(info.payload, fourCc("stbl"));
    const Box description = need(table.payload, fourCc("stsd"));
    FieldReader entries(description.payload);
    entries.skip(4);
    if (entries.u32() != 1)
        throw Error(ErrorKind::BadData, "an MP4 track needs exactly one sample description");
    entries.skip(4);
    track.codec = codecOf(entries.u32());
    track.description = copyOf(description.whole);
}

void parseDefaults(std::span<const std::uint8_t> extends, std::vector<Track>& tracks) {
    BoxReader boxes(extends);
    while (const auto box = boxes.next()) {
        if (box->type != fourCc("trex")) continue;
        FieldReader fields(box->payload);
        fields.skip(4);
        const std::uint32_t id = fields.u32();
        for (Track& track : tracks) {
            if (track.id != id) continue;
            track.defaults = {fields.u32(), fields.u32(), fields.u32(), fields.u32()};
            break;
        }
    }
}

}  // namespace

std::size_t InitSegment::videoIndex() const {
    for (std::size_t i = 0; i < tracks.size(); ++i)
        if (tracks[i].kind == TrackKind::Video) return i;
    throw Error(ErrorKind::BadData, "an MP4 has no video track");
}

const Track* InitSegment::findTrack(std::uint32_t id) const noexcept {
    for (const Track& track : tracks)
        if (track.id == id) return &track;
    return nullptr;
}

bool InitSegment::isCompatibleWith(const InitSegment& other) const noexcept {
    if (tracks.size() != other.tracks.size()) return false;
    for (std::size_t i = 0; i < tracks.size(); ++i) {
        const Track& a = tracks[i];
        const Track& b = other.tracks[i];
        if (a.id != b.id || a.kind != b.kind || a.timescale != b.timescale || a.description != b.description)
            return false;
    }
    return true;
}

InitSegment parseInit(std::span<const std::uint8_t> bytes) {
    const Box movie = need(bytes, fourCc("moov"));
    InitSegment init;
    BoxReader boxes(movie.payload);
    while (const auto box = boxes.next()) {
        if (box->type != fourCc("trak")) continue;
        if (init.tracks.size() == kMaxTracks) throw Error(ErrorKind::BadData, "an MP4 has too many tracks");
        Track track;
        parseTrackHeader(need(box->payload, fourCc("tkhd")).payload, track);
        parseMedia(need(box->payload, fourCc("mdia")).payload, track);
        if (init.findTrack(track.id)) throw Error(ErrorKind::BadData, "two MP4 tracks have the same number");
        init.tracks.push_back(std::move(track));
    }
    if (const auto extends = findBox(movie.payload, fourCc("mvex")))
        parseDefaults(extends->payload, init.tracks);
    init.videoIndex();
    return init;
}

}  // namespace porchlight::media
