#include "worker/encode/m2m_codec.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstring>

#include "porchlight/error.h"

namespace porchlight::worker {
namespace {

std::string fourcc(std::uint32_t code) {
    std::string text;
    for (int shift = 0; shift < 32; shift += 8) text += static_cast<char>((code >> shift) & 0x7f);
    while (text.ends_with(' ')) text.pop_back();
    return text;
}

}  // namespace

M2mCodec::M2mCodec(std::unique_ptr<M2mPort> port, const EncoderWish& wish, std::uint32_t coded)
    : port_(std::move(port)) {
    identify();
    chooseCoded(wish, coded);
    chooseRaw(wish);
    setRate(rateOf(wish));
    setControls(wish, coded);
    raw_.emplace(*port_, raw_type_, "pictures", raw_bytes_);
    coded_.emplace(*port_, coded_type_, "coded pictures", 0);
    start();
}

void M2mCodec::identify() {
    v4l2_capability capability{};
    if (const int failed = port_->call(VIDIOC_QUERYCAP, &capability); failed != 0)
        refuseNode(std::string("no V4L2 node: ") + std::strerror(failed));
    const auto* card = reinterpret_cast<const char*>(capability.card);
    name_ = port_->path() + " (" + std::string(card, ::strnlen(card, sizeof capability.card)) + ")";
    const std::uint32_t caps = (capability.capabilities & V4L2_CAP_DEVICE_CAPS) != 0
                                   ? capability.device_caps
                                   : capability.capabilities;
    if ((caps & (V4L2_CAP_VIDEO_M2M | V4L2_CAP_VIDEO_M2M_MPLANE)) == 0 || (caps & V4L2_CAP_STREAMING) == 0)
        refuseNode(kNoEncoder);
    const bool is_multi = (caps & V4L2_CAP_VIDEO_M2M) == 0;
    raw_type_ = is_multi ? V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE : V4L2_BUF_TYPE_VIDEO_OUTPUT;
    coded_type_ = is_multi ? V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE : V4L2_BUF_TYPE_VIDEO_CAPTURE;
}

bool M2mCodec::offers(v4l2_buf_type type, std::uint32_t pixels) noexcept {
    v4l2_fmtdesc description{};
    description.type = type;
    for (description.index = 0; description.index < 128; ++description.index) {
        if (port_->call(VIDIOC_ENUM_FMT, &description) != 0) return false;
        if (description.pixelformat == pixels) return true;
    }
    return false;
}

std::string M2mCodec::codedFormats() {
    std::string text;
    v4l2_fmtdesc description{};
    description.type = coded_type_;
    for (description.index = 0; description.index < 64 && port_->call(VIDIOC_ENUM_FMT, &description) == 0;
         ++description.index)
        if ((description.flags & V4L2_FMT_FLAG_COMPRESSED) != 0)
            text += (text.empty() ? "" : ", ") + fourcc(description.pixelformat);
    return text;
}

void M2mCodec::chooseCoded(const EncoderWish& wish, std::uint32_t coded) {
    if (!offers(coded_type_, coded)) {
        const std::string others = codedFormats();
        refuseNode(others.empty()
                       ? kNoEncoder
                       : "makes " + others + ", not " + fourcc(coded));  // a decoder or a scaler makes none
    }
    v4l2_format format{};
    format.type = coded_type_;
    const auto width = static_cast<std::uint32_t>(wish.width_px & ~1);
    const auto height = static_cast<std::uint32_t>(wish.height_px & ~1);
    // Room for a keyframe of noise: half of the raw picture, never less than 64 KiB.
    const std::uint32_t room = std::max<std::uint32_t>(width * height * 3 / 4, 1U << 16U);
    if (isMulti()) {
        format.fmt.pix_mp = {};
        format.fmt.pix_mp.width = width;
        format.fmt.pix_mp.height = height;
        format.fmt.pix_mp.pixelformat = coded;
        format.fmt.pix_mp.num_planes = 1;
        format.fmt.pix_mp.plane_fmt[0].sizeimage = room;
    } else {
        format.fmt.pix.width = width;
        format.fmt.pix.height = height;
        format.fmt.pix.pixelformat = coded;
        format.fmt.pix.sizeimage = room;
    }
    if (const int failed = port_->call(VIDIOC_S_FMT, &format); failed != 0)
        failNode("set the coded format", failed);
    const std::uint32_t got = isMulti() ? format.fmt.pix_mp.pixelformat : format.fmt.pix.pixelformat;
    if (got != coded) refuseNode("makes " + fourcc(got) + " when asked for " + fourcc(coded));
}

void M2mCodec::chooseRaw(const EncoderWish& wish) {
    for (const std::uint32_t pixels : {V4L2_PIX_FMT_YUV420, V4L2_PIX_FMT_NV12})
        if (offers(raw_type_, pixels)) return setUpRaw(pixels, wish);
    refuseNode("takes neither YUV420 nor NV12");
}

void M2mCodec::setUpRaw(std::uint32_t pixels, const EncoderWish& wish) {
    const auto width = static_cast<std::uint32_t>(wish.width_px & ~1);
    const auto height = static_cast<std::uint32_t>(wish.height_px & ~1);
    const std::uint32_t quantization =
        wish.is_full_range ? V4L2_QUANTIZATION_FULL_RANGE : V4L2_QUANTIZATION_LIM_RANGE;
    v4l2_format format{};
    format.type = raw_type_;
    if (isMulti()) {
        auto& picture = format.fmt.pix_mp;
        picture.width = width;
        picture.height = height;
        picture.pixelformat = pixels;
        picture.field = V4L2_FIELD_NONE;
        picture.colorspace = V4L2_COLORSPACE_SMPTE170M;
        picture.quantization = static_cast<__u8>(quantization);
        picture.num_planes = 1;
    } else {
        auto& picture = format.fmt.pix;
        picture.width = width;
        picture.height = height;
        picture.pixelformat = pixels;
        picture.field = V4L2_FIELD_NONE;
        picture.colorspace = V4L2_COLORSPACE_SMPTE170M;
        picture.quantization = quantization;
    }
    if (const int failed = port_->call(VIDIOC_S_FMT, &format); failed != 0)
        failNode("set the format of the pictures", failed);
    const auto& multi = format.fmt.pix_mp;
    const auto& single = format.fmt.pix;
    const std::uint32_t got = isMulti() ? multi.pixelformat : single.pixelformat;
    const std::uint32_t got_width = isMulti() ? multi.width : single.width;
    const std::uint32_t got_height = isMulti() ? multi.height : single.height;
    const std::uint32_t stride = isMulti() ? multi.plane_fmt[0].bytesperline : single.bytesperline;
    raw_bytes_ = isMulti() ? multi.plane_fmt[0].sizeimage : single.sizeimage;
    if (got != pixels || got_width < width || got_height < height || stride < got_width)
        refuseNode("takes " + fourcc(got) + " of " + std::to_string(got_width) + "x" +
                   std::to_string(got_height) + ", not " + std::to_string(width) + "x" +
                   std::to_string(height));
    const bool is_nv12 = pixels == V4L2_PIX_FMT_NV12;
    const auto line = static_cast<int>(stride);
    layout_.width_px = static_cast<int>(width);
    layout_.height_px = static_cast<int>(height);
    layout_.is_nv12 = is_nv12;
    layout_.strides_bytes = {line, is_nv12 ? line : line / 2, is_nv12 ? 0 : line / 2};
    offsets_[1] = static_cast<std::size_t>(stride) * got_height;
    offsets_[2] = is_nv12 ? 0 : offsets_[1] + static_cast<std::size_t>(stride) / 2 * (got_height / 2);
    const std::size_t needed = offsets_[1] + static_cast<std::size_t>(stride) * got_height / 2;
    if (raw_bytes_ < needed)
        refuseNode("takes pictures of " + std::to_string(raw_bytes_) + " bytes, " + std::to_string(needed) +
                   " are needed");
    if (got_width != width || got_height != height) setCrop(wish);
}

/// The rows and columns that alignment added are not to be seen.
void M2mCodec::setCrop(const EncoderWish& wish) {
    v4l2_selection selection{};
    selection.type = V4L2_BUF_TYPE_VIDEO_OUTPUT;  // of several planes, too: so the kernel has it
    selection.target = V4L2_SEL_TGT_CROP;
    selection.r.width = static_cast<std::uint32_t>(wish.width_px & ~1);
    selection.r.height = static_cast<std::uint32_t>(wish.height_px & ~1);
    const v4l2_rect wanted = selection.r;
    if (port_->call(VIDIOC_S_SELECTION, &selection) != 0 ||
        std::memcmp(&selection.r, &wanted, sizeof wanted) != 0)
        refuseNode("cannot encode " + std::to_string(wanted.width) + "x" + std::to_string(wanted.height) +
                   " without a border");
}

/// A hint for the rate control; drivers without it take the time stamps.
void M2mCodec::setRate(double rate_hz) {
    v4l2_streamparm parameters{};
    parameters.type = raw_type_;
    parameters.parm.output.timeperframe = {1000, static_cast<std::uint32_t>(std::lround(rate_hz * 1000))};
    port_->call(VIDIOC_S_PARM, &parameters);
}

bool M2mCodec::control(std::uint32_t id, std::int32_t value) noexcept {
    v4l2_ext_control one{};
    one.id = id;
    one.value = value;
    v4l2_ext_controls all{};
    all.which = V4L2_CTRL_WHICH_CUR_VAL;
    all.count = 1;
    all.controls = &one;
    return port_->call(VIDIOC_S_EXT_CTRLS, &all) == 0;
}

/// What a driver does not have it does by its own taste; what matters is judged by what comes out.
void M2mCodec::setControls(const EncoderWish& wish, std::uint32_t coded) {
    const auto gop = std::max(1, static_cast<int>(std::lround(2 * rateOf(wish))));
    control(V4L2_CID_MPEG_VIDEO_BITRATE_MODE, V4L2_MPEG_VIDEO_BITRATE_MODE_VBR);
    const bool has_rate =
        control(V4L2_CID_MPEG_VIDEO_BITRATE,
                static_cast<std::int32_t>(std::min<std::int64_t>(bitRateOf(wish), 1 << 30)));
    control(V4L2_CID_MPEG_VIDEO_GOP_SIZE, gop);
    control(V4L2_CID_MPEG_VIDEO_H264_I_PERIOD, gop);
    control(V4L2_CID_MPEG_VIDEO_B_FRAMES, 0);
    if (coded != V4L2_PIX_FMT_H264) return;
    control(V4L2_CID_MPEG_VIDEO_H264_PROFILE, V4L2_MPEG_VIDEO_H264_PROFILE_HIGH);
    control(V4L2_CID_MPEG_VIDEO_H264_LEVEL, wish.width_px * wish.height_px > 1920 * 1088
                                                ? V4L2_MPEG_VIDEO_H264_LEVEL_5_1
                                                : V4L2_MPEG_VIDEO_H264_LEVEL_4_0);
    control(V4L2_CID_MPEG_VIDEO_HEADER_MODE, V4L2_MPEG_VIDEO_HEADER_MODE_JOINED_WITH_1ST_FRAME);
    control(V4L2_CID_MPEG_VIDEO_REPEAT_SEQ_HEADER, 1);
    if (!has_rate) refuseNode("its bit rate cannot be set");
    v4l2_queryctrl key{};
    key.id = V4L2_CID_MPEG_VIDEO_FORCE_KEY_FRAME;
    can_force_key_ = port_->call(VIDIOC_QUERYCTRL, &key) == 0 && (key.flags & V4L2_CTRL_FLAG_DISABLED) == 0;
    if (!can_force_key_) refuseNode("makes no keyframe on request");
}

void M2mCodec::start() {
    for (std::uint32_t i = 0; i < coded_->size(); ++i) coded_->give(i, 0, 0, "queue a buffer");
    raw_->start();
    coded_->start();
}

/// Takes back all buffers whose pictures the driver has read.
void M2mCodec::reclaim() {
    M2mQueue::Taken taken;
    while (raw_->take(taken, "take a picture back")) continue;
}

/// Until one of the events, or the deadline.
void M2mCodec::await(short events, Deadline deadline) {
    const short ready = port_->wait(events, deadline);
    if ((ready & POLLERR) != 0 && (ready & events) == 0)
        throw Error(ErrorKind::Unavailable, "failed while it was encoding");
}

std::uint32_t M2mCodec::freeBuffer(Deadline deadline) {
    for (;;) {
        for (std::uint32_t i = 0; i < raw_->size(); ++i)
            if (!raw_->isWithDriver(i)) return i;
        // Drivers exist that say they are ready and are not: past the deadline it is over either way.
        if (deadline.isPast()) throw Error(ErrorKind::Unavailable, "takes no more pictures: it hangs");
        await(POLLOUT, deadline);
        reclaim();
    }
}

void M2mCodec::feed(const Picture& picture, std::int64_t pts_us, bool is_key_wanted, Deadline deadline) {
    reclaim();
    const std::uint32_t index = freeBuffer(deadline);
    YuvTarget target = layout_;
    for (std::size_t i = 0; i < 3; ++i) target.planes[i] = raw_->at(index) + offsets_[i];
    copyYuv(picture, target);
    if (is_key_wanted && can_force_key_) control(V4L2_CID_MPEG_VIDEO_FORCE_KEY_FRAME, 1);
    raw_->give(index, raw_bytes_, pts_us, "hand over a picture");
}

bool M2mCodec::take(CodedPicture& coded, Deadline deadline) {
    for (;;) {
        M2mQueue::Taken taken;
        if (!coded_->take(taken, "take a coded picture")) {
            if (deadline.isPast()) return false;
            await(POLLIN, deadline);
            continue;
        }
        if (taken.has_failed) throw Error(ErrorKind::Unavailable, "says that a picture could not be encoded");
        coded.bytes.assign(taken.bytes.begin(), taken.bytes.end());
        coded.pts_us = taken.pts_us;
        coded.is_key = taken.is_key;
        coded_->give(taken.index, 0, 0, "give a buffer back");
        if (!coded.bytes.empty()) return true;
        if (deadline.isPast()) return false;
    }
}

}  // namespace porchlight::worker
