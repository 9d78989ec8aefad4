#include "capabilities.h"

#include <algorithm>
#include <cerrno>

namespace porchlight::v4l2 {
namespace {

constexpr __u32 kMostEntries = 256;  ///< of any list: drivers have been seen to repeat themselves
constexpr std::size_t kMostOffers = 512;

std::vector<Rate> ratesOf(const Device& device, std::uint32_t fourcc, int width, int height) {
    std::vector<Rate> rates;
    v4l2_frmivalenum interval{};
    interval.pixel_format = fourcc;
    interval.width = static_cast<__u32>(width);
    interval.height = static_cast<__u32>(height);
    for (; interval.index < kMostEntries && device.tryCall(VIDIOC_ENUM_FRAMEINTERVALS, &interval) == 0;
         ++interval.index) {
        if (interval.type == V4L2_FRMIVAL_TYPE_DISCRETE) {
            rates.push_back({interval.discrete.numerator, interval.discrete.denominator});
            continue;
        }
        rates.push_back({interval.stepwise.min.numerator, interval.stepwise.min.denominator});
        rates.push_back({interval.stepwise.max.numerator, interval.stepwise.max.denominator});
        break;
    }
    std::sort(rates.begin(), rates.end(), [](const Rate& a, const Rate& b) { return a.hz() > b.hz(); });
    return rates;
}

void addSizes(const Device& device, std::uint32_t fourcc, std::vector<Offer>& offers) {
    v4l2_frmsizeenum size{};
    size.pixel_format = fourcc;
    for (; size.index < kMostEntries && offers.size() < kMostOffers &&
           device.tryCall(VIDIOC_ENUM_FRAMESIZES, &size) == 0;
         ++size.index) {
        Offer offer;
        offer.fourcc = fourcc;
        if (size.type == V4L2_FRMSIZE_TYPE_DISCRETE) {
            offer.min_width_px = offer.max_width_px = static_cast<int>(size.discrete.width);
            offer.min_height_px = offer.max_height_px = static_cast<int>(size.discrete.height);
        } else {
            offer.min_width_px = static_cast<int>(size.stepwise.min_width);
            offer.max_width_px = static_cast<int>(size.stepwise.max_width);
            offer.step_width_px = std::max(1, static_cast<int>(size.stepwise.step_width));
            offer.min_height_px = static_cast<int>(size.stepwise.min_height);
            offer.max_height_px = static_cast<int>(size.stepwise.max_height);
            offer.step_height_px = std::max(1, static_cast<int>(size.stepwise.step_height));
        }
        offer.rates = ratesOf(device, fourcc, offer.max_width_px, offer.max_height_px);
        offers.push_back(std::move(offer));
        if (size.type != V4L2_FRMSIZE_TYPE_DISCRETE) break;
    }
}

/// Of drivers that list formats but no sizes: any size may be asked for, S_FMT decides.
Offer anySize(std::uint32_t fourcc) {
    Offer offer;
    offer.fourcc = fourcc;
    offer.min_width_px = offer.min_height_px = 16;
    offer.max_width_px = offer.max_height_px = 8192;
    return offer;
}

}  // namespace

std::vector<Offer> offersOf(const Device& device) {
    std::vector<Offer> offers;
    v4l2_fmtdesc format{};
    format.type = device.bufferType();
    for (; format.index < kMostEntries && device.tryCall(VIDIOC_ENUM_FMT, &format) == 0; ++format.index) {
        const std::size_t before = offers.size();
        addSizes(device, format.pixelformat, offers);
        if (offers.size() == before && offers.size() < kMostOffers)
            offers.push_back(anySize(format.pixelformat));
    }
    return offers;
}

void checkInput(const Device& device) {
    int number = 0;
    v4l2_input input{};
    if (device.tryCall(VIDIOC_G_INPUT, &number) != 0) return;
    input.index = static_cast<__u32>(number);
    if (device.tryCall(VIDIOC_ENUMINPUT, &input) != 0) return;
    if ((input.status & (V4L2_IN_ST_NO_POWER | V4L2_IN_ST_NO_SIGNAL | V4L2_IN_ST_NO_SYNC)) == 0) return;
    const auto* name = reinterpret_cast<const char*>(input.name);
    throw Error(ErrorKind::Unavailable,
                device.path() + " input " + std::to_string(number) + " (" + name +
                    "): " + ((input.status & V4L2_IN_ST_NO_POWER) != 0 ? "no power" : "no signal"));
}

void selectInput(const Device& device, int number) {
    if (device.tryCall(VIDIOC_S_INPUT, &number) == 0) return;
    std::string names;
    v4l2_input input{};
    for (; input.index < kMostEntries && device.tryCall(VIDIOC_ENUMINPUT, &input) == 0; ++input.index)
        names += (names.empty() ? "" : ", ") + std::to_string(input.index) + " " +
                 reinterpret_cast<const char*>(input.name);
    throw Error(ErrorKind::Misconfigured, "setting input: " + device.path() + " has no input " +
                                              std::to_string(number) +
                                              (names.empty() ? "" : "; it has " + names));
}

AgreedFormat agreeFormat(const Device& device, std::uint32_t fourcc, int width_px, int height_px) {
    v4l2_format format{};
    format.type = device.bufferType();
    device.call(VIDIOC_G_FMT, &format, "read the format");
    AgreedFormat agreed;
    if (device.isMultiPlanar()) {
        auto& multi = format.fmt.pix_mp;
        multi.pixelformat = fourcc;
        multi.width = static_cast<__u32>(width_px);
        multi.height = static_cast<__u32>(height_px);
        multi.field = V4L2_FIELD_NONE;
        multi.num_planes = 0;
        for (auto& plane : multi.plane_fmt) plane = {};
        device.call(VIDIOC_S_FMT, &format, "set the format");
        agreed = {multi.pixelformat, static_cast<int>(multi.width), static_cast<int>(multi.height), {}, {}};
        for (int i = 0; i < multi.num_planes && i < VIDEO_MAX_PLANES; ++i) {
            agreed.strides_bytes.push_back(static_cast<int>(multi.plane_fmt[i].bytesperline));
            agreed.sizes_bytes.push_back(multi.plane_fmt[i].sizeimage);
        }
    } else {
        auto& single = format.fmt.pix;
        single.pixelformat = fourcc;
        single.width = static_cast<__u32>(width_px);
        single.height = static_cast<__u32>(height_px);
        single.field = V4L2_FIELD_ANY;
        single.bytesperline = 0;
        single.sizeimage = 0;
        device.call(VIDIOC_S_FMT, &format, "set the format");
        agreed = {single.pixelformat,
                  static_cast<int>(single.width),
                  static_cast<int>(single.height),
                  {static_cast<int>(single.bytesperline)},
                  {single.sizeimage}};
    }
    return agreed;
}

double agreeRate(const Device& device, const std::optional<Rate>& rate) {
    v4l2_streamparm parameters{};
    parameters.type = device.bufferType();
    if (const int failed = device.tryCall(VIDIOC_G_PARM, &parameters); failed != 0) {
        if (failed == ENODEV) throw device.failure("read the rate", failed);
        return 0;
    }
    auto& capture = parameters.parm.capture;
    if (rate && (capture.capability & V4L2_CAP_TIMEPERFRAME) != 0) {
        capture.timeperframe.numerator = rate->numerator;
        capture.timeperframe.denominator = rate->denominator;
        if (const int failed = device.tryCall(VIDIOC_S_PARM, &parameters); failed == ENODEV)
            throw device.failure("set the rate", failed);
    }
    const double hz = Rate{capture.timeperframe.numerator, capture.timeperframe.denominator}.hz();
    return hz > 0.01 && hz < 1000 ? hz : 0;
}

}  // namespace porchlight::v4l2
