#include "formats.h"

#include <linux/videodev2.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <limits>
#include <tuple>

namespace porchlight::v4l2 {
namespace {

constexpr FourCc kKnown[] = {
    {V4L2_PIX_FMT_MJPEG, Encoding::Mjpeg, 1, false},    {V4L2_PIX_FMT_JPEG, Encoding::Mjpeg, 1, false},
    {V4L2_PIX_FMT_H264, Encoding::H264, 1, false},      {V4L2_PIX_FMT_NV12, Encoding::Nv12, 1, false},
    {V4L2_PIX_FMT_NV12M, Encoding::Nv12, 2, false},     {V4L2_PIX_FMT_YUV420, Encoding::Yuv420, 1, false},
    {V4L2_PIX_FMT_YUV420M, Encoding::Yuv420, 3, false}, {V4L2_PIX_FMT_YVU420, Encoding::Yuv420, 1, true},
    {V4L2_PIX_FMT_YVU420M, Encoding::Yuv420, 3, true},  {V4L2_PIX_FMT_YUYV, Encoding::Yuyv, 1, false},
    {V4L2_PIX_FMT_GREY, Encoding::Grey, 1, false},
};

constexpr int kAutoWidth = 1280;
constexpr int kAutoHeight = 720;
constexpr std::size_t kMostRates = 3;   ///< that are listed one by one
constexpr std::size_t kMostOthers = 5;  ///< names of formats of no use here

/// Lower is cheaper for the worker.
int cost(Encoding encoding) noexcept {
    switch (encoding) {
        case Encoding::H264:
            return 0;
        case Encoding::Yuv420:
            return 1;
        case Encoding::Nv12:
            return 2;
        case Encoding::Yuyv:
            return 3;
        case Encoding::Mjpeg:
            return 4;
        case Encoding::Grey:
            return 5;
    }
    return 9;
}

int snap(int wanted, int min, int max, int step) noexcept {
    const int inside = std::clamp(wanted, min, max);
    return step > 1 ? min + (inside - min) / step * step : inside;
}

struct Candidate {
    Choice choice;
    /// size distance, misses the rate, cost, rate distance, order of the driver
    std::tuple<double, bool, int, double, std::size_t> badness;
};

/// How far a size is from the wish: 0 exact. Without a wish: the largest up to 1280x720, larger ones last.
double sizeDistance(int width, int height, const Wish& wish) noexcept {
    const bool is_automatic = wish.width_px <= 0;
    const int wanted_width = is_automatic ? kAutoWidth : wish.width_px;
    const int wanted_height = is_automatic ? kAutoHeight : wish.height_px;
    const double distance = std::abs(width - wanted_width) + std::abs(height - wanted_height);
    const bool is_larger = width > wanted_width || height > wanted_height;
    return is_automatic && is_larger ? distance + 1e6 : distance;
}

std::string rateText(double hz) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", hz);
    return text;
}

std::string sizeText(const Offer& offer) {
    std::string text = std::to_string(offer.max_width_px) + "x" + std::to_string(offer.max_height_px);
    if (offer.min_width_px != offer.max_width_px || offer.min_height_px != offer.max_height_px)
        text = std::to_string(offer.min_width_px) + "x" + std::to_string(offer.min_height_px) + " to " + text;
    if (offer.rates.size() > kMostRates)
        return text + " " + rateText(offer.rates.front().hz()) + "..." + rateText(offer.rates.back().hz());
    for (std::size_t i = 0; i < offer.rates.size(); ++i)
        text += (i == 0 ? " " : "/") + rateText(offer.rates[i].hz());
    return text;
}

std::string upper(std::string text) {
    for (char& letter : text)
        if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
    return text;
}

}  // namespace

const char* nameOf(Encoding encoding) noexcept {
    switch (encoding) {
        case Encoding::Mjpeg:
            return "mjpeg";
        case Encoding::H264:
            return "h264";
        case Encoding::Yuyv:
            return "yuyv";
        case Encoding::Nv12:
            return "nv12";
        case Encoding::Yuv420:
            return "yuv420";
        case Encoding::Grey:
            return "grey";
    }
    return "unknown";
}

const FourCc* findFourCc(std::uint32_t code) noexcept {
    for (const FourCc& known : kKnown)
        if (known.code == code) return &known;
    return nullptr;
}

std::string fourCcText(std::uint32_t code) {
    std::string text;
    for (int shift = 0; shift < 32; shift += 8) {
        const char letter = static_cast<char>((code >> shift) & 0x7fU);
        text += letter > ' ' && letter < 127 ? letter : '.';
    }
    return text;
}

std::optional<Rate> nearestRate(const std::vector<Rate>& rates, double wanted_hz) {
    std::optional<Rate> best;
    for (const Rate& rate : rates) {
        const bool is_enough = rate.hz() > wanted_hz - 0.05;
        if (!best) {
            best = rate;
            continue;
        }
        const bool best_is_enough = best->hz() > wanted_hz - 0.05;
        if (is_enough != best_is_enough ? is_enough
                                        : (is_enough ? rate.hz() < best->hz() : rate.hz() > best->hz()))
            best = rate;
    }
    return best;
}

std::optional<Choice> choose(const std::vector<Offer>& offers, const Wish& wish) {
    std::optional<Candidate> best;
    for (std::size_t i = 0; i < offers.size(); ++i) {
        const Offer& offer = offers[i];
        const FourCc* fourcc = findFourCc(offer.fourcc);
        if (!fourcc || (wish.encoding && fourcc->encoding != *wish.encoding)) continue;
        Candidate now;
        now.choice.fourcc = fourcc;
        const bool is_automatic = wish.width_px <= 0;
        now.choice.width_px = snap(is_automatic ? kAutoWidth : wish.width_px, offer.min_width_px,
                                   offer.max_width_px, offer.step_width_px);
        now.choice.height_px = snap(is_automatic ? kAutoHeight : wish.height_px, offer.min_height_px,
                                    offer.max_height_px, offer.step_height_px);
        now.choice.rate = nearestRate(offer.rates, wish.rate_hz);
        const double rate_hz = now.choice.rate ? now.choice.rate->hz() : wish.rate_hz;
        now.badness = {sizeDistance(now.choice.width_px, now.choice.height_px, wish),
                       rate_hz < wish.rate_hz * 0.9, cost(fourcc->encoding), std::abs(rate_hz - wish.rate_hz),
                       i};
        if (!best || now.badness < best->badness) best = now;
    }
    if (!best) return std::nullopt;
    return best->choice;
}

std::string whyNotAsWished(const Wish& wish, int width_px, int height_px) {
    if (wish.width_px <= 0 || (wish.width_px == width_px && wish.height_px == height_px)) return "";
    const auto text = [](int width, int height) {
        return std::to_string(width) + "x" + std::to_string(height);
    };
    return "no " + text(wish.width_px, wish.height_px) + ", nearest is " + text(width_px, height_px);
}

std::string describe(const std::vector<Offer>& offers, std::size_t max_sizes_per_format) {
    std::vector<std::pair<Encoding, std::vector<std::string>>> usable;
    std::vector<std::string> others;
    for (const Offer& offer : offers) {
        const FourCc* fourcc = findFourCc(offer.fourcc);
        if (!fourcc) {
            if (const std::string name = fourCcText(offer.fourcc);
                std::find(others.begin(), others.end(), name) == others.end())
                others.push_back(name);
            continue;
        }
        auto at = std::find_if(usable.begin(), usable.end(),
                               [&](const auto& entry) { return entry.first == fourcc->encoding; });
        if (at == usable.end()) at = usable.insert(at, {fourcc->encoding, {}});
        const std::string size =
            sizeText(offer);  // the same of two kernel formats of one encoding stands once
        if (std::find(at->second.begin(), at->second.end(), size) == at->second.end())
            at->second.push_back(size);
    }
    std::string out;
    for (const auto& [encoding, sizes] : usable) {
        out += (out.empty() ? "" : "; ") + upper(nameOf(encoding)) + " ";
        for (std::size_t i = 0; i < sizes.size() && i < max_sizes_per_format; ++i)
            out += (i == 0 ? "" : ", ") + sizes[i];
        if (sizes.size() > max_sizes_per_format)
            out += " and " + std::to_string(sizes.size() - max_sizes_per_format) + " more";
    }
    if (out.empty()) out = "nothing that can be used here";
    if (others.empty()) return out;
    out += " (of no use here: ";
    for (std::size_t i = 0; i < others.size() && i < kMostOthers; ++i)
        out += (i == 0 ? "" : ", ") + others[i];
    return out + (others.size() > kMostOthers
                      ? " and " + std::to_string(others.size() - kMostOthers) + " more)"
                      : ")");
}

std::size_t Layout::neededBytes(int memory) const noexcept {
    std::size_t needed = 0;
    for (const Plane& plane : planes)
        if (plane.memory == memory) needed = std::max(needed, plane.offset + plane.size_bytes);
    return needed;
}

Layout layoutOf(const FourCc& fourcc, int width_px, int height_px, const std::vector<int>& strides_bytes) {
    Layout layout;
    layout.width_px = width_px;
    layout.height_px = height_px;
    const int pixel_bytes = fourcc.encoding == Encoding::Yuyv ? 2 : 1;
    const auto strideOf = [&](int memory, int least) {
        const auto index = static_cast<std::size_t>(memory);
        return index < strides_bytes.size() ? std::max(strides_bytes[index], least) : least;
    };
    const int stride = strideOf(0, width_px * pixel_bytes);
    const auto add = [&](int memory, std::size_t offset, int plane_stride, int row_bytes, int rows) {
        const auto whole =
            static_cast<std::size_t>(plane_stride) * static_cast<std::size_t>(std::max(rows - 1, 0));
        layout.planes.push_back({memory, offset, plane_stride, whole + static_cast<std::size_t>(row_bytes)});
    };
    add(0, 0, stride, width_px * pixel_bytes, height_px);
    const auto luma = static_cast<std::size_t>(stride) * static_cast<std::size_t>(height_px);
    const int half_width = (width_px + 1) / 2;
    const int half_height = (height_px + 1) / 2;
    switch (fourcc.encoding) {
        case Encoding::Yuyv:
            layout.pixels = PixelFormat::Yuyv;
            break;
        case Encoding::Grey:
            layout.pixels = PixelFormat::Gray8;
            break;
        case Encoding::Nv12:
            layout.pixels = PixelFormat::Nv12;
            if (fourcc.memory_planes == 1)
                add(0, luma, stride, half_width * 2, half_height);
            else
                add(1, 0, strideOf(1, half_width * 2), half_width * 2, half_height);
            break;
        case Encoding::Yuv420: {
            layout.pixels = PixelFormat::I420;
            const int half_stride = stride / 2;
            const auto chroma = static_cast<std::size_t>(half_stride) * static_cast<std::size_t>(half_height);
            for (int i = 0; i < 2; ++i) {
                if (fourcc.memory_planes == 1)
                    add(0, luma + chroma * static_cast<std::size_t>(i), half_stride, half_width, half_height);
                else
                    add(1 + i, 0, strideOf(1 + i, half_width), half_width, half_height);
            }
            if (fourcc.is_v_first) std::swap(layout.planes[1], layout.planes[2]);
            break;
        }
        case Encoding::Mjpeg:
        case Encoding::H264:
            layout.planes.clear();
            break;
    }
    return layout;
}

}  // namespace porchlight::v4l2
