#include "worker/analyse/decoder.h"

#include <cstring>

namespace porchlight::worker {
namespace {

/// True when the planes can be handed out as they are. 4:2:2 becomes I420 by skipping every second chroma
/// row.
bool describe(const AVFrame& frame, Picture& picture) noexcept {
    int chroma_row_step = 1;
    switch (frame.format) {
        case AV_PIX_FMT_YUV420P:
        case AV_PIX_FMT_YUVJ420P:
            picture.format = PixelFormat::I420;
            break;
        case AV_PIX_FMT_YUV422P:
        case AV_PIX_FMT_YUVJ422P:
            picture.format = PixelFormat::I420;
            chroma_row_step = 2;
            break;
        case AV_PIX_FMT_NV12:
            picture.format = PixelFormat::Nv12;
            break;
        case AV_PIX_FMT_GRAY8:
            picture.format = PixelFormat::Gray8;
            break;
        default:
            return false;
    }
    picture.width_px = frame.width;
    picture.height_px = frame.height;
    for (std::size_t i = 0; i < picture.planes.size(); ++i) {
        picture.planes[i] = frame.data[i];
        picture.strides_bytes[i] = frame.linesize[i] * (i == 0 ? 1 : chroma_row_step);
    }
    return true;
}

}  // namespace

Decoder::Decoder(const StreamFormat& format)
    : packet_(needMemory(av_packet_alloc(), "packet")), frame_(needMemory(av_frame_alloc(), "frame")) {
    const AVCodec* codec = avcodec_find_decoder(libavCodec(format.video));
    if (!codec) throw Error(ErrorKind::NotSupported, std::string("no decoder for ") + nameOf(format.video));
    context_.reset(needMemory(avcodec_alloc_context3(codec), "decoder"));
    const AvCodecParameters parameters = videoParameters(format);
    int result = avcodec_parameters_to_context(context_.get(), parameters.get());
    context_->thread_count = 1;
    context_->pkt_timebase = AVRational{1, 1'000'000};
    if (result >= 0) result = avcodec_open2(context_.get(), codec, nullptr);
    if (result < 0)
        throw Error(ErrorKind::BadData,
                    std::string("open the ") + codec->name + " decoder: " + libavText(result));
}

void Decoder::setCheap(bool is_cheap) noexcept {
    context_->skip_loop_filter = is_cheap ? AVDISCARD_ALL : AVDISCARD_DEFAULT;
}

void Decoder::decode(const Packet& packet, const Sink& sink) {
    if (needs_key_ && !packet.is_key) return;
    needs_key_ = false;
    last_pts_us_ = packet.pts_us;
    last_arrived_ = packet.arrived_at;
    // avcodec_send_packet copies bytes that are not reference counted into a padded buffer of its own.
    borrow(packet, *packet_);
    int result = avcodec_send_packet(context_.get(), packet_.get());
    if (result == AVERROR(EAGAIN)) {
        receive(sink);
        result = avcodec_send_packet(context_.get(), packet_.get());
    }
    packet_->data = nullptr;
    packet_->size = 0;
    if (result < 0) {
        ++bad_packets_;
        return;
    }
    receive(sink);
}

void Decoder::receive(const Sink& sink) {
    for (;;) {
        const int result = avcodec_receive_frame(context_.get(), frame_.get());
        if (result == AVERROR(EAGAIN) || result == AVERROR_EOF) return;
        if (result < 0) {
            ++bad_packets_;
            return;
        }
        hand(sink);
    }
}

void Decoder::hand(const Sink& sink) {
    if (frame_->decode_error_flags != 0 || (frame_->flags & AV_FRAME_FLAG_CORRUPT) != 0) ++bad_packets_;
    Picture picture;
    AvFrame whole(needMemory(av_frame_alloc(), "frame"));
    av_frame_move_ref(whole.get(), frame_.get());
    if (!describe(*whole, picture)) {
        whole = converter_.convert(*whole);
        if (!whole || !describe(*whole, picture)) {
            ++bad_packets_;
            return;
        }
    }
    const std::int64_t pts = whole->best_effort_timestamp;
    picture.pts_us = pts == AV_NOPTS_VALUE ? last_pts_us_ : pts;
    picture.arrived_at = last_arrived_;
    AVFrame* owned = whole.release();
    picture.owner = std::shared_ptr<const void>(owned, [](const void* p) {
        auto* frame = static_cast<AVFrame*>(const_cast<void*>(p));
        av_frame_free(&frame);
    });
    ++pictures_;
    sink(std::move(picture));
}

void Decoder::drain(const Sink& sink) {
    if (avcodec_send_packet(context_.get(), nullptr) >= 0) receive(sink);
    flush();
}

void Decoder::flush() noexcept {
    avcodec_flush_buffers(context_.get());
    needs_key_ = true;
}

}  // namespace porchlight::worker
