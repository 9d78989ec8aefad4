/// What a camera offers and which of it is taken. Pure: no device, tested by tables.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "porchlight/media.h"

namespace porchlight::v4l2 {

/// The formats this plugin understands, and what becomes of them.
enum class Encoding : std::uint8_t { Mjpeg = 1, H264, Yuyv, Nv12, Yuv420, Grey };
const char* nameOf(Encoding encoding) noexcept;  ///< as in the setting `format`: "mjpeg", "h264", ...

/// One pixel format of the kernel.
struct FourCc {
    std::uint32_t code;
    Encoding encoding;
    int memory_planes;  ///< of the multi-planar API: NM12 has two, YM12 three
    bool is_v_first;    ///< YV12: the V plane comes before the U plane
};

/// Null: this plugin cannot use that format.
const FourCc* findFourCc(std::uint32_t code) noexcept;
std::string fourCcText(std::uint32_t code);

/// Pictures per second as the kernel writes them: 1/interval.
struct Rate {
    std::uint32_t numerator = 0;  ///< of the interval in seconds
    std::uint32_t denominator = 1;
    double hz() const noexcept { return numerator == 0 ? 0 : static_cast<double>(denominator) / numerator; }
    bool operator==(const Rate&) const = default;
};

/// One size of one format. Fixed sizes have min == max.
struct Offer {
    std::uint32_t fourcc = 0;
    int min_width_px = 0, max_width_px = 0, step_width_px = 1;
    int min_height_px = 0, max_height_px = 0, step_height_px = 1;
    std::vector<Rate> rates;  ///< fastest first; empty: the driver does not tell; of a range: its two ends
};

/// What the owner asks for.
struct Wish {
    std::optional<Encoding> encoding;  ///< none: automatic
    int width_px = 0;                  ///< 0: automatic, at most 1280x720
    int height_px = 0;
    double rate_hz = 15;
};

/// What to ask the driver for; it may change the numbers.
struct Choice {
    const FourCc* fourcc = nullptr;
    int width_px = 0;
    int height_px = 0;
    std::optional<Rate> rate;  ///< none: leave as it is
};

/// The offer that fits best: the size nearest to the wish, then a rate that is high enough, then what costs
/// least: H.264 (recorded as it is), raw pictures (no decoding), MJPEG. Nothing fits: none.
std::optional<Choice> choose(const std::vector<Offer>& offers, const Wish& wish);

/// The slowest rate that is at least `wanted_hz`, else the fastest; none when `rates` is empty.
std::optional<Rate> nearestRate(const std::vector<Rate>& rates, double wanted_hz);

/// Why pictures of this size are not the wished ones: "no 1283x721, nearest is 1280x720"; empty when they
/// are.
std::string whyNotAsWished(const Wish& wish, int width_px, int height_px);

/// For people: "MJPEG 1280x720 30/15, 640x480 30; YUYV 640x480 30". Formats that cannot be used are named
/// only.
std::string describe(const std::vector<Offer>& offers, std::size_t max_sizes_per_format = 6);

/// The picture's planes inside its memory, as S_FMT left them.
struct Layout {
    PixelFormat pixels = PixelFormat::Yuyv;
    int width_px = 0;
    int height_px = 0;
    struct Plane {
        int memory = 0;          ///< which memory plane
        std::size_t offset = 0;  ///< from its data
        int stride_bytes = 0;
        std::size_t size_bytes = 0;  ///< up to the last pixel of the last row
    };
    std::vector<Plane> planes;

    /// Bytes that memory plane `memory` must hold.
    std::size_t neededBytes(int memory) const noexcept;
};

/// Planes of an uncompressed picture; `strides_bytes` as the driver says, one per memory plane.
Layout layoutOf(const FourCc& fourcc, int width_px, int height_px, const std::vector<int>& strides_bytes);

}  // namespace porchlight::v4l2
