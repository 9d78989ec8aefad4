#include "worker/picture/yuv_copy.h"

#include <cstring>

namespace porchlight::worker {
namespace {

template <class Pointer>
Pointer rowOf(Pointer plane, int stride_bytes, int row) noexcept {
    return plane + static_cast<std::ptrdiff_t>(stride_bytes) * row;
}

void copyLuma(const Picture& from, const YuvTarget& to) noexcept {
    const int step = from.format == PixelFormat::Yuyv ? 2 : 1;
    for (int y = 0; y < to.height_px; ++y) {
        const std::uint8_t* in = rowOf(from.planes[0], from.strides_bytes[0], y);
        std::uint8_t* out = rowOf(to.planes[0], to.strides_bytes[0], y);
        if (step == 1)
            std::memcpy(out, in, static_cast<std::size_t>(to.width_px));
        else
            for (int x = 0; x < to.width_px; ++x) out[x] = in[x * 2];
    }
}

/// The two chroma samples of a row: where they begin and how far apart two of a kind are.
struct Chroma {
    const std::uint8_t* blue;
    const std::uint8_t* red;
    int step;
};

Chroma chromaRow(const Picture& from, int y) noexcept {
    if (from.format == PixelFormat::Yuyv) {
        const std::uint8_t* row = rowOf(from.planes[0], from.strides_bytes[0], 2 * y);
        return {row + 1, row + 3, 4};
    }
    if (from.format == PixelFormat::Nv12) {
        const std::uint8_t* row = rowOf(from.planes[1], from.strides_bytes[1], y);
        return {row, row + 1, 2};
    }
    return {rowOf(from.planes[1], from.strides_bytes[1], y), rowOf(from.planes[2], from.strides_bytes[2], y),
            1};
}

}  // namespace

void copyYuv(const Picture& from, const YuvTarget& to) noexcept {
    copyLuma(from, to);
    const int half = to.width_px / 2;
    for (int y = 0; y < to.height_px / 2; ++y) {
        std::uint8_t* blue = rowOf(to.planes[1], to.strides_bytes[1], y);
        std::uint8_t* red = to.is_nv12 ? blue + 1 : rowOf(to.planes[2], to.strides_bytes[2], y);
        const int out_step = to.is_nv12 ? 2 : 1;
        if (from.format == PixelFormat::Gray8) {
            std::memset(blue, 128, static_cast<std::size_t>(half * out_step));
            if (!to.is_nv12) std::memset(red, 128, static_cast<std::size_t>(half));
            continue;
        }
        const Chroma in = chromaRow(from, y);
        for (int x = 0; x < half; ++x) {
            blue[x * out_step] = in.blue[x * in.step];
            red[x * out_step] = in.red[x * in.step];
        }
    }
}

}  // namespace porchlight::worker
