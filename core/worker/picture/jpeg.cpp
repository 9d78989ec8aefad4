#include "worker/picture/jpeg.h"

#include <turbojpeg.h>

#include <algorithm>
#include <string_view>

namespace porchlight::worker {
namespace {

Error jpegError(const char* doing, tjhandle handle) {
    return Error(ErrorKind::BadData, std::string(doing) + ": " + tjGetErrorStr2(handle));
}

/// A width-and-height-halved plane is copied out of every second sample of a packed or interleaved row.
void pick(const std::uint8_t* data, int stride, int width, int height, int step,
          std::vector<std::uint8_t>& out) {
    out.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(height));
    std::uint8_t* to = out.data();
    for (int y = 0; y < height; ++y, data += stride)
        for (int x = 0; x < width; ++x) *to++ = data[static_cast<std::ptrdiff_t>(x) * step];
}

/// Makes a plane of 4:4:4, 4:4:0 or 4:1:1 one of 4:2:0, in place, nearest neighbour; -> its new stride. No
/// row is written over one that is still to be read; an odd height takes a row more than the plane had.
int halveChroma(unsigned char* plane, int stride, const Picture& picture, int subsampling) {
    const int across = tjMCUWidth[subsampling] / 8;  // luma samples for one of chroma
    const int down = tjMCUHeight[subsampling] / 8;
    const int width = (picture.width_px + 1) / 2;
    const int height = (picture.height_px + 1) / 2;
    std::vector<unsigned char> row(static_cast<std::size_t>(width));
    const int rows = (picture.height_px + down - 1) / down;
    for (int y = 0; y < height; ++y) {
        const unsigned char* from =
            plane + static_cast<std::ptrdiff_t>(std::min(2 * y / down, rows - 1)) * stride;
        for (int x = 0; x < width; ++x)
            row[static_cast<std::size_t>(x)] = from[std::min(2 * x / across, stride - 1)];
        std::copy(row.begin(), row.end(), plane + static_cast<std::ptrdiff_t>(y) * width);
    }
    return width;
}

}  // namespace

JpegSize jpegSize(std::span<const std::uint8_t> jpeg) noexcept {
    const std::unique_ptr<void, TurboJpegDelete> handle(tjInitDecompress());
    JpegSize size;
    int subsampling = 0;
    int colours = 0;
    if (!handle || tjDecompressHeader3(handle.get(), jpeg.data(), static_cast<unsigned long>(jpeg.size()),
                                       &size.width_px, &size.height_px, &subsampling, &colours) != 0)
        return {};
    return size;
}

void TurboJpegDelete::operator()(void* handle) const noexcept {
    tjDestroy(handle);
}

struct JpegEncoder::Planes {
    const std::uint8_t* data[3] = {};
    int strides[3] = {};
    int width = 0;
    int height = 0;
    int subsampling = TJSAMP_420;
};

JpegEncoder::JpegEncoder() : handle_(tjInitCompress()) {
    if (!handle_) throw Error(ErrorKind::Exhausted, "make a JPEG encoder: out of memory");
}

JpegEncoder::Planes JpegEncoder::planesOf(const Picture& picture, int divisor) {
    Planes planes;
    const LumaPicture luma = scaler_.scale(picture, divisor);
    planes.width = luma.width_px;
    planes.height = luma.height_px;
    planes.data[0] = luma.data;
    planes.strides[0] = luma.stride_bytes;
    const int chroma_width = (planes.width + 1) / 2;
    const int chroma_height = (planes.height + 1) / 2;
    const auto use = [&](int plane, const std::vector<std::uint8_t>& bytes) {
        planes.data[plane] = bytes.data();
        planes.strides[plane] = chroma_width;
    };
    // Chroma by picking one sample of each box: half the resolution already hides the difference.
    const auto pickPlane = [&](int plane, const std::uint8_t* data, int stride, int step,
                               std::vector<std::uint8_t>& out) {
        pick(data, stride, chroma_width, chroma_height, step, out);
        use(plane, out);
    };
    switch (picture.format) {
        case PixelFormat::Gray8:
            planes.subsampling = TJSAMP_GRAY;
            break;
        case PixelFormat::I420:
            for (int i = 1; i < 3; ++i) {
                planes.data[i] = picture.planes[static_cast<std::size_t>(i)];
                planes.strides[i] = picture.strides_bytes[static_cast<std::size_t>(i)];
                if (divisor > 1)
                    pickPlane(i, planes.data[i], planes.strides[i] * divisor, divisor, i == 1 ? u_ : v_);
            }
            break;
        case PixelFormat::Nv12:
            pickPlane(1, picture.planes[1], picture.strides_bytes[1] * divisor, 2 * divisor, u_);
            pickPlane(2, picture.planes[1] + 1, picture.strides_bytes[1] * divisor, 2 * divisor, v_);
            break;
        case PixelFormat::Yuyv:
            pickPlane(1, picture.planes[0] + 1, picture.strides_bytes[0] * 2 * divisor, 4 * divisor, u_);
            pickPlane(2, picture.planes[0] + 3, picture.strides_bytes[0] * 2 * divisor, 4 * divisor, v_);
            break;
    }
    return planes;
}

base::Bytes JpegEncoder::encode(const Picture& picture, int max_width_px, int quality) {
    int divisor = 1;
    if (max_width_px > 0) divisor = std::max(1, (picture.width_px + max_width_px - 1) / max_width_px);
    const Planes planes = planesOf(picture, divisor);
    unsigned char* out = nullptr;
    unsigned long size = 0;
    const int result = tjCompressFromYUVPlanes(
        handle_.get(), const_cast<const unsigned char**>(planes.data), planes.width, planes.strides,
        planes.height, planes.subsampling, &out, &size, std::clamp(quality, 1, 100), TJFLAG_FASTDCT);
    const std::unique_ptr<unsigned char, void (*)(unsigned char*)> owner(out, tjFree);
    if (result != 0) throw jpegError("encode a JPEG", handle_.get());
    return base::Bytes(out, out + size);
}

JpegDecoder::JpegDecoder() : handle_(tjInitDecompress()) {
    if (!handle_) throw Error(ErrorKind::Exhausted, "make a JPEG decoder: out of memory");
}

/// A warning (a damaged camera picture) still gives a picture; only a fatal error is none. Many webcams cause
/// harmless warnings with every picture; "premature end" is the one that says a part is missing.
void JpegDecoder::judgeResult(int result) {
    was_truncated_ = false;
    if (result == 0) return;
    if (tjGetErrorCode(handle_.get()) == TJERR_FATAL) throw jpegError("decode a JPEG", handle_.get());
    const std::string_view text = tjGetErrorStr2(handle_.get());
    was_truncated_ = text.find("remature end") != std::string_view::npos;
}

LumaPicture JpegDecoder::decodeLuma(std::span<const std::uint8_t> jpeg, int wanted_px) {
    LumaPicture luma;
    int subsampling = 0;
    int colours = 0;
    const auto size = static_cast<unsigned long>(jpeg.size());
    if (tjDecompressHeader3(handle_.get(), jpeg.data(), size, &luma.width_px, &luma.height_px, &subsampling,
                            &colours) != 0)
        throw jpegError("read a JPEG header", handle_.get());
    int divisor = 1;
    while (divisor < 8 && (luma.width_px + 2 * divisor - 1) / (2 * divisor) >= wanted_px) divisor *= 2;
    const tjscalingfactor factor{1, divisor};
    luma.width_px = TJSCALED(luma.width_px, factor);
    luma.height_px = TJSCALED(luma.height_px, factor);
    luma.stride_bytes = luma.width_px;
    luma_.resize(static_cast<std::size_t>(luma.width_px) * static_cast<std::size_t>(luma.height_px));
    judgeResult(tjDecompress2(handle_.get(), jpeg.data(), size, luma_.data(), luma.width_px,
                              luma.stride_bytes, luma.height_px, TJPF_GRAY, TJFLAG_FASTDCT));
    luma.data = luma_.data();
    return luma;
}

Picture JpegDecoder::decodePicture(std::span<const std::uint8_t> jpeg) {
    Picture picture;
    int subsampling = 0;
    int colours = 0;
    const auto size = static_cast<unsigned long>(jpeg.size());
    if (tjDecompressHeader3(handle_.get(), jpeg.data(), size, &picture.width_px, &picture.height_px,
                            &subsampling, &colours) != 0)
        throw jpegError("read a JPEG header", handle_.get());
    if (subsampling < 0) throw Error(ErrorKind::NotSupported, "JPEG with unusual chroma subsampling");
    const bool is_gray = subsampling == TJSAMP_GRAY;
    auto buffer = std::make_shared<base::Bytes>();
    unsigned char* planes[3] = {};
    int strides[3] = {};
    std::size_t offsets[3] = {};
    std::size_t total = 0;
    for (int i = 0; i < (is_gray ? 1 : 3); ++i) {
        strides[i] = tjPlaneWidth(i, picture.width_px, subsampling);
        offsets[i] = total;
        total += tjPlaneSizeYUV(i, picture.width_px, 0, picture.height_px, subsampling) +
                 static_cast<std::size_t>(strides[i]);
    }
    buffer->resize(total);
    for (int i = 0; i < (is_gray ? 1 : 3); ++i) planes[i] = buffer->data() + offsets[i];
    judgeResult(tjDecompressToYUVPlanes(handle_.get(), jpeg.data(), size, planes, picture.width_px, strides,
                                        picture.height_px, TJFLAG_FASTDCT));
    picture.format = is_gray ? PixelFormat::Gray8 : PixelFormat::I420;
    if (subsampling == TJSAMP_444 || subsampling == TJSAMP_440 || subsampling == TJSAMP_411)
        for (int i = 1; i < 3; ++i) strides[i] = halveChroma(planes[i], strides[i], picture, subsampling);
    for (std::size_t i = 0; i < 3; ++i) {
        picture.planes[i] = planes[i];
        picture.strides_bytes[i] = strides[i] * (i > 0 && subsampling == TJSAMP_422 ? 2 : 1);
    }
    picture.owner = std::move(buffer);
    return picture;
}

}  // namespace porchlight::worker
