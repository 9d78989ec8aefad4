#include "worker/analyse/media_file.h"

#include <algorithm>
#include <cmath>

extern "C" {
#include <libavformat/avformat.h>
}

#include "worker/stream/libav.h"

namespace porchlight::worker {
namespace {

constexpr AVRational kMicroseconds{1, 1'000'000};

Codec codecOf(AVCodecID id, const std::string& file) {
    switch (id) {
        case AV_CODEC_ID_H264:
            return Codec::H264;
        case AV_CODEC_ID_HEVC:
            return Codec::H265;
        case AV_CODEC_ID_MJPEG:
            return Codec::Mjpeg;
        default:
            break;
    }
    throw Error(ErrorKind::NotSupported, "open " + file + ": video codec " + avcodec_get_name(id) +
                                             " is not one of h264, h265, mjpeg");
}

}  // namespace

MediaFile::MediaFile(const std::filesystem::path& file) {
    // The "file:" prefix keeps a name with a colon from being taken for a network address.
    int result = avformat_open_input(&context_, ("file:" + file.string()).c_str(), nullptr, nullptr);
    if (result < 0) {
        const bool is_content = result == AVERROR_INVALIDDATA;
        throw Error(
            is_content ? ErrorKind::BadData : ErrorKind::Unavailable,
            "open " + file.string() + ": " + (is_content ? "this is no video file" : libavText(result)));
    }
    try {
        chooseStream(file);
    } catch (...) {
        avformat_close_input(&context_);
        throw;
    }
}

MediaFile::~MediaFile() {
    avformat_close_input(&context_);
}

void MediaFile::chooseStream(const std::filesystem::path& file) {
    const int result = avformat_find_stream_info(context_, nullptr);
    if (result < 0) throw Error(ErrorKind::BadData, "read " + file.string() + ": " + libavText(result));
    stream_ = av_find_best_stream(context_, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    if (stream_ < 0) throw Error(ErrorKind::BadData, "open " + file.string() + ": there is no video in it");
    const AVStream& stream = *context_->streams[stream_];
    const AVCodecParameters& parameters = *stream.codecpar;
    format_.video = codecOf(parameters.codec_id, file.string());
    format_.width_px = parameters.width;
    format_.height_px = parameters.height;
    if (stream.avg_frame_rate.num > 0 && stream.avg_frame_rate.den > 0)
        format_.rate_hz = av_q2d(stream.avg_frame_rate);
    if (format_.rate_hz > 0) frame_us_ = std::max<std::int64_t>(1, std::llround(1e6 / format_.rate_hz));
    if (parameters.extradata)
        format_.extradata.assign(parameters.extradata, parameters.extradata + parameters.extradata_size);
}

bool MediaFile::read(Packet& packet) {
    std::shared_ptr<AVPacket> read(needMemory(av_packet_alloc(), "packet"), LibavDelete{});
    do {
        av_packet_unref(read.get());
        if (av_read_frame(context_, read.get()) < 0) return false;
    } while (read->stream_index != stream_);
    const AVRational base = context_->streams[stream_]->time_base;
    const auto toMicroseconds = [base](std::int64_t time) { return av_rescale_q(time, base, kMicroseconds); };
    packet = Packet{};
    packet.dts_us = read->dts == AV_NOPTS_VALUE ? next_dts_us_ : toMicroseconds(read->dts);
    packet.pts_us = read->pts == AV_NOPTS_VALUE ? packet.dts_us : toMicroseconds(read->pts);
    packet.duration_us = read->duration > 0 ? toMicroseconds(read->duration) : frame_us_;
    next_dts_us_ = packet.dts_us + packet.duration_us;
    packet.is_key = (read->flags & AV_PKT_FLAG_KEY) != 0;
    packet.data = {read->data, static_cast<std::size_t>(read->size)};
    packet.owner = std::move(read);
    return true;
}

}  // namespace porchlight::worker
