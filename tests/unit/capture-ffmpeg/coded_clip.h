/// Clips coded and read by libav itself: the independent judge of what this project reads out of streams.
#pragma once

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>
#include <libavutil/opt.h>
}

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "support/catch.h"

namespace porchlight::test {

using Data = std::vector<std::uint8_t>;

struct FreeContext {
    void operator()(AVCodecContext* context) const noexcept { avcodec_free_context(&context); }
};
struct FreeFrame {
    void operator()(AVFrame* frame) const noexcept { av_frame_free(&frame); }
};
struct FreeParameters {
    void operator()(AVCodecParameters* parameters) const noexcept { avcodec_parameters_free(&parameters); }
};
struct FreeFilter {
    void operator()(AVBSFContext* filter) const noexcept { av_bsf_free(&filter); }
};
using PacketList = std::vector<Data>;

/// One video track: what it is, and its packets in order.
struct CodedClip {
    std::unique_ptr<AVCodecParameters, FreeParameters> parameters{avcodec_parameters_alloc()};
    PacketList packets;
};

/// Eight pictures of noise by libx264 or libx265, with start codes.
inline CodedClip encodeClip(const char* encoder_name, int width, int height, int b_frames, int rate_hz) {
    av_log_set_level(AV_LOG_QUIET);
    const AVCodec* codec = avcodec_find_encoder_by_name(encoder_name);
    REQUIRE(codec);
    std::unique_ptr<AVCodecContext, FreeContext> encoder(avcodec_alloc_context3(codec));
    encoder->width = width;
    encoder->height = height;
    encoder->pix_fmt = AV_PIX_FMT_YUV420P;
    encoder->time_base = {1, rate_hz};
    encoder->framerate = {rate_hz, 1};
    encoder->max_b_frames = b_frames;
    encoder->thread_count = 1;
    encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
    av_opt_set(encoder->priv_data, "preset", "ultrafast", 0);
    av_opt_set(encoder->priv_data, "x265-params", "log-level=none:pools=1", 0);
    av_opt_set_int(encoder->priv_data, "bf", b_frames, 0);
    REQUIRE(avcodec_open2(encoder.get(), codec, nullptr) == 0);
    CodedClip clip;
    REQUIRE(avcodec_parameters_from_context(clip.parameters.get(), encoder.get()) >= 0);
    AVPacket* packet = av_packet_alloc();
    std::uint32_t noise = 1;
    for (int i = 0; i <= 8; ++i) {
        std::unique_ptr<AVFrame, FreeFrame> frame(av_frame_alloc());
        frame->width = width;
        frame->height = height;
        frame->format = AV_PIX_FMT_YUV420P;
        frame->pts = i;
        REQUIRE(av_frame_get_buffer(frame.get(), 0) == 0);
        for (int plane = 0; plane < 3; ++plane)
            for (int at = 0; at < frame->linesize[plane] * (plane == 0 ? height : (height + 1) / 2); ++at)
                frame->data[plane][at] =
                    static_cast<std::uint8_t>((noise = noise * 1664525U + 1013904223U) >> 26U);
        REQUIRE(avcodec_send_frame(encoder.get(), i < 8 ? frame.get() : nullptr) == 0);
        while (avcodec_receive_packet(encoder.get(), packet) == 0) {
            clip.packets.emplace_back(packet->data, packet->data + packet->size);
            av_packet_unref(packet);
        }
    }
    av_packet_free(&packet);
    REQUIRE(clip.packets.size() == 8);
    return clip;
}

/// The first packets of a file's video track, as they stand in it.
inline CodedClip readClip(const std::filesystem::path& file, std::size_t most) {
    AVFormatContext* context = nullptr;
    REQUIRE(avformat_open_input(&context, file.c_str(), nullptr, nullptr) == 0);
    const int track = av_find_best_stream(context, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
    REQUIRE(track >= 0);
    CodedClip clip;
    REQUIRE(avcodec_parameters_copy(clip.parameters.get(), context->streams[track]->codecpar) >= 0);
    AVPacket* packet = av_packet_alloc();
    while (clip.packets.size() < most && av_read_frame(context, packet) == 0) {
        if (packet->stream_index == track)
            clip.packets.emplace_back(packet->data, packet->data + packet->size);
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    avformat_close_input(&context);
    return clip;
}

/// The clip as an MP4 file holds it: lengths in place of start codes, parameter sets in the box.
inline CodedClip throughMp4(const CodedClip& clip, const std::filesystem::path& file) {
    AVFormatContext* context = nullptr;
    REQUIRE(avformat_alloc_output_context2(&context, nullptr, "mp4", file.c_str()) >= 0);
    AVStream* stream = avformat_new_stream(context, nullptr);
    REQUIRE(avcodec_parameters_copy(stream->codecpar, clip.parameters.get()) >= 0);
    REQUIRE(avio_open(&context->pb, file.c_str(), AVIO_FLAG_WRITE) >= 0);
    stream->time_base = {1, 25};
    REQUIRE(avformat_write_header(context, nullptr) >= 0);
    for (std::size_t i = 0; i < clip.packets.size(); ++i) {
        AVPacket* packet = av_packet_alloc();
        REQUIRE(av_new_packet(packet, static_cast<int>(clip.packets[i].size())) == 0);
        std::copy(clip.packets[i].begin(), clip.packets[i].end(), packet->data);
        packet->dts = packet->pts = av_rescale_q(static_cast<std::int64_t>(i), {1, 25}, stream->time_base);
        packet->flags = i == 0 ? AV_PKT_FLAG_KEY : 0;
        REQUIRE(av_write_frame(context, packet) >= 0);
        av_packet_free(&packet);
    }
    REQUIRE(av_write_trailer(context) == 0);
    avio_closep(&context->pb);
    avformat_free_context(context);
    CodedClip out = readClip(file, clip.packets.size());
    std::filesystem::remove(file);
    return out;
}

/// Of the first picture that libav's decoder makes of it.
inline std::pair<int, int> decodedSize(const CodedClip& clip) {
    const AVCodec* codec = avcodec_find_decoder(clip.parameters->codec_id);
    const std::unique_ptr<AVCodecContext, FreeContext> decoder(avcodec_alloc_context3(codec));
    REQUIRE(avcodec_parameters_to_context(decoder.get(), clip.parameters.get()) >= 0);
    decoder->thread_count = 1;
    decoder->width = decoder->height = 0;
    REQUIRE(avcodec_open2(decoder.get(), codec, nullptr) == 0);
    AVPacket* packet = av_packet_alloc();
    const std::unique_ptr<AVFrame, FreeFrame> frame(av_frame_alloc());
    int result = AVERROR(EAGAIN);
    for (auto data = clip.packets.begin(); data != clip.packets.end() && result != 0; ++data) {
        REQUIRE(av_new_packet(packet, static_cast<int>(data->size())) == 0);
        std::copy(data->begin(), data->end(), packet->data);
        REQUIRE(avcodec_send_packet(decoder.get(), packet) == 0);
        av_packet_unref(packet);
        result = avcodec_receive_frame(decoder.get(), frame.get());
    }
    av_packet_free(&packet);
    REQUIRE(result == 0);
    return {frame->width, frame->height};
}

/// All packets through one of libav's bitstream filters.
inline PacketList filtered(const CodedClip& clip, const char* name, bool with_extradata) {
    AVBSFContext* made = nullptr;
    REQUIRE(av_bsf_alloc(av_bsf_get_by_name(name), &made) == 0);
    const std::unique_ptr<AVBSFContext, FreeFilter> filter(made);
    REQUIRE(avcodec_parameters_copy(filter->par_in, clip.parameters.get()) >= 0);
    if (!with_extradata) {
        av_freep(&filter->par_in->extradata);
        filter->par_in->extradata_size = 0;
    }
    REQUIRE(av_bsf_init(filter.get()) == 0);
    PacketList out;
    AVPacket* packet = av_packet_alloc();
    for (const Data& data : clip.packets) {
        REQUIRE(av_new_packet(packet, static_cast<int>(data.size())) == 0);
        std::copy(data.begin(), data.end(), packet->data);
        REQUIRE(av_bsf_send_packet(filter.get(), packet) == 0);
        while (av_bsf_receive_packet(filter.get(), packet) == 0) {
            out.emplace_back(packet->data, packet->data + packet->size);
            av_packet_unref(packet);
        }
    }
    av_packet_free(&packet);
    return out;
}

}  // namespace porchlight::test
