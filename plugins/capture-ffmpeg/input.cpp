#include "input.h"

#include <algorithm>
#include <new>
#include <string_view>
#include <utility>

#include "reach/failure.h"
#include "stream/parameter_sets.h"
#include "stream/picture_order.h"
#include "stream/sound_track.h"

namespace porchlight::ffmpeg {
namespace {

constexpr AVRational kMicroseconds{1, 1'000'000};
constexpr std::int64_t kMaxStampUs = std::int64_t{1} << 53U;
constexpr std::int64_t kMaxDurationUs = 3'600'000'000;

Codec videoCodec(AVCodecID id) noexcept {
    switch (id) {
        case AV_CODEC_ID_H264:
            return Codec::H264;
        case AV_CODEC_ID_HEVC:
            return Codec::H265;
        case AV_CODEC_ID_MJPEG:
            return Codec::Mjpeg;
        default:
            return Codec::None;
    }
}

std::vector<std::uint8_t> bytesOf(const std::uint8_t* data, std::size_t size) {
    return data == nullptr ? std::vector<std::uint8_t>() : std::vector<std::uint8_t>(data, data + size);
}

double rateOf(const AVStream& stream) noexcept {
    for (const AVRational rate : {stream.avg_frame_rate, stream.r_frame_rate})
        if (rate.num > 0 && rate.den > 0 && av_q2d(rate) <= 240) return av_q2d(rate);
    return 0;
}

std::optional<std::int64_t> microsecondsOf(std::int64_t stamp, AVRational base) noexcept {
    if (stamp == AV_NOPTS_VALUE) return std::nullopt;
    const std::int64_t out = av_rescale_q(stamp, base, kMicroseconds);
    if (out > kMaxStampUs || out < -kMaxStampUs) return std::nullopt;  // nobody's clock
    return out;
}

}  // namespace

Input::Input(InputOptions options, const std::atomic<bool>& stop) : connection_(std::move(options), stop) {
    analyse();
    // A download whose length is known is a file on a server; everything else on the network is live,
    // whatever range its description tells.
    info_.is_live = address().isNetwork() && (isRtsp() || context().duration <= 0);
    chooseTracks();
    takeFirstPicture();
    timeline_ = Timeline(timelineMode());
    if (isRtsp()) joiner_ = PictureJoiner(info_.format.video);
    silence_ = Silence(isOneLate());
    const auto facts = pictureFacts(info_.format.video, info_.format.extradata);
    if (isRtsp() && info_.format.video == Codec::H264 && !(facts && facts->is_order_told))
        timeline_.expectReordering();
    if (info_.format.rate_hz > 0)
        timeline_.setNominal(Track::Video, static_cast<std::int64_t>(1e6 / info_.format.rate_hz));
    timeline_.setNominal(Track::Audio, usualPacketUs(info_.format));
    describe();
    // Playlists are read on and on, and in a download libav seeks, which asks anew; every other stream stays
    // on the connections that it has.
    const std::string_view format = context().iformat->name;
    if (info_.is_live && format != "hls" && format != "dash") connection_.settle();
}

/// Reads ahead only when the container's header leaves something open: an RTSP camera starts at once that
/// way.
void Input::analyse() {
    bool is_complete = context().nb_streams > 0;
    for (unsigned i = 0; i < context().nb_streams; ++i) {
        const AVCodecParameters& parameters = *context().streams[i]->codecpar;
        if (parameters.codec_type != AVMEDIA_TYPE_VIDEO) continue;
        const Codec codec = videoCodec(parameters.codec_id);
        if (codec == Codec::Mjpeg) continue;  // its size stands in the first picture
        if (codec == Codec::None && parameters.codec_id != AV_CODEC_ID_NONE && isRtsp())
            continue;  // the description names what cannot be recorded
        if (codec != Codec::None && parameters.extradata_size == 0 && isRtsp())
            continue;  // its parameter sets come with the first keyframe
        if (codec == Codec::None || parameters.extradata_size == 0) {
            is_complete = false;
            continue;
        }
        const auto facts =
            pictureFacts(codec, {parameters.extradata, static_cast<std::size_t>(parameters.extradata_size)});
        const bool is_live = isRtsp();
        if (is_live ? !facts || facts->may_reorder : parameters.width == 0) is_complete = false;
    }
    if (!is_complete) probe();
}

void Input::probe() {
    if (isRtsp()) context().fps_probe_size = 0;
    const int result = avformat_find_stream_info(&context(), nullptr);
    if (result < 0) connection_.throwOpenError(result);
}

void Input::chooseTracks() {
    std::string other;
    for (unsigned i = 0; i < context().nb_streams; ++i) {
        AVStream& stream = *context().streams[i];
        stream.discard = AVDISCARD_ALL;
        if (stream.codecpar->codec_type != AVMEDIA_TYPE_VIDEO ||
            (stream.disposition & AV_DISPOSITION_ATTACHED_PIC))
            continue;
        if (videoCodec(stream.codecpar->codec_id) == Codec::None)
            other = avcodec_get_name(stream.codecpar->codec_id);
        else if (video_index_ < 0)
            video_index_ = static_cast<int>(i);
    }
    if (video_index_ < 0) {
        const std::string what = "open " + address().shown + ": ";
        if (other.empty()) throw Error(ErrorKind::Misconfigured, what + "there is no video track in it");
        throw Error(ErrorKind::NotSupported,
                    what + "its video is " + other + "; set the camera to H.264, H.265 or MJPEG");
    }
    AVStream& video = videoStream();
    video.discard = AVDISCARD_DEFAULT;
    StreamFormat& format = info_.format;
    format.video = videoCodec(video.codecpar->codec_id);
    format.width_px = video.codecpar->width;
    format.height_px = video.codecpar->height;
    format.extradata =
        bytesOf(video.codecpar->extradata, static_cast<std::size_t>(video.codecpar->extradata_size));
    format.rate_hz = hasMadeUpTimes() ? 0 : rateOf(video);
    applyFacts(format.extradata.data(), format.extradata.size());
    chooseAudio();
}

void Input::chooseAudio() {
    known_tracks_ = context().nb_streams;
    if (!connection_.options().wants_sound) return;
    for (unsigned i = 0; i < context().nb_streams; ++i) {
        AVStream& stream = *context().streams[i];
        const AVCodecParameters& parameters = *stream.codecpar;
        if (parameters.codec_type != AVMEDIA_TYPE_AUDIO || audio_index_ >= 0) continue;
        if (!describeSound(parameters, info_.format)) {
            dropped_audio_ = avcodec_get_name(parameters.codec_id);
            continue;
        }
        audio_index_ = static_cast<int>(i);
        stream.discard = AVDISCARD_DEFAULT;
    }
}

/// MPEG-TS tells of sound when it begins.
void Input::noteNewTracks() {
    if (context().nb_streams == known_tracks_) return;
    for (unsigned i = known_tracks_; i < context().nb_streams; ++i)
        context().streams[i]->discard = AVDISCARD_ALL;
    const bool had_sound = audio_index_ >= 0;
    chooseAudio();
    if (!had_sound && audio_index_ >= 0) changed_ = info_.format;
}

void Input::applyFacts(const std::uint8_t* data, std::size_t size) {
    const auto facts = pictureFacts(info_.format.video, {data, size});
    if (!facts) return;
    if (info_.format.width_px == 0) {
        info_.format.width_px = facts->width_px;
        info_.format.height_px = facts->height_px;
    }
    if (info_.format.rate_hz <= 0 && facts->rate_hz > 0 && facts->rate_hz <= 240)
        info_.format.rate_hz = facts->rate_hz;
}

/// MJPEG says its size only in the pictures, all of which are key, and some cameras send parameter sets only
/// with keyframes: read one, keep it. Probing instead would hold back the pictures of half a second.
void Input::takeFirstPicture() {
    const Codec codec = info_.format.video;
    const bool is_bare = codec != Codec::Mjpeg && isRtsp() && info_.format.extradata.empty();
    if (!is_bare && (codec != Codec::Mjpeg || info_.format.width_px > 0)) return;
    do {
        first_ = readRaw();
        if (!first_) throwOpenFailure(address(), AVERROR_EOF);
    } while (first_->stream_index != video_index_ || (is_bare && !(first_->flags & AV_PKT_FLAG_KEY)));
    applyFacts(first_->data, static_cast<std::size_t>(first_->size));
    if (is_bare) {
        const std::span<const std::uint8_t> key{first_->data, static_cast<std::size_t>(first_->size)};
        info_.format.extradata = parameterSetsIn(codec, key);
        const auto facts = pictureFacts(codec, key);
        if (!facts || facts->may_reorder) probe();
    } else if (info_.format.width_px == 0) {
        throw Error(ErrorKind::Misconfigured, "open " + address().shown + ": the pictures are not JPEG");
    }
}

/// Streams of JPEGs tell no time; libav says 25 a second.
bool Input::hasMadeUpTimes() const noexcept {
    const std::string_view format = context().iformat->name;
    return format == "mpjpeg" || (info_.is_live && (format == "jpeg_pipe" || format == "mjpeg"));
}

/// Where a picture ends is not said there: libav's parser gives it when the next one begins, which looks as
/// if it came then.
bool Input::isOneLate() const noexcept {
    const std::string_view format = context().iformat->name;
    const bool is_parsed = isRtsp() || format == "mpegts" || format == "h264" || format == "hevc";
    return is_parsed && info_.format.video != Codec::Mjpeg && connection_.arrivals() == nullptr;
}

Timeline::Mode Input::timelineMode() const noexcept {
    if (hasMadeUpTimes()) return Timeline::Mode::Arrival;
    return info_.is_live ? Timeline::Mode::Live : Timeline::Mode::File;
}

void Input::describe() {
    const StreamFormat& format = info_.format;
    info_.description = address().scheme;
    if (isRtsp()) info_.description += connection_.isUdp() ? " udp" : " tcp";
    info_.description += std::string(" ") + nameOf(format.video);
    if (format.width_px > 0)
        info_.description += " " + std::to_string(format.width_px) + "x" + std::to_string(format.height_px);
    // Of sound that is handed on the host says what it makes of it.
    if (format.audio == Codec::None && !dropped_audio_.empty())
        info_.description += ", audio " + dropped_audio_ + " left out (of a kind that is not recorded)";
    if (const std::string& refused = connection_.refusedSound(); !refused.empty())
        info_.description += ", sound refused (" + refused + "), left out";
    if (!info_.is_live && connection_.options().is_looped) info_.description += ", looped";
    if (const std::string& ignored = connection_.ignoredOptions(); !ignored.empty())
        info_.description += ", options not understood by libavformat: " + ignored;
}

/// Null at the end.
PacketPtr Input::readRaw() {
    PacketPtr packet(av_packet_alloc());
    if (!packet) throw Error(ErrorKind::Exhausted, "read " + address().shown + ": out of memory");
    const int result = connection_.read(*packet);
    if (result == AVERROR_EOF && !info_.is_live) return nullptr;
    if (result < 0) throw readFailure(address(), result);
    return packet;
}

PacketPtr Input::readWhole() {
    while (true) {
        if (PacketPtr packet = joiner_.pop()) return packet;
        PacketPtr packet = readRaw();
        if (!packet) {
            joiner_.flush();
            return joiner_.pop();
        }
        const bool is_video = packet->stream_index == video_index_;
        joiner_.push(std::move(packet), is_video);
    }
}

std::optional<Arrival> Input::readNext() {
    while (true) {
        if (auto arrival = silence_.pop()) return arrival;
        PacketPtr packet = readWhole();
        if (!packet) {
            silence_.flush();
            return silence_.pop();
        }
        std::optional<std::int64_t> stamp_us;
        if (packet->stream_index == video_index_ && timelineMode() == Timeline::Mode::Live)
            stamp_us = microsecondsOf(packet->pts, videoStream().time_base);
        const auto known = connection_.arrivals() ? connection_.arrivals()->at(packet->pos) : std::nullopt;
        silence_.push({std::move(packet), known.value_or(Monotonic::now())}, stamp_us);
    }
}

bool Input::rewind() {
    if (!connection_.options().is_looped || !did_read_) return false;
    const std::int64_t start = context().start_time == AV_NOPTS_VALUE ? 0 : context().start_time;
    if (avformat_seek_file(&context(), -1, INT64_MIN, start, INT64_MAX, 0) < 0 &&
        av_seek_frame(&context(), -1, 0, AVSEEK_FLAG_BYTE) < 0)
        connection_.open();  // a format that cannot seek: from the beginning
    timeline_.beginPass();
    has_key_ = false;
    did_read_ = false;
    return true;
}

std::optional<Packet> Input::next() {
    if (first_) joiner_.push(std::move(first_), true);
    while (true) {
        std::optional<Arrival> arrival = readNext();
        if (!arrival) {
            if (!rewind()) return std::nullopt;
            continue;
        }
        noteNewTracks();
        AVPacket& raw = *arrival->packet;
        const bool is_video = raw.stream_index == video_index_;
        if (arrival->is_after_pause) timeline_.resume();
        if ((!is_video && raw.stream_index != audio_index_) || raw.size <= 0) continue;
        const bool is_jpeg = is_video && info_.is_live && info_.format.video == Codec::Mjpeg;
        if (is_jpeg && ends_.isCut({raw.data, static_cast<std::size_t>(raw.size)}))
            throw Error(ErrorKind::BadData, "read " + address().shown + ": a picture that was cut short");
        if (is_video && ((raw.flags & AV_PKT_FLAG_KEY) || info_.format.video == Codec::Mjpeg))
            has_key_ = true;
        if (!has_key_) continue;  // what comes before the first keyframe cannot be decoded
        if (av_packet_make_refcounted(&raw) < 0)
            throw Error(ErrorKind::Exhausted, "read " + address().shown + ": out of memory");
        did_read_ = true;
        return convert(std::move(*arrival));
    }
}

void Input::noteNewExtradata(const AVPacket& packet) {
    std::size_t size = 0;
    const std::uint8_t* data = av_packet_get_side_data(&packet, AV_PKT_DATA_NEW_EXTRADATA, &size);
    if (data == nullptr) return;
    std::vector<std::uint8_t> extradata = bytesOf(data, size);
    if (extradata == info_.format.extradata) return;
    info_.format.extradata = std::move(extradata);
    if (const auto facts = pictureFacts(info_.format.video, {data, size})) {
        info_.format.width_px = facts->width_px;
        info_.format.height_px = facts->height_px;
    }
    changed_ = info_.format;
}

Packet Input::convert(Arrival arrival) {
    PacketPtr raw = std::move(arrival.packet);
    const AVRational base = context().streams[raw->stream_index]->time_base;
    Packet packet;
    packet.track = raw->stream_index == video_index_ ? Track::Video : Track::Audio;
    packet.data = {raw->data, static_cast<std::size_t>(raw->size)};
    packet.arrived_at = arrival.at;
    packet.is_key =
        packet.track == Track::Audio || info_.format.video == Codec::Mjpeg || (raw->flags & AV_PKT_FLAG_KEY);
    const bool looks_both_ways = packet.track == Track::Video && timeline_.expectsReordering() &&
                                 looksBothWays(info_.format.video, packet.data);
    if (packet.track == Track::Video) noteNewExtradata(*raw);
    const Timeline::Stamp stamp = timeline_.map(
        packet.track, microsecondsOf(raw->pts, base), microsecondsOf(raw->dts, base),
        std::clamp<std::int64_t>(av_rescale_q(raw->duration, base, kMicroseconds), 0, kMaxDurationUs),
        packet.arrived_at, looks_both_ways);
    packet.pts_us = stamp.pts_us;
    packet.dts_us = stamp.dts_us;
    packet.duration_us = stamp.duration_us;
    packet.owner = std::shared_ptr<const AVPacket>(raw.release(), [](const AVPacket* owned) {
        auto* packet_to_free = const_cast<AVPacket*>(owned);
        av_packet_free(&packet_to_free);
    });
    return packet;
}

}  // namespace porchlight::ffmpeg
