/// A tone as sources send it, in any codec, made by libavcodec and libavformat; and what is heard of a
/// recording.
#pragma once

extern "C" {
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/mathematics.h>
#include <libavutil/mem.h>
}

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "worker/stream/libav.h"

namespace porchlight::test {

inline constexpr double kTone_hz = 440;

/// How a source sends its sound.
struct SoundKind {
    const char* name;
    Codec codec;
    const char* encoder;
    int rate_hz = 8'000;
    int channels = 1;
    const char* muxer = nullptr;  ///< puts a header before each packet
};

struct Sounding {
    StreamFormat format;
    std::vector<Packet> packets;
};

inline Packet packetOfBytes(std::vector<std::uint8_t> bytes, std::int64_t at_us) {
    auto owner = std::make_shared<std::vector<std::uint8_t>>(std::move(bytes));
    Packet packet;
    packet.track = Track::Audio;
    packet.data = *owner;
    packet.owner = owner;
    packet.pts_us = packet.dts_us = at_us;
    packet.is_key = true;
    return packet;
}

/// The tone is there from 0.5 to 1.5 s; at `index` of the rate.
inline double toneAt(std::int64_t index, int rate_hz) {
    const double at_s = static_cast<double>(index) / rate_hz;
    return at_s < 0.5 || at_s >= 1.5 ? 0 : 0.5 * std::sin(2 * 3.14159265358979 * kTone_hz * at_s);
}

/// What the encoder takes of 16 bits, else floats.
inline AVSampleFormat sampleFormatOf(const AVCodec& encoder) {
    for (const AVSampleFormat* format = encoder.sample_fmts; *format != AV_SAMPLE_FMT_NONE; ++format)
        if (av_get_packed_sample_fmt(*format) == AV_SAMPLE_FMT_S16) return *format;
    return AV_SAMPLE_FMT_FLTP;
}

inline void setSample(AVFrame& frame, int channel, int index, double value) {
    const auto format = static_cast<AVSampleFormat>(frame.format);
    const bool is_planar = av_sample_fmt_is_planar(format) != 0;
    std::uint8_t* plane = frame.extended_data[is_planar ? channel : 0];
    const int at = is_planar ? index : index * frame.ch_layout.nb_channels + channel;
    if (av_get_packed_sample_fmt(format) == AV_SAMPLE_FMT_S16)
        reinterpret_cast<std::int16_t*>(plane)[at] = static_cast<std::int16_t>(value * 32767);
    else
        reinterpret_cast<float*>(plane)[at] = static_cast<float>(value);
}

/// Bytes of one packet as libavformat writes it into a stream.
class HeaderWriter {
  public:
    HeaderWriter(const char* muxer, const AVCodecContext& encoder) {
        avformat_alloc_output_context2(&context_, nullptr, muxer, nullptr);
        if (!context_ || avio_open_dyn_buf(&context_->pb) < 0) throw std::runtime_error(muxer);
        AVStream* stream = avformat_new_stream(context_, nullptr);
        avcodec_parameters_from_context(stream->codecpar, &encoder);
        stream->time_base = encoder.time_base;
        if (avformat_write_header(context_, nullptr) < 0) throw std::runtime_error(muxer);
    }
    ~HeaderWriter() {
        std::uint8_t* all = nullptr;
        avio_close_dyn_buf(context_->pb, &all);
        av_free(all);
        avformat_free_context(context_);
    }
    HeaderWriter(const HeaderWriter&) = delete;
    HeaderWriter& operator=(const HeaderWriter&) = delete;

    std::vector<std::uint8_t> written(const AVPacket& packet) {
        const worker::AvPacket copy(av_packet_clone(&packet));
        copy->stream_index = 0;
        if (av_write_frame(context_, copy.get()) < 0) throw std::runtime_error("no header");
        avio_flush(context_->pb);
        std::uint8_t* all = nullptr;
        const auto size = static_cast<std::size_t>(avio_get_dyn_buf(context_->pb, &all));
        std::vector<std::uint8_t> out(all + done_, all + size);
        done_ = size;
        return out;
    }

  private:
    AVFormatContext* context_ = nullptr;
    std::size_t done_ = 0;
};

/// Two seconds of it, stamped from `base_us` on.
inline Sounding makeTone(const SoundKind& kind, std::int64_t base_us = 0) {
    const AVCodec* codec = avcodec_find_encoder_by_name(kind.encoder);
    if (!codec) throw std::runtime_error(std::string("libavcodec has no encoder ") + kind.encoder);
    const worker::AvCodecContext context(avcodec_alloc_context3(codec));
    context->sample_fmt = sampleFormatOf(*codec);
    context->sample_rate = kind.rate_hz;
    av_channel_layout_default(&context->ch_layout, kind.channels);
    context->time_base = AVRational{1, kind.rate_hz};
    context->bit_rate = 32'000 * kind.channels;
    context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    if (avcodec_open2(context.get(), codec, nullptr) < 0) throw std::runtime_error(kind.encoder);
    std::unique_ptr<HeaderWriter> headers;
    if (kind.muxer) headers = std::make_unique<HeaderWriter>(kind.muxer, *context);

    Sounding made;
    made.format.audio = kind.codec;
    made.format.sample_rate_hz = kind.rate_hz;
    made.format.channels = kind.channels;
    if (kind.codec == Codec::Aac)
        made.format.audio_extradata.assign(context->extradata, context->extradata + context->extradata_size);
    if (kind.codec == Codec::G726 || kind.codec == Codec::G726Aal2) made.format.audio_extradata = {4};
    const worker::AvPacket packet(av_packet_alloc());
    const auto take = [&] {
        while (avcodec_receive_packet(context.get(), packet.get()) >= 0) {
            std::vector<std::uint8_t> bytes(packet->data, packet->data + packet->size);
            if (headers) bytes = headers->written(*packet);
            made.packets.push_back(
                packetOfBytes(std::move(bytes), base_us + av_rescale(packet->pts, 1'000'000, kind.rate_hz)));
            av_packet_unref(packet.get());
        }
    };
    const int count = context->frame_size > 0 ? context->frame_size : kind.rate_hz / 50;
    for (std::int64_t at = 0; at < 2 * kind.rate_hz; at += count) {
        const worker::AvFrame frame(av_frame_alloc());
        frame->format = context->sample_fmt;
        frame->sample_rate = kind.rate_hz;
        frame->nb_samples = count;
        frame->pts = at;
        av_channel_layout_default(&frame->ch_layout, kind.channels);
        if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
        for (int i = 0; i < count; ++i)
            for (int channel = 0; channel < kind.channels; ++channel)
                setSample(*frame, channel, i, toneAt(at + i, kind.rate_hz));
        if (avcodec_send_frame(context.get(), frame.get()) < 0) throw std::runtime_error("no tone");
        take();
    }
    avcodec_send_frame(context.get(), nullptr);
    take();
    return made;
}

/// AAC packets decoded, each put where its stamp says.
class Heard {
  public:
    static constexpr int kWindows = 100;  ///< a second

    Heard(const StreamFormat& format, const std::vector<Packet>& packets, std::int64_t base_us)
        : rate_hz_(format.sample_rate_hz), channels_(format.channels) {
        const worker::AvCodecContext context(avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_AAC)));
        context->extradata = static_cast<std::uint8_t*>(
            av_mallocz(format.audio_extradata.size() + AV_INPUT_BUFFER_PADDING_SIZE));
        std::copy(format.audio_extradata.begin(), format.audio_extradata.end(), context->extradata);
        context->extradata_size = static_cast<int>(format.audio_extradata.size());
        if (avcodec_open2(context.get(), nullptr, nullptr) < 0) throw std::runtime_error("no AAC decoder");
        const worker::AvPacket packet(av_packet_alloc());
        const worker::AvFrame frame(av_frame_alloc());
        for (const Packet& one : packets) {
            av_new_packet(packet.get(), static_cast<int>(one.data.size()));
            std::memcpy(packet->data, one.data.data(), one.data.size());
            if (avcodec_send_packet(context.get(), packet.get()) < 0) ++undecodable;
            av_packet_unref(packet.get());
            while (avcodec_receive_frame(context.get(), frame.get()) >= 0) {
                if (frame->sample_rate != rate_hz_ || frame->ch_layout.nb_channels != channels_)
                    ++of_other_form;
                put(*frame, one.pts_us - base_us);
            }
        }
    }

    int undecodable = 0;
    int of_other_form = 0;

    /// Loud enough for the tone, in the hundredth of a second there.
    bool isLoud(int window) const {
        const std::size_t size = static_cast<std::size_t>(rate_hz_ / kWindows);
        const std::size_t first = static_cast<std::size_t>(window) * size;
        if (window < 0 || first + size > samples_.size()) return false;
        double sum = 0;
        for (std::size_t i = first; i < first + size; ++i) sum += samples_[i] * samples_[i];
        return std::sqrt(sum / static_cast<double>(size)) > 0.15;
    }

    /// First and last moment of the tone between two others, in seconds; -1: there is none.
    std::pair<double, double> loud(double from_s, double until_s) const {
        std::pair<double, double> found{-1, -1};
        for (int i = static_cast<int>(from_s * kWindows); i < static_cast<int>(until_s * kWindows); ++i) {
            if (!isLoud(i)) continue;
            if (found.first < 0) found.first = i / double{kWindows};
            found.second = (i + 1) / double{kWindows};
        }
        return found;
    }

    double hz(double from_s, double until_s) const {
        int crossings = 0;
        const auto first = static_cast<std::size_t>(from_s * rate_hz_);
        const auto last = std::min(static_cast<std::size_t>(until_s * rate_hz_), samples_.size());
        for (std::size_t i = first + 1; i < last; ++i) crossings += samples_[i - 1] < 0 && samples_[i] >= 0;
        return crossings / (until_s - from_s);
    }

  private:
    void put(const AVFrame& frame, std::int64_t at_us) {
        const std::int64_t at = av_rescale(at_us, rate_hz_, 1'000'000);
        const auto* from = reinterpret_cast<const float*>(frame.extended_data[0]);
        for (std::int64_t i = std::max<std::int64_t>(0, -at); i < frame.nb_samples; ++i) {
            const auto index = static_cast<std::size_t>(at + i);
            if (index >= samples_.size()) samples_.resize(index + 1);
            samples_[index] = from[i];
        }
    }

    int rate_hz_;
    int channels_;
    std::vector<double> samples_;
};

}  // namespace porchlight::test
