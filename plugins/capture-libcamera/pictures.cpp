#include "pictures.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace porchlight::libcamera_source {
namespace {

namespace formats = libcamera::formats;
using Planes = std::span<const std::span<const std::uint8_t>>;

/// Where a plane lies, with the size of one row of it in bytes.
struct PlaneView {
    std::span<const std::uint8_t> bytes;
    unsigned stride_bytes = 0;
    unsigned row_bytes = 0;
    unsigned rows = 0;

    bool fits() const noexcept {
        return rows > 0 && bytes.size() >= static_cast<std::size_t>(stride_bytes) * (rows - 1) + row_bytes;
    }
};

struct Layout {
    PixelFormat format = PixelFormat::I420;
    std::array<PlaneView, 3> planes;
    std::size_t count = 0;
};

/// Some drivers put all planes of a picture into one: then the others follow without a gap.
std::span<const std::uint8_t> planeAt(Planes planes, std::size_t index, std::size_t offset_bytes) {
    if (index < planes.size()) return planes[index];
    return planes.empty() || offset_bytes >= planes[0].size() ? std::span<const std::uint8_t>()
                                                              : planes[0].subspan(offset_bytes);
}

std::optional<Layout> layoutOf(const libcamera::StreamConfiguration& stream, Planes planes) {
    const unsigned width = stream.size.width;
    const unsigned height = stream.size.height;
    const unsigned stride = std::max(stream.stride, stream.pixelFormat == formats::YUYV ? 2 * width : width);
    const std::size_t luma_bytes = static_cast<std::size_t>(stride) * height;
    Layout layout;
    if (stream.pixelFormat == formats::YUV420) {
        layout = {PixelFormat::I420,
                  {{{planeAt(planes, 0, 0), stride, width, height},
                    {planeAt(planes, 1, luma_bytes), stride / 2, width / 2, height / 2},
                    {planeAt(planes, 2, luma_bytes * 5 / 4), stride / 2, width / 2, height / 2}}},
                  3};
    } else if (stream.pixelFormat == formats::NV12) {
        layout = {PixelFormat::Nv12,
                  {{{planeAt(planes, 0, 0), stride, width, height},
                    {planeAt(planes, 1, luma_bytes), stride, width, height / 2},
                    {}}},
                  2};
    } else if (stream.pixelFormat == formats::YUYV) {
        layout = {PixelFormat::Yuyv, {{{planeAt(planes, 0, 0), stride, 2 * width, height}, {}, {}}}, 1};
    } else {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < layout.count; ++i)
        if (!layout.planes[i].fits()) return std::nullopt;
    return layout;
}

void copyRows(const PlaneView& from, std::uint8_t* to) {
    if (from.stride_bytes == from.row_bytes) {
        std::memcpy(to, from.bytes.data(), static_cast<std::size_t>(from.row_bytes) * from.rows);
        return;
    }
    for (unsigned y = 0; y < from.rows; ++y)
        std::memcpy(to + static_cast<std::size_t>(y) * from.row_bytes,
                    from.bytes.data() + static_cast<std::size_t>(y) * from.stride_bytes, from.row_bytes);
}

Picture emptyPicture(PixelFormat format, const libcamera::StreamConfiguration& stream,
                     std::shared_ptr<std::uint8_t> owner) {
    Picture picture;
    picture.format = format;
    picture.width_px = static_cast<int>(stream.size.width);
    picture.height_px = static_cast<int>(stream.size.height);
    picture.owner = std::move(owner);
    return picture;
}

/// Empty for "auto".
std::vector<libcamera::PixelFormat> formatsNamed(const std::string& wanted) {
    if (wanted == "yuv420") return {formats::YUV420};
    if (wanted == "nv12") return {formats::NV12};
    if (wanted == "yuyv") return {formats::YUYV};
    if (wanted == "mjpeg") return {formats::MJPEG};
    if (wanted == "rgb") return {formats::RGB888, formats::BGR888};
    return {};
}

/// BT.601, limited range, in 8.8 fixed point (ITU-R BT.601-7, 2.5.3). DRM names are little endian: RGB888 has
/// blue first.
template <int kRed>
void lumaRow(const std::uint8_t* from, std::uint8_t* to, unsigned width) {
    for (unsigned x = 0; x < width; ++x, from += 3)
        to[x] = static_cast<std::uint8_t>(
            ((66 * from[kRed] + 129 * from[1] + 25 * from[2 - kRed] + 128) >> 8) + 16);
}

template <int kRed>
void chromaRow(const std::uint8_t* from, std::uint8_t* blue, std::uint8_t* red, unsigned half_width) {
    for (unsigned x = 0; x < half_width; ++x, from += 6) {
        const int r = from[kRed];
        const int g = from[1];
        const int b = from[2 - kRed];
        blue[x] = static_cast<std::uint8_t>((-38 * r - 74 * g + 112 * b + 128 + 128 * 256) >> 8);
        red[x] = static_cast<std::uint8_t>((112 * r - 94 * g - 18 * b + 128 + 128 * 256) >> 8);
    }
}

std::optional<Picture> convertRgb(const libcamera::StreamConfiguration& stream, Planes planes, Pool& pool) {
    const unsigned width = stream.size.width & ~1U;
    const unsigned height = stream.size.height & ~1U;
    const PlaneView from{planeAt(planes, 0, 0), std::max(stream.stride, 3 * stream.size.width),
                         3 * stream.size.width, stream.size.height};
    if (!from.fits()) return std::nullopt;
    const bool is_blue_first = stream.pixelFormat == formats::RGB888;
    const std::size_t luma_bytes = static_cast<std::size_t>(width) * height;
    auto memory = pool.take(luma_bytes * 3 / 2);
    std::uint8_t* luma = memory.get();
    std::uint8_t* const blue = luma + luma_bytes;
    std::uint8_t* const red = blue + luma_bytes / 4;
    Picture picture = emptyPicture(PixelFormat::I420, stream, memory);
    picture.width_px = static_cast<int>(width);
    picture.height_px = static_cast<int>(height);
    picture.planes = {luma, blue, red};
    picture.strides_bytes = {static_cast<int>(width), static_cast<int>(width / 2),
                             static_cast<int>(width / 2)};
    const auto luma_row = is_blue_first ? lumaRow<2> : lumaRow<0>;
    const auto chroma_row = is_blue_first ? chromaRow<2> : chromaRow<0>;
    for (unsigned y = 0; y < height; ++y, luma += width) {
        const std::uint8_t* const row = from.bytes.data() + static_cast<std::size_t>(y) * from.stride_bytes;
        luma_row(row, luma, width);
        if (y % 2 == 0)
            chroma_row(row, blue + static_cast<std::size_t>(y / 2) * (width / 2),
                       red + static_cast<std::size_t>(y / 2) * (width / 2), width / 2);
    }
    return picture;
}

bool isRgb(const libcamera::PixelFormat& format) {
    return format == formats::RGB888 || format == formats::BGR888;
}

}  // namespace

bool isKnown(const libcamera::PixelFormat& format) {
    return format == formats::YUV420 || format == formats::NV12 || format == formats::YUYV || isRgb(format) ||
           isCompressed(format);
}

bool isCompressed(const libcamera::PixelFormat& format) {
    return format == formats::MJPEG;
}

std::string offeredFormats(const libcamera::StreamConfiguration& stream) {
    std::string text;
    for (const auto& format : stream.formats().pixelformats())
        text += (text.empty() ? "" : ", ") + format.toString();
    return text.empty() ? "nothing else" : text;
}

std::string offeredSizes(const libcamera::StreamConfiguration& stream) {
    constexpr std::size_t kMost = 8;
    std::string text;
    const auto sizes = stream.formats().sizes(stream.pixelFormat);
    if (sizes.empty()) return stream.formats().range(stream.pixelFormat).toString();
    for (std::size_t i = 0; i < sizes.size() && i < kMost; ++i)
        text += (i == 0 ? "" : ", ") + sizes[i].toString();
    return text + (sizes.size() > kMost ? " and more" : "");
}

bool isOfKind(const libcamera::PixelFormat& format, const std::string& wanted) {
    const auto known = formatsNamed(wanted);
    return known.empty() || std::find(known.begin(), known.end(), format) != known.end();
}

libcamera::PixelFormat chooseFormat(const libcamera::StreamConfiguration& stream, const std::string& wanted) {
    const std::vector<libcamera::PixelFormat> offered = stream.formats().pixelformats();
    const auto has = [&](const libcamera::PixelFormat& format) {
        return std::find(offered.begin(), offered.end(), format) != offered.end();
    };
    std::vector<libcamera::PixelFormat> order = formatsNamed(wanted);
    // Over USB a large raw picture does not come at full rate; the camera's own JPEG does.
    const bool is_large = stream.size.width > 640;
    for (const auto& format : {formats::YUV420, formats::NV12, is_large ? formats::MJPEG : formats::YUYV,
                               formats::MJPEG, formats::YUYV, formats::RGB888, formats::BGR888})
        order.push_back(format);
    for (const auto& format : order)
        if (has(format)) return format;
    return stream.pixelFormat;
}

std::shared_ptr<std::uint8_t> Pool::take(std::size_t size_bytes) {
    Block block;
    {
        const LockGuard lock(mutex_);
        const auto fit = std::find_if(free_.begin(), free_.end(),
                                      [&](const Block& b) { return b.size_bytes == size_bytes; });
        if (fit != free_.end()) {
            block = std::move(*fit);
            free_.erase(fit);
        }
    }
    if (!block.bytes) block = {std::unique_ptr<std::uint8_t[]>(new std::uint8_t[size_bytes]), size_bytes};
    std::uint8_t* const bytes = block.bytes.release();
    return {bytes, [pool = shared_from_this(), size_bytes](std::uint8_t* gone) {
                Block returned{std::unique_ptr<std::uint8_t[]>(gone), size_bytes};
                const LockGuard lock(pool->mutex_);
                if (pool->free_.size() < 2 * kKept) pool->free_.push_back(std::move(returned));
            }};
}

std::optional<Picture> copyPicture(const libcamera::StreamConfiguration& stream, Planes planes, Pool& pool) {
    if (isRgb(stream.pixelFormat)) return convertRgb(stream, planes, pool);
    const auto layout = layoutOf(stream, planes);
    if (!layout) return std::nullopt;
    std::size_t size_bytes = 0;
    for (std::size_t i = 0; i < layout->count; ++i)
        size_bytes += static_cast<std::size_t>(layout->planes[i].row_bytes) * layout->planes[i].rows;
    auto memory = pool.take(size_bytes);
    std::uint8_t* to = memory.get();
    Picture picture = emptyPicture(layout->format, stream, memory);
    for (std::size_t i = 0; i < layout->count; ++i) {
        copyRows(layout->planes[i], to);
        picture.planes[i] = to;
        picture.strides_bytes[i] = static_cast<int>(layout->planes[i].row_bytes);
        to += static_cast<std::size_t>(layout->planes[i].row_bytes) * layout->planes[i].rows;
    }
    return picture;
}

std::optional<Picture> copyLuma(const libcamera::StreamConfiguration& stream, Planes planes, Pool& pool) {
    if (isRgb(stream.pixelFormat) || stream.pixelFormat == formats::YUYV)
        return copyPicture(stream, planes, pool);
    const auto layout = layoutOf(stream, planes);
    if (!layout) return std::nullopt;
    const PlaneView& luma = layout->planes[0];
    auto memory = pool.take(static_cast<std::size_t>(luma.row_bytes) * luma.rows);
    copyRows(luma, memory.get());
    Picture picture = emptyPicture(PixelFormat::Gray8, stream, memory);
    picture.planes = {memory.get(), nullptr, nullptr};
    picture.strides_bytes = {static_cast<int>(luma.row_bytes), 0, 0};
    return picture;
}

std::optional<Packet> copyJpeg(std::span<const std::uint8_t> plane, Pool& pool) {
    std::size_t length = plane.size();
    while (length > 0 && plane[length - 1] == 0) --length;
    if (length < 4 || plane[0] != 0xff || plane[1] != 0xd8 || plane[length - 2] != 0xff ||
        plane[length - 1] != 0xd9)
        return std::nullopt;
    // Sizes in steps, so that the pool finds blocks again although every JPEG has another size.
    auto memory = pool.take((length + 0xffff) & ~std::size_t{0xffff});
    std::memcpy(memory.get(), plane.data(), length);
    Packet packet;
    packet.data = {memory.get(), length};
    packet.owner = std::move(memory);
    packet.is_key = true;
    return packet;
}

}  // namespace porchlight::libcamera_source
