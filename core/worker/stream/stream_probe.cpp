#include "worker/stream/stream_probe.h"

#include "worker/picture/jpeg.h"
#include "worker/stream/libav.h"
#include "worker/stream/packet_check.h"

namespace porchlight::worker {
namespace {

struct ParserDelete {
    void operator()(AVCodecParserContext* parser) const noexcept { av_parser_close(parser); }
};

void findSize(StreamFormat& format, const Packet& key) {
    const std::unique_ptr<AVCodecParserContext, ParserDelete> parser(
        av_parser_init(libavCodec(format.video)));
    const AvCodecContext context(needMemory(avcodec_alloc_context3(nullptr), "parser context"));
    const AvCodecParameters parameters = videoParameters(format);
    if (!parser || avcodec_parameters_to_context(context.get(), parameters.get()) < 0) return;
    parser->flags |= PARSER_FLAG_COMPLETE_FRAMES;
    std::vector<std::uint8_t> padded(key.data.begin(), key.data.end());
    padded.resize(key.data.size() + AV_INPUT_BUFFER_PADDING_SIZE);
    std::uint8_t* out = nullptr;
    int out_size = 0;
    av_parser_parse2(parser.get(), context.get(), &out, &out_size, padded.data(),
                     static_cast<int>(key.data.size()), key.pts_us, key.dts_us, 0);
    if (parser->width > 0 && parser->height > 0) {
        format.width_px = parser->width;
        format.height_px = parser->height;
    } else if (context->width > 0) {
        format.width_px = context->width;
        format.height_px = context->height;
    }
}

}  // namespace

StreamFormat completedFormat(StreamFormat format, const Packet& key) {
    if (format.video == Codec::Mjpeg) {
        const JpegSize size = jpegSize(key.data);
        if (size.width_px > 0) {
            format.width_px = size.width_px;
            format.height_px = size.height_px;
        }
        return format;
    }
    std::vector<std::uint8_t> sets = mergedParameterSets(format, key);
    if (sets != format.extradata) {
        format.extradata = std::move(sets);
        format.width_px = format.height_px = 0;  // damaged ones tell none, and make no stream
    }
    if (format.width_px <= 0 || format.height_px <= 0) findSize(format, key);
    return format;
}

bool hasSamePictures(const StreamFormat& a, const StreamFormat& b) noexcept {
    return a.video == b.video && a.width_px == b.width_px && a.height_px == b.height_px &&
           a.rate_hz == b.rate_hz && a.extradata == b.extradata;
}

bool hasSameSound(const StreamFormat& a, const StreamFormat& b) noexcept {
    return a.audio == b.audio && a.sample_rate_hz == b.sample_rate_hz && a.channels == b.channels &&
           a.audio_extradata == b.audio_extradata;
}

void copySound(const StreamFormat& from, StreamFormat& to) {
    to.audio = from.audio;
    to.sample_rate_hz = from.sample_rate_hz;
    to.channels = from.channels;
    to.audio_extradata = from.audio_extradata;
}

}  // namespace porchlight::worker
