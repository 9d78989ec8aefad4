#include "worker/encoder.h"

extern "C" {
#include <libavutil/opt.h>
}

#include <algorithm>
#include <cmath>
#include <cstring>

namespace porchlight::worker {
namespace {

constexpr std::int64_t kKeyframeEveryUs = 2'000'000;
constexpr double kBitsPerPixel = 0.08;

void keepOwner(void* opaque, std::uint8_t*) { delete static_cast<std::shared_ptr<const void>*>(opaque); }

Packet packetOf(AVPacket& from, const Picture& picture) {
    AVPacket* owned = needMemory(av_packet_alloc(), "packet");
    av_packet_move_ref(owned, &from);
    Packet packet;
    packet.data = {owned->data, static_cast<std::size_t>(owned->size)};
    packet.pts_us = owned->pts;
    packet.dts_us = owned->dts;
    packet.duration_us = owned->duration;
    packet.is_key = (owned->flags & AV_PKT_FLAG_KEY) != 0;
    packet.arrived_at = picture.arrived_at;
    packet.owner = std::shared_ptr<const void>(owned, [](const void* p) {
        auto* gone = static_cast<AVPacket*>(const_cast<void*>(p));
        av_packet_free(&gone);
    });
    return packet;
}

}  // namespace

Encoder::Encoder(int width_px, int height_px, double rate_hz, std::uint32_t kbit_s, bool is_full_range)
    : frame_(needMemory(av_frame_alloc(), "frame")), packet_(needMemory(av_packet_alloc(), "packet")) {
    const AVCodec* codec = avcodec_find_encoder_by_name("libx264");
    if (!codec) throw Error(ErrorKind::NotSupported, "libavcodec has no libx264 encoder");
    const double rate = rate_hz > 0.5 ? rate_hz : 15.0;
    context_.reset(needMemory(avcodec_alloc_context3(codec), "encoder"));
    context_->width = width_px & ~1;
    context_->height = height_px & ~1;
    context_->pix_fmt = AV_PIX_FMT_YUV420P;
    context_->color_range = is_full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    context_->time_base = AVRational{1, 1'000'000};
    context_->framerate = av_d2q(rate, 1000);
    context_->thread_count = 1;
    context_->max_b_frames = 0;
    context_->gop_size = std::max(1, static_cast<int>(std::lround(2 * rate)));
    context_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    const double chosen = static_cast<double>(context_->width) * context_->height * rate * kBitsPerPixel;
    context_->bit_rate = kbit_s > 0 ? static_cast<std::int64_t>(kbit_s) * 1000 : std::max<std::int64_t>(std::llround(chosen), 100'000);
    context_->rc_max_rate = context_->bit_rate * 2;
    context_->rc_buffer_size = static_cast<int>(std::min<std::int64_t>(context_->bit_rate * 2, 1 << 30));
    av_opt_set(context_->priv_data, "preset", "superfast", 0);
    av_opt_set(context_->priv_data, "tune", "zerolatency", 0);
    av_opt_set(context_->priv_data, "forced-idr", "1", 0);
    // scenecut would add keyframes of its own; the picture time decides.
    av_opt_set(context_->priv_data, "sc_threshold", "0", 0);
    const int result = avcodec_open2(context_.get(), codec, nullptr);
    if (result < 0) throw Error(ErrorKind::NotSupported, "open libx264: " + libavText(result));
    format_.video = Codec::H264;
    format_.width_px = context_->width;
    format_.height_px = context_->height;
    format_.rate_hz = rate_hz;
    format_.extradata.assign(context_->extradata, context_->extradata + context_->extradata_size);
}

bool Encoder::fits(const Picture& picture) const noexcept {
    return (picture.width_px & ~1) == context_->width && (picture.height_px & ~1) == context_->height;
}

/// YUYV, NV12 and grey to I420.
void Encoder::convert(const Picture& picture) {
    const int width = context_->width;
    const int height = context_->height;
    const std::size_t luma = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    planes_.resize(luma * 3 / 2);
    std::uint8_t* y_out = planes_.data();
    std::uint8_t* chroma[2] = {planes_.data() + luma, planes_.data() + luma + luma / 4};
    const int luma_step = picture.format == PixelFormat::Yuyv ? 2 : 1;
    for (int y = 0; y < height; ++y, y_out += width) {
        const std::uint8_t* in = picture.planes[0] + static_cast<std::ptrdiff_t>(y) * picture.strides_bytes[0];
        for (int x = 0; x < width; ++x) y_out[x] = in[x * luma_step];
    }
    if (picture.format == PixelFormat::Gray8) {
        std::memset(chroma[0], 128, luma / 2);
        return;
    }
    const bool is_packed = picture.format == PixelFormat::Yuyv;
    const int step = is_packed ? 4 : 2;
    for (int y = 0; y < height / 2; ++y) {
        const std::uint8_t* in = is_packed
            ? picture.planes[0] + static_cast<std::ptrdiff_t>(2 * y) * picture.strides_bytes[0] + 1
            : picture.planes[1] + static_cast<std::ptrdiff_t>(y) * picture.strides_bytes[1];
        for (int x = 0; x < width / 2; ++x) {
            *chroma[0]++ = in[x * step];
            *chroma[1]++ = in[x * step + step / 2];
        }
    }
}

void Encoder::fill(const Picture& picture) {
    av_frame_unref(frame_.get());
    frame_->format = context_->pix_fmt;
    frame_->width = context_->width;
    frame_->height = context_->height;
    if (picture.format == PixelFormat::I420) {
        for (std::size_t i = 0; i < 3; ++i) {
            frame_->data[i] = const_cast<std::uint8_t*>(picture.planes[i]);
            frame_->linesize[i] = picture.strides_bytes[i];
        }
        // The frame keeps the picture alive, so libav need not copy it.
        auto keeper = std::make_unique<std::shared_ptr<const void>>(picture.owner);
        frame_->buf[0] = needMemory(av_buffer_create(frame_->data[0], 1, keepOwner, keeper.get(), AV_BUFFER_FLAG_READONLY), "buffer");
        static_cast<void>(keeper.release());
        return;
    }
    convert(picture);
    const int width = context_->width;
    const std::size_t luma = static_cast<std::size_t>(width) * static_cast<std::size_t>(context_->height);
    frame_->data[0] = planes_.data();
    frame_->data[1] = planes_.data() + luma;
    frame_->data[2] = planes_.data() + luma + luma / 4;
    frame_->linesize[0] = width;
    frame_->linesize[1] = frame_->linesize[2] = width / 2;
    // x264 has copied the picture before encode() returns: planes_ outlives every use.
    frame_->buf[0] = needMemory(av_buffer_create(planes_.data(), planes_.size(), [](void*, std::uint8_t*) {}, nullptr,
                                                 AV_BUFFER_FLAG_READONLY), "buffer");
}

void Encoder::encode(const Picture& picture, bool is_key_wanted, const Sink& sink) {
    fill(picture);
    const std::int64_t pts = has_begun_ ? std::max(picture.pts_us, last_pts_us_ + 1) : picture.pts_us;
    last_pts_us_ = pts;
    if (!has_begun_ || is_key_wanted || pts - last_key_pts_us_ >= kKeyframeEveryUs - 1'000) {
        frame_->pict_type = AV_PICTURE_TYPE_I;
        last_key_pts_us_ = pts;
    } else {
        frame_->pict_type = AV_PICTURE_TYPE_NONE;
    }
    has_begun_ = true;
    frame_->pts = pts;
    int result = avcodec_send_frame(context_.get(), frame_.get());
    av_frame_unref(frame_.get());
    if (result < 0) throw Error(ErrorKind::BadData, "encode a picture: " + libavText(result));
    while ((result = avcodec_receive_packet(context_.get(), packet_.get())) >= 0) sink(packetOf(*packet_, picture));
    if (result != AVERROR(EAGAIN)) throw Error(ErrorKind::BadData, "encode a picture: " + libavText(result));
}

}  // namespace porchlight::worker
