#include "worker/picture/luma_scaler.h"

#include <algorithm>
#include <cstring>

namespace porchlight::worker {
namespace {

/// Two rows of 2 * width samples to one row of width samples. Plain loops over 16-bit pairs: compilers make
/// SIMD of it.
void halveRows(const std::uint8_t* __restrict a, const std::uint8_t* __restrict b,
               std::uint8_t* __restrict out, int width) noexcept {
    for (int x = 0; x < width; ++x) {
        std::uint16_t top;
        std::uint16_t bottom;
        std::memcpy(&top, a + 2 * x, 2);
        std::memcpy(&bottom, b + 2 * x, 2);
        const auto sum =
            static_cast<std::uint16_t>((top & 0xffU) + (top >> 8U) + (bottom & 0xffU) + (bottom >> 8U) + 2U);
        out[x] = static_cast<std::uint8_t>(sum >> 2U);
    }
}

}  // namespace

int LumaScaler::divisorFor(int width_px, int wanted_px) noexcept {
    if (wanted_px <= 0 || width_px <= wanted_px) return 1;
    return width_px / wanted_px;
}

void LumaScaler::baseRow(const Source& source, int y, std::uint8_t* out) {
    const int width = source.width_px / source.box;
    if (source.box == 1) {
        const std::uint8_t* in = source.data + static_cast<std::ptrdiff_t>(y) * source.stride_bytes;
        for (int x = 0; x < width; ++x) out[x] = in[static_cast<std::ptrdiff_t>(x) * source.step_bytes];
        return;
    }
    sums_.assign(static_cast<std::size_t>(width), 0);
    for (int dy = 0; dy < source.box; ++dy) {
        const std::uint8_t* in =
            source.data + static_cast<std::ptrdiff_t>(y * source.box + dy) * source.stride_bytes;
        for (int x = 0; x < width; ++x)
            for (int dx = 0; dx < source.box; ++dx, in += source.step_bytes)
                sums_[static_cast<std::size_t>(x)] += *in;
    }
    const auto count = static_cast<std::uint32_t>(source.box * source.box);
    for (int x = 0; x < width; ++x)
        out[x] = static_cast<std::uint8_t>((sums_[static_cast<std::size_t>(x)] + count / 2) / count);
}

/// Row `y` of the picture halved `level` times: either a pointer into the source or `out` filled (null:
/// scratch).
const std::uint8_t* LumaScaler::row(const Source& source, int level, int y, int slot, std::uint8_t* out) {
    if (level == 0 && source.box == 1 && source.step_bytes == 1 && !out)
        return source.data + static_cast<std::ptrdiff_t>(y) * source.stride_bytes;
    const int width = (source.width_px / source.box) >> level;
    if (!out) {
        auto& scratch = rows_[static_cast<std::size_t>(level * 2 + slot)];
        if (scratch.size() < static_cast<std::size_t>(width) + 1)
            scratch.resize(static_cast<std::size_t>(width) + 1);
        out = scratch.data();
    }
    if (level == 0) {
        baseRow(source, y, out);
        return out;
    }
    const std::uint8_t* top = row(source, level - 1, 2 * y, 0, nullptr);
    const std::uint8_t* bottom = row(source, level - 1, 2 * y + 1, 1, nullptr);
    halveRows(top, bottom, out, width);
    return out;
}

void LumaScaler::scaleRows(const Source& source, int levels, int rows, std::vector<std::uint8_t>& out) {
    const int width = (source.width_px / source.box) >> levels;
    out.resize(static_cast<std::size_t>(width) * static_cast<std::size_t>(rows));
    if (rows_.size() < static_cast<std::size_t>(levels + 1) * 2)
        rows_.resize(static_cast<std::size_t>(levels + 1) * 2);
    for (int y = 0; y < rows; ++y)
        row(source, levels, y, 0, out.data() + static_cast<std::ptrdiff_t>(y) * width);
}

LumaPicture LumaScaler::scale(const Picture& picture, int divisor) {
    LumaPicture luma;
    luma.pts_us = picture.pts_us;
    const bool is_packed = picture.format == PixelFormat::Yuyv;
    if (divisor <= 1 && !is_packed) {
        luma.data = picture.planes[0];
        luma.width_px = picture.width_px;
        luma.height_px = picture.height_px;
        luma.stride_bytes = picture.strides_bytes[0];
        return luma;
    }
    Source source{picture.planes[0], picture.strides_bytes[0], picture.width_px, is_packed ? 2 : 1,
                  std::max(divisor, 1)};
    int levels = 0;
    for (; source.box % 2 == 0; source.box /= 2) ++levels;
    const int rows = (picture.height_px / source.box) >> levels;
    scaleRows(source, levels, rows, result_);
    luma.data = result_.data();
    luma.width_px = (picture.width_px / source.box) >> levels;
    luma.height_px = rows;
    luma.stride_bytes = luma.width_px;
    return luma;
}

}  // namespace porchlight::worker
