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
        case Codec::AacAdts:
            return AV_CODEC_ID_AAC;
        case Codec::AacLatm:
            return AV_CODEC_ID_AAC_LATM;
        case Codec::PcmMulaw:
            return AV_CODEC_ID_PCM_MULAW;
        case Codec::PcmAlaw:
            return AV_CODEC_ID_PCM_ALAW;
        case Codec::PcmS16Be:
            return AV_CODEC_ID_PCM_S16BE;
        case Codec::PcmS16Le:
            return AV_CODEC_ID_PCM_S16LE;
        case Codec::G722:
            return AV_CODEC_ID_ADPCM_G722;
        case Codec::G726:
            return AV_CODEC_ID_ADPCM_G726LE;
        case Codec::G726Aal2:
            return AV_CODEC_ID_ADPCM_G726;
        case Codec::Opus:
            return AV_CODEC_ID_OPUS;
        case Codec::Mp2:
            return AV_CODEC_ID_MP2;
        case Codec::Mp3:
            return AV_CODEC_ID_MP3;
        case Codec::None:
            break;
    }
    return AV_CODEC_ID_NONE;
}

void copyExtradata(std::span<const std::uint8_t> from, std::uint8_t*& to, int& size) {
    if (from.empty()) return;
    to = static_cast<std::uint8_t*>(
        needMemory(av_mallocz(from.size() + AV_INPUT_BUFFER_PADDING_SIZE), "extradata"));
    std::memcpy(to, from.data(), from.size());
    size = static_cast<int>(from.size());
}

AvCodecParameters videoParameters(const StreamFormat& format) {
    AvCodecParameters parameters(needMemory(avcodec_parameters_alloc(), "codec parameters"));
    parameters->codec_type = AVMEDIA_TYPE_VIDEO;
    parameters->codec_id = libavCodec(format.video);
    parameters->width = format.width_px;
    parameters->height = format.height_px;
    copyExtradata(format.extradata, parameters->extradata, parameters->extradata_size);
    return parameters;
}

Packet ownedPacket(AVPacket& from) {
    AVPacket* owned = needMemory(av_packet_alloc(), "packet");
    av_packet_move_ref(owned, &from);
    Packet packet;
    packet.data = {owned->data, static_cast<std::size_t>(owned->size)};
    packet.pts_us = owned->pts;
    packet.dts_us = owned->dts;
    packet.duration_us = owned->duration;
    packet.is_key = (owned->flags & AV_PKT_FLAG_KEY) != 0;
    packet.owner = std::shared_ptr<const void>(owned, [](const void* p) {
        auto* gone = static_cast<AVPacket*>(const_cast<void*>(p));
        av_packet_free(&gone);
    });
    return packet;
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
