/// Owners of libav's objects and the text of its errors.
#pragma once

#include <memory>
#include <span>
#include <string>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/error.h>
#include <libavutil/frame.h>
}

#include "porchlight/error.h"
#include "porchlight/media.h"

namespace porchlight::worker {

struct LibavDelete {
    void operator()(AVPacket* packet) const noexcept { av_packet_free(&packet); }
    void operator()(AVFrame* frame) const noexcept { av_frame_free(&frame); }
    void operator()(AVCodecContext* context) const noexcept { avcodec_free_context(&context); }
    void operator()(AVCodecParameters* parameters) const noexcept { avcodec_parameters_free(&parameters); }
};
using AvPacket = std::unique_ptr<AVPacket, LibavDelete>;
using AvFrame = std::unique_ptr<AVFrame, LibavDelete>;
using AvCodecContext = std::unique_ptr<AVCodecContext, LibavDelete>;
using AvCodecParameters = std::unique_ptr<AVCodecParameters, LibavDelete>;

/// The pointer, or Error(Exhausted): libav allocates with null for "no memory".
template <class T>
T* needMemory(T* pointer, const char* what) {
    if (!pointer) throw Error(ErrorKind::Exhausted, std::string("allocate ") + what + ": out of memory");
    return pointer;
}

/// What an AVERROR means.
std::string libavText(int error);

/// libav's number for our codec; AV_CODEC_ID_NONE for None.
AVCodecID libavCodec(Codec codec) noexcept;

/// A copy with the padding that libav reads; nothing for no bytes. Throws Error(Exhausted).
void copyExtradata(std::span<const std::uint8_t> from, std::uint8_t*& to, int& size);

/// Video parameters for a muxer, a decoder or a bitstream filter. Throws Error(Exhausted).
AvCodecParameters videoParameters(const StreamFormat& format);

/// Takes what libav has made; stamps stay as they are. Throws Error(Exhausted).
Packet ownedPacket(AVPacket& from);

/// Makes `to` borrow the packet's bytes for one call (no copy, no padding).
void borrow(const Packet& packet, AVPacket& to) noexcept;

}  // namespace porchlight::worker
