#include "worker/analyse/frame_converter.h"

extern "C" {
#include <libswscale/swscale.h>
}

namespace porchlight::worker {
namespace {

/// Without the range of the values, which stays as it is.
AVPixelFormat withoutRange(int format) noexcept {
    switch (format) {
        case AV_PIX_FMT_YUVJ444P:
            return AV_PIX_FMT_YUV444P;
        case AV_PIX_FMT_YUVJ440P:
            return AV_PIX_FMT_YUV440P;
        case AV_PIX_FMT_YUVJ411P:
            return AV_PIX_FMT_YUV411P;
        default:
            return static_cast<AVPixelFormat>(format);
    }
}

}  // namespace

void FrameConverter::SwsDelete::operator()(SwsContext* context) const noexcept {
    sws_freeContext(context);
}

AvFrame FrameConverter::convert(const AVFrame& from) {
    const AVPixelFormat format = withoutRange(from.format);
    if (sws_isSupportedInput(format) <= 0) return nullptr;
    // The one that there is, unless size or format changed.
    context_.reset(needMemory(
        sws_getCachedContext(context_.release(), from.width, from.height, format, from.width, from.height,
                             AV_PIX_FMT_YUV420P, SWS_POINT, nullptr, nullptr, nullptr),
        "picture converter"));
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
