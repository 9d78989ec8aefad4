#include "worker/analyse/frame_converter.h"

extern "C" {
#include <libswscale/swscale.h>
}

namespace porchlight::worker {
namespace {

/// Formats whose name says that their values use all bits.
bool isFullRange(int format) noexcept {
    return format == AV_PIX_FMT_YUVJ444P || format == AV_PIX_FMT_YUVJ440P || format == AV_PIX_FMT_YUVJ411P;
}

}  // namespace

void FrameConverter::SwsDelete::operator()(SwsContext* context) const noexcept {
    sws_freeContext(context);
}

FrameConverter::FrameConverter() = default;

bool FrameConverter::prepare(const AVFrame& from) {
    if (context_ && from.width == width_px_ && from.height == height_px_ && from.format == format_)
        return true;
    context_.reset();
    const auto format = static_cast<AVPixelFormat>(from.format);
    if (sws_isSupportedInput(format) <= 0) return false;
    context_.reset(needMemory(sws_getContext(from.width, from.height, format, from.width, from.height,
                                             AV_PIX_FMT_YUV420P, SWS_POINT, nullptr, nullptr, nullptr),
                              "picture converter"));
    if (isFullRange(from.format)) {  // as it is, like 8-bit pictures of full range
        const int* table = sws_getCoefficients(SWS_CS_DEFAULT);
        sws_setColorspaceDetails(context_.get(), table, 1, table, 1, 0, 1 << 16, 1 << 16);
    }
    width_px_ = from.width;
    height_px_ = from.height;
    format_ = from.format;
    return true;
}

AvFrame FrameConverter::convert(const AVFrame& from) {
    if (!prepare(from)) return nullptr;
    AvFrame to(needMemory(av_frame_alloc(), "frame"));
    to->format = AV_PIX_FMT_YUV420P;
    to->width = from.width;
    to->height = from.height;
    if (av_frame_get_buffer(to.get(), 0) < 0)
        throw Error(ErrorKind::Exhausted, "allocate picture: out of memory");
    if (sws_scale(context_.get(), from.data, from.linesize, 0, from.height, to->data, to->linesize) < 0)
        return nullptr;
    to->best_effort_timestamp = from.best_effort_timestamp;
    return to;
}

}  // namespace porchlight::worker
