#include "worker/encode/x264_encoder.h"

extern "C" {
#include <libavutil/opt.h>
}

#include <algorithm>
#include <cmath>

#include "worker/picture/yuv_copy.h"

namespace porchlight::worker {
namespace {

void keepOwner(void* opaque, std::uint8_t*) {
    delete static_cast<std::shared_ptr<const void>*>(opaque);
}

Packet packetOf(AVPacket& from, const Picture& picture) {
    Packet packet = ownedPacket(from);
    packet.arrived_at = picture.arrived_at;
    return packet;
}

}  // namespace

X264Encoder::X264Encoder(const EncoderWish& wish)
    : frame_(needMemory(av_frame_alloc(), "frame")), packet_(needMemory(av_packet_alloc(), "packet")) {
    const AVCodec* codec = avcodec_find_encoder_by_name("libx264");
    if (!codec) throw Error(ErrorKind::NotSupported, "libavcodec has no libx264 encoder");
    const double rate = rateOf(wish);
    context_.reset(needMemory(avcodec_alloc_context3(codec), "encoder"));
    context_->width = wish.width_px & ~1;
    context_->height = wish.height_px & ~1;
    context_->pix_fmt = AV_PIX_FMT_YUV420P;
    context_->color_range = wish.is_full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
    context_->time_base = AVRational{1, 1'000'000};
    context_->framerate = av_d2q(rate, 1000);
    context_->thread_count = 1;
    context_->max_b_frames = 0;
    context_->gop_size = std::max(1, static_cast<int>(std::lround(2 * rate)));
    context_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    context_->bit_rate = bitRateOf(wish);
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
    format_.rate_hz = wish.rate_hz;
    format_.extradata.assign(context_->extradata, context_->extradata + context_->extradata_size);
}

void X264Encoder::copy(const Picture& picture) {
    const int width = context_->width;
    const int height = context_->height;
    const std::size_t luma = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    planes_.resize(luma * 3 / 2);
    YuvTarget target;
    target.planes = {planes_.data(), planes_.data() + luma, planes_.data() + luma + luma / 4};
    target.strides_bytes = {width, width / 2, width / 2};
    target.width_px = width;
    target.height_px = height;
    copyYuv(picture, target);
    for (std::size_t i = 0; i < 3; ++i) {
        frame_->data[i] = target.planes[i];
        frame_->linesize[i] = target.strides_bytes[i];
    }
    // x264 has copied the picture before encode() returns: planes_ outlives every use.
    frame_->buf[0] = needMemory(
        av_buffer_create(
            planes_.data(), planes_.size(), [](void*, std::uint8_t*) {}, nullptr, AV_BUFFER_FLAG_READONLY),
        "buffer");
}

void X264Encoder::fill(const Picture& picture) {
    av_frame_unref(frame_.get());
    frame_->format = context_->pix_fmt;
    frame_->width = context_->width;
    frame_->height = context_->height;
    if (picture.format != PixelFormat::I420) return copy(picture);
    for (std::size_t i = 0; i < 3; ++i) {
        frame_->data[i] = const_cast<std::uint8_t*>(picture.planes[i]);
        frame_->linesize[i] = picture.strides_bytes[i];
    }
    // The frame keeps the picture alive, so libav need not copy it.
    auto keeper = std::make_unique<std::shared_ptr<const void>>(picture.owner);
    frame_->buf[0] = needMemory(
        av_buffer_create(frame_->data[0], 1, keepOwner, keeper.get(), AV_BUFFER_FLAG_READONLY), "buffer");
    static_cast<void>(keeper.release());
}

void X264Encoder::encode(const Picture& picture, bool is_key_wanted, const Sink& sink) {
    fill(picture);
    const std::int64_t pts = has_begun_ ? std::max(picture.pts_us, last_pts_us_ + 1) : picture.pts_us;
    last_pts_us_ = pts;
    has_begun_ = true;
    frame_->pict_type = keys_.mustBeKey(pts, is_key_wanted) ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    frame_->pts = pts;
    int result = avcodec_send_frame(context_.get(), frame_.get());
    av_frame_unref(frame_.get());
    if (result < 0) throw Error(ErrorKind::BadData, "encode a picture: " + libavText(result));
    while ((result = avcodec_receive_packet(context_.get(), packet_.get())) >= 0)
        sink(packetOf(*packet_, picture));
    if (result != AVERROR(EAGAIN)) throw Error(ErrorKind::BadData, "encode a picture: " + libavText(result));
}

}  // namespace porchlight::worker
