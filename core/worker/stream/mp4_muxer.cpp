#include "worker/stream/mp4_muxer.h"

extern "C" {
#include <libavformat/avformat.h>
#include <libavutil/channel_layout.h>
#include <libavutil/mathematics.h>
#include <libavutil/mem.h>
#include <libavutil/opt.h>
}

#include <cstring>

namespace porchlight::worker {
namespace {

constexpr int kIoBufferBytes = 16 << 10;
constexpr AVRational kMicros{1, 1'000'000};

#if LIBAVFORMAT_VERSION_MAJOR >= 61
using IoBytes = const std::uint8_t;
#else
using IoBytes = std::uint8_t;
#endif

int append(void* opaque, IoBytes* data, int size) {
    auto* out = static_cast<base::Bytes*>(opaque);
    try {
        out->insert(out->end(), data, data + size);
    } catch (const std::bad_alloc&) {
        return AVERROR(ENOMEM);
    }
    return size;
}

void check(int result, const char* doing, ErrorKind kind) {
    if (result < 0) throw Error(kind, std::string(doing) + ": " + libavText(result));
}

}  // namespace

Mp4Muxer::Mp4Muxer(const StreamFormat& format) : packet_(needMemory(av_packet_alloc(), "packet")) {
    try {
        check(avformat_alloc_output_context2(&context_, nullptr, "mp4", nullptr), "make an MP4 muxer",
              ErrorKind::Exhausted);
        auto* buffer = static_cast<unsigned char*>(needMemory(av_malloc(kIoBufferBytes), "muxer buffer"));
        io_ = needMemory(avio_alloc_context(buffer, kIoBufferBytes, 1, &out_, nullptr, &append, nullptr),
                         "muxer output");
        context_->pb = io_;
        context_->flags |= AVFMT_FLAG_CUSTOM_IO | AVFMT_FLAG_BITEXACT;
        addVideo(format);
        if (format.audio == Codec::Aac) addAudio(format);
        AVDictionary* options = nullptr;
        av_dict_set(&options, "movflags",
                    "frag_custom+empty_moov+default_base_moof+skip_trailer+frag_discont", 0);
        // With frag_discont: sound that comes late stands where it begins. Else its first packet would last
        // from the begin of the pictures.
        av_dict_set(&options, "use_editlist", "0", 0);
        context_->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
        const int result = avformat_write_header(context_, &options);
        av_dict_free(&options);
        check(result, "write an MP4 header", ErrorKind::BadData);
        avio_flush(io_);
        init_ = std::move(out_);
        out_ = {};
    } catch (...) {
        release();
        throw;
    }
}

Mp4Muxer::~Mp4Muxer() {
    release();
}

void Mp4Muxer::release() noexcept {
    if (io_) {
        av_freep(&io_->buffer);
        avio_context_free(&io_);
    }
    // With skip_trailer there is nothing to finish; freeing the context deinitialises the muxer.
    avformat_free_context(context_);
    context_ = nullptr;
}

void Mp4Muxer::addVideo(const StreamFormat& format) {
    AVStream* stream = needMemory(avformat_new_stream(context_, nullptr), "stream");
    const AvCodecParameters parameters = videoParameters(format);
    check(avcodec_parameters_copy(stream->codecpar, parameters.get()), "copy codec parameters",
          ErrorKind::Exhausted);
    if (format.video == Codec::H265) stream->codecpar->codec_tag = MKTAG('h', 'v', 'c', '1');
    stream->time_base = AVRational{1, 90'000};
    if (format.rate_hz > 0) stream->avg_frame_rate = av_d2q(format.rate_hz, 100'000);
}

void Mp4Muxer::addAudio(const StreamFormat& format) {
    AVStream* stream = needMemory(avformat_new_stream(context_, nullptr), "stream");
    AVCodecParameters& to = *stream->codecpar;
    to.codec_type = AVMEDIA_TYPE_AUDIO;
    to.codec_id = AV_CODEC_ID_AAC;
    to.sample_rate = format.sample_rate_hz;
    to.frame_size = 1024;
    av_channel_layout_default(&to.ch_layout, format.channels > 0 ? format.channels : 1);
    copyExtradata(format.audio_extradata, to.extradata, to.extradata_size);
    stream->time_base = AVRational{1, format.sample_rate_hz};
}

void Mp4Muxer::writeTrack(int stream, const std::vector<PlacedPacket>& packets, std::int64_t end_us) {
    const AVRational base = context_->streams[stream]->time_base;
    for (std::size_t i = 0; i < packets.size(); ++i) {
        const PlacedPacket& placed = packets[i];
        borrow(placed.packet, *packet_);
        packet_->stream_index = stream;
        packet_->dts = av_rescale_q(placed.dts_us, kMicros, base);
        packet_->pts = av_rescale_q(placed.pts_us, kMicros, base);
        // Durations are differences of rounded stamps, so that they add up without an error.
        const std::int64_t next_us = i + 1 < packets.size() ? packets[i + 1].dts_us : end_us;
        packet_->duration = std::max<std::int64_t>(av_rescale_q(next_us, kMicros, base) - packet_->dts, 1);
        check(av_write_frame(context_, packet_.get()), "mux a packet", ErrorKind::BadData);
    }
}

base::Bytes Mp4Muxer::write(const std::vector<PlacedPacket>& video, std::int64_t video_end_us,
                            const std::vector<PlacedPacket>& audio, std::int64_t audio_end_us) {
    std::size_t size = 4096;
    for (const auto* track : {&video, &audio})
        for (const PlacedPacket& placed : *track) size += placed.packet.data.size() + 32;
    out_ = {};
    out_.reserve(size);
    writeTrack(0, video, video_end_us);
    if (!audio.empty() && context_->nb_streams > 1) writeTrack(1, audio, audio_end_us);
    check(av_write_frame(context_, nullptr), "write a fragment", ErrorKind::BadData);
    avio_flush(io_);
    return std::move(out_);
}

}  // namespace porchlight::worker
