#include "worker/sound/sound_encoder.h"

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/mathematics.h>
}

#include <algorithm>
#include <cstring>

#include "worker/sound/adts.h"

namespace porchlight::worker {
namespace {

constexpr AVRational kSoundMicros{1, 1'000'000};
constexpr std::int64_t kBitsPerSample = 3;
constexpr std::int64_t kMostBitsPerSecond = 64'000;  ///< a channel

int encodedRate(int rate_hz) noexcept {
    const auto holds = [rate_hz](int aac_hz) { return aac_hz >= rate_hz; };
    const auto least = std::find_if(kAacRatesHz.rbegin(), kAacRatesHz.rend(), holds);
    return least == kAacRatesHz.rend() ? kAacRatesHz.front() : *least;
}

AvCodecContext openEncoder(int rate_hz, int channels) {
    const AVCodec* codec = avcodec_find_encoder_by_name("aac");
    if (!codec) throw Error(ErrorKind::NotSupported, "libavcodec has no AAC encoder");
    AvCodecContext context(needMemory(avcodec_alloc_context3(codec), "sound encoder"));
    context->sample_rate = encodedRate(rate_hz);
    context->sample_fmt = AV_SAMPLE_FMT_FLTP;
    av_channel_layout_default(&context->ch_layout, channels > 1 ? 2 : 1);
    context->time_base = AVRational{1, context->sample_rate};
    context->thread_count = 1;
    context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    context->bit_rate =
        std::min(kBitsPerSample * context->sample_rate, kMostBitsPerSecond) * context->ch_layout.nb_channels;
    const int result = avcodec_open2(context.get(), codec, nullptr);
    if (result < 0) throw Error(ErrorKind::NotSupported, "open the AAC encoder: " + libavText(result));
    return context;
}

AvFrame frameFor(const AVCodecContext& context) {
    AvFrame frame(needMemory(av_frame_alloc(), "frame"));
    frame->format = context.sample_fmt;
    frame->sample_rate = context.sample_rate;
    frame->nb_samples = context.frame_size;
    av_channel_layout_default(&frame->ch_layout, context.ch_layout.nb_channels);
    if (av_frame_get_buffer(frame.get(), 0) < 0)
        throw Error(ErrorKind::Exhausted, "allocate sound: out of memory");
    return frame;
}

}  // namespace

SoundEncoder::SoundEncoder(int rate_hz, int channels)
    : context_(openEncoder(rate_hz, channels)),
      open_(frameFor(*context_)),
      packet_(needMemory(av_packet_alloc(), "packet")),
      line_(context_->sample_rate) {}

/// libavcodec complains about what it still holds: it is taken, and belongs to nobody.
SoundEncoder::~SoundEncoder() {
    avcodec_send_frame(context_.get(), nullptr);
    while (avcodec_receive_packet(context_.get(), packet_.get()) >= 0) av_packet_unref(packet_.get());
}

std::vector<std::uint8_t> SoundEncoder::config() const {
    return {context_->extradata, context_->extradata + context_->extradata_size};
}

void SoundEncoder::add(const AVFrame& samples, std::int64_t at_us, Monotonic::time_point arrived_at,
                       const Sink& sink) {
    arrived_at_ = arrived_at;
    const std::int64_t at = av_rescale_q(at_us, kSoundMicros, context_->time_base);
    const SampleLine::Step step = line_.place(at, samples.nb_samples);
    if (step.is_new) begin(at, sink);
    put(nullptr, 0, step.silence, sink);
    put(&samples, step.skip, samples.nb_samples - step.skip, sink);
}

/// What is open ends in silence.
void SoundEncoder::begin(std::int64_t at, const Sink& sink) {
    if (filled_ > 0) put(nullptr, 0, open_->nb_samples - filled_, sink);
    at_ = at;
}

/// Silence where there are no `samples`.
void SoundEncoder::put(const AVFrame* samples, std::int64_t first, std::int64_t count, const Sink& sink) {
    while (count > 0) {
        if (filled_ == 0 && av_frame_make_writable(open_.get()) < 0)
            throw Error(ErrorKind::Exhausted, "allocate sound: out of memory");
        const auto taken = static_cast<int>(std::min<std::int64_t>(count, open_->nb_samples - filled_));
        const std::size_t bytes = static_cast<std::size_t>(taken) * sizeof(float);
        for (int channel = 0; channel < channels(); ++channel) {
            float* to = reinterpret_cast<float*>(open_->extended_data[channel]) + filled_;
            if (samples)
                std::memcpy(to, reinterpret_cast<const float*>(samples->extended_data[channel]) + first,
                            bytes);
            else
                std::memset(to, 0, bytes);
        }
        filled_ += taken;
        first += taken;
        count -= taken;
        if (filled_ == open_->nb_samples) encode(sink);
    }
}

void SoundEncoder::encode(const Sink& sink) {
    open_->pts = at_;
    at_ += open_->nb_samples;
    filled_ = 0;
    int result = avcodec_send_frame(context_.get(), open_.get());
    while (result >= 0 && (result = avcodec_receive_packet(context_.get(), packet_.get())) >= 0) {
        // libavcodec stamps the first packet one frame early: that is its delay, and what a decoder makes of
        // it is the silence before the sound.
        av_packet_rescale_ts(packet_.get(), context_->time_base, kSoundMicros);
        Packet packet = ownedPacket(*packet_);
        packet.track = Track::Audio;
        packet.dts_us = packet.pts_us;
        packet.is_key = true;
        packet.arrived_at = arrived_at_;
        sink(packet);
    }
    if (result != AVERROR(EAGAIN)) throw Error(ErrorKind::BadData, "encode sound: " + libavText(result));
}

}  // namespace porchlight::worker
