#include "worker/stream/libav.h"

extern "C" {
#include <libavutil/mem.h>
}

#include <cstring>

namespace porchlight::worker {

std::string libavText(int error) {
    char text[AV_ERROR_MAX_STRING_SIZE] = {};
    av_strerror(error, text, sizeof text);
    return text;
}

AVCodecID libavCodec(Codec codec) noexcept {
    switch (codec) {
        case Codec::H264:
            return AV_CODEC_ID_H264;
        case Codec::H265:
            return AV_CODEC_ID_HEVC;
        case Codec::Mjpeg:
            return AV_CODEC_ID_MJPEG;
        case Codec::Aac:
            return AV_CODEC_ID_AAC;
        case Codec::None:
            break;
    }
    return AV_CODEC_ID_NONE;
}

AvCodecParameters videoParameters(const StreamFormat& format) {
    AvCodecParameters parameters(needMemory(avcodec_parameters_alloc(), "codec parameters"));
    parameters->codec_type = AVMEDIA_TYPE_VIDEO;
    parameters->codec_id = libavCodec(format.video);
    parameters->width = format.width_px;
    parameters->height = format.height_px;
    if (!format.extradata.empty()) {
        parameters->extradata = static_cast<std::uint8_t*>(
            needMemory(av_mallocz(format.extradata.size() + AV_INPUT_BUFFER_PADDING_SIZE), "extradata"));
        std::memcpy(parameters->extradata, format.extradata.data(), format.extradata.size());
        parameters->extradata_size = static_cast<int>(format.extradata.size());
    }
    return parameters;
}

void borrow(const Packet& packet, AVPacket& to) noexcept {
    // libav takes a mutable pointer but writes only into buffers it owns (`buf` stays null here).
    to.data = const_cast<std::uint8_t*>(packet.data.data());
    to.size = static_cast<int>(packet.data.size());
    to.pts = packet.pts_us;
    to.dts = packet.dts_us;
    to.duration = packet.duration_us;
    to.flags = packet.is_key ? AV_PKT_FLAG_KEY : 0;
}

}  // namespace porchlight::worker
