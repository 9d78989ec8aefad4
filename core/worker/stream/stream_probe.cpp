#include "worker/stream/stream_probe.h"

extern "C" {
#include <libavcodec/bsf.h>
}

#include "worker/picture/jpeg.h"
#include "worker/stream/libav.h"

namespace porchlight::worker {
namespace {

struct BsfDelete {
    void operator()(AVBSFContext* context) const noexcept { av_bsf_free(&context); }
};
struct ParserDelete {
    void operator()(AVCodecParserContext* parser) const noexcept { av_parser_close(parser); }
};

/// Parameter sets that stand in the keyframe itself (Annex B streams).
std::vector<std::uint8_t> extractExtradata(const StreamFormat& format, const Packet& key) {
    const AVBitStreamFilter* filter = av_bsf_get_by_name("extract_extradata");
    AVBSFContext* raw = nullptr;
    if (!filter || av_bsf_alloc(filter, &raw) < 0) return {};
    const std::unique_ptr<AVBSFContext, BsfDelete> context(raw);
    const AvCodecParameters parameters = videoParameters(format);
    if (avcodec_parameters_copy(context->par_in, parameters.get()) < 0 || av_bsf_init(context.get()) < 0)
        return {};
    // The filter takes the reference over, so it gets a copy of this one packet.
    const AvPacket packet(needMemory(av_packet_alloc(), "packet"));
    if (av_new_packet(packet.get(), static_cast<int>(key.data.size())) < 0) return {};
    std::copy(key.data.begin(), key.data.end(), packet->data);
    if (av_bsf_send_packet(context.get(), packet.get()) < 0 ||
        av_bsf_receive_packet(context.get(), packet.get()) < 0)
        return {};
    std::size_t size = 0;
    const std::uint8_t* data = av_packet_get_side_data(packet.get(), AV_PKT_DATA_NEW_EXTRADATA, &size);
    return data ? std::vector<std::uint8_t>(data, data + size) : std::vector<std::uint8_t>();
}

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
    if (format.extradata.empty()) format.extradata = extractExtradata(format, key);
    if (format.width_px <= 0 || format.height_px <= 0) findSize(format, key);
    return format;
}

}  // namespace porchlight::worker
