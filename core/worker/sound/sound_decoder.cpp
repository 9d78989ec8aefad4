#include "worker/sound/sound_decoder.h"

extern "C" {
#include <libavutil/channel_layout.h>
#include <libavutil/mathematics.h>
#include <libavutil/mem.h>
#include <libswresample/swresample.h>
}

#include <algorithm>
#include <array>
#include <cstring>

namespace porchlight::worker {
namespace {

constexpr int kSlice = 1024;  ///< samples of the source that are converted at once
constexpr int kSliceMargin = 256;
constexpr std::size_t kMostSoundBytes = 256U << 10U;  ///< of a packet: 0.7 s of PCM at 96 kHz
constexpr int kLeastRateHz = 4'000;
constexpr int kMostRateHz = 192'000;
constexpr int kMostChannels = 8;

AVChannelLayout layoutOf(int channels) {
    AVChannelLayout layout{};
    av_channel_layout_default(&layout, channels);
    return layout;
}

AvCodecContext openSoundDecoder(const StreamFormat& source) {
    const AVCodec* codec = avcodec_find_decoder(libavCodec(source.audio));
    if (!codec)
        throw Error(ErrorKind::NotSupported,
                    std::string("libavcodec has no decoder for ") + nameOf(source.audio));
    AvCodecContext context(needMemory(avcodec_alloc_context3(codec), "sound decoder"));
    context->sample_rate = source.sample_rate_hz;
    context->ch_layout = layoutOf(std::clamp(source.channels, 1, kMostChannels));
    context->thread_count = 1;
    const std::vector<std::uint8_t>& extra = source.audio_extradata;
    if (source.audio == Codec::G726 || source.audio == Codec::G726Aal2) {
        context->bits_per_coded_sample = extra.empty() ? 4 : extra.front();
    } else if (source.audio == Codec::Aac) {
        copyExtradata(extra, context->extradata, context->extradata_size);
    }
    const int result = avcodec_open2(context.get(), codec, nullptr);
    if (result < 0)
        throw Error(ErrorKind::NotSupported,
                    std::string("open the decoder for ") + nameOf(source.audio) + ": " + libavText(result));
    return context;
}

}  // namespace

void SoundDecoder::SwrDelete::operator()(SwrContext* context) const noexcept {
    swr_free(&context);
}

SoundDecoder::SoundDecoder(const StreamFormat& source, int rate_hz, int channels)
    : context_(openSoundDecoder(source)),
      packet_(needMemory(av_packet_alloc(), "packet")),
      frame_(needMemory(av_frame_alloc(), "frame")),
      to_{rate_hz, channels, AV_SAMPLE_FMT_FLTP} {}

void SoundDecoder::decode(const Packet& packet, const Sink& sink) {
    if (packet.data.size() > kMostSoundBytes)
        throw Error(ErrorKind::BadData, "a packet of " + std::to_string(packet.data.size()) + " bytes");
    // libavcodec reads beyond the end, where other sources have no padding.
    av_packet_unref(packet_.get());
    if (av_new_packet(packet_.get(), static_cast<int>(packet.data.size())) < 0)
        throw Error(ErrorKind::Exhausted, "allocate sound: out of memory");
    std::memcpy(packet_->data, packet.data.data(), packet.data.size());
    try {
        takeFrames(packet.pts_us, sink);
    } catch (const Error&) {
        avcodec_flush_buffers(context_.get());  // what it still holds would stand in the way of what follows
        throw;
    }
}

void SoundDecoder::takeFrames(std::int64_t at_us, const Sink& sink) {
    int result = avcodec_send_packet(context_.get(), packet_.get());
    while (result >= 0 && (result = avcodec_receive_frame(context_.get(), frame_.get())) >= 0) {
        convert(*frame_, at_us, sink);
        at_us += av_rescale(frame_->nb_samples, 1'000'000, frame_->sample_rate);
    }
    if (result != AVERROR(EAGAIN)) throw Error(ErrorKind::BadData, "decode sound: " + libavText(result));
}

/// Makes the converter and the slice for what now comes.
void SoundDecoder::fit(const AVFrame& frame) {
    const Form form{frame.sample_rate, frame.ch_layout.nb_channels, frame.format};
    if (converter_ && form == from_) return;
    if (form.rate_hz < kLeastRateHz || form.rate_hz > kMostRateHz || form.channels < 1 ||
        form.channels > kMostChannels)
        throw Error(ErrorKind::BadData, "sound of " + std::to_string(form.rate_hz) + " Hz and " +
                                            std::to_string(form.channels) + " channels");
    converter_.reset();
    AVChannelLayout from = layoutOf(form.channels);
    AVChannelLayout to = layoutOf(to_.channels);  // libav 5.1 wants neither const
    SwrContext* made = nullptr;
    swr_alloc_set_opts2(&made, &to, AV_SAMPLE_FMT_FLTP, to_.rate_hz, &from,
                        static_cast<AVSampleFormat>(form.format), form.rate_hz, 0, nullptr);
    converter_.reset(needMemory(made, "sound converter"));
    if (const int result = swr_init(made); result < 0) {
        converter_.reset();
        throw Error(ErrorKind::BadData, "convert sound: " + libavText(result));
    }
    slice_.reset(needMemory(av_frame_alloc(), "frame"));
    slice_->format = AV_SAMPLE_FMT_FLTP;
    slice_->sample_rate = to_.rate_hz;
    slice_->ch_layout = to;
    capacity_ =
        kSliceMargin + static_cast<int>(av_rescale_rnd(kSlice, to_.rate_hz, form.rate_hz, AV_ROUND_UP));
    slice_->nb_samples = capacity_;
    if (av_frame_get_buffer(slice_.get(), 0) < 0)
        throw Error(ErrorKind::Exhausted, "allocate sound: out of memory");
    from_ = form;
}

void SoundDecoder::convert(const AVFrame& frame, std::int64_t at_us, const Sink& sink) {
    fit(frame);
    const auto format = static_cast<AVSampleFormat>(frame.format);
    const bool is_planar = av_sample_fmt_is_planar(format) != 0;
    const int stride = av_get_bytes_per_sample(format) * (is_planar ? 1 : from_.channels);
    for (int first = 0; first < frame.nb_samples; first += kSlice) {
        std::array<const std::uint8_t*, kMostChannels> planes{};
        for (int i = 0; i < (is_planar ? from_.channels : 1); ++i)
            planes[static_cast<std::size_t>(i)] = frame.extended_data[i] + std::ptrdiff_t{first} * stride;
        // What the converter still holds comes first.
        const std::int64_t held_us = swr_get_delay(converter_.get(), 1'000'000);
        const int count = swr_convert(converter_.get(), slice_->extended_data, capacity_, planes.data(),
                                      std::min(kSlice, frame.nb_samples - first));
        if (count < 0) throw Error(ErrorKind::BadData, "convert sound: " + libavText(count));
        slice_->nb_samples = count;
        if (count > 0) sink(*slice_, at_us + av_rescale(first, 1'000'000, from_.rate_hz) - held_us);
    }
}

}  // namespace porchlight::worker
