#include "fake_encoder_node.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <random>
#include <thread>

#include "porchlight/error.h"

namespace porchlight::test {
FakeEncoderNode::FakeEncoderNode(std::string path, std::shared_ptr<NodeManner> manner)
    : path_(std::move(path)), manner_(std::move(manner)) {
    if (manner_->open >= manner_->instances)
        throw Error(ErrorKind::Unavailable, "cannot be opened: Device or resource busy");
    ++manner_->open;
    ++manner_->opened;
}

bool FakeEncoderNode::isRaw(std::uint32_t type) const {
    return type == V4L2_BUF_TYPE_VIDEO_OUTPUT || type == V4L2_BUF_TYPE_VIDEO_OUTPUT_MPLANE;
}

int FakeEncoderNode::call(unsigned long request, void* argument) noexcept {
    switch (request) {
        case VIDIOC_QUERYCAP: {
            auto& caps = *static_cast<v4l2_capability*>(argument);
            std::strcpy(reinterpret_cast<char*>(caps.card), "fake-encode");
            caps.device_caps = V4L2_CAP_STREAMING;
            if (manner_->is_codec)
                caps.device_caps |= manner_->is_multi ? V4L2_CAP_VIDEO_M2M_MPLANE : V4L2_CAP_VIDEO_M2M;
            caps.capabilities = caps.device_caps | V4L2_CAP_DEVICE_CAPS;
            return 0;
        }
        case VIDIOC_ENUM_FMT:
            return describe(*static_cast<v4l2_fmtdesc*>(argument));
        case VIDIOC_S_FMT:
            return setFormat(*static_cast<v4l2_format*>(argument));
        case VIDIOC_S_EXT_CTRLS:
            return setControl(*static_cast<v4l2_ext_controls*>(argument)->controls);
        case VIDIOC_QUERYCTRL:
            return manner_->can_force_key ? 0 : EINVAL;
        case VIDIOC_S_SELECTION:
            if (!manner_->can_crop) return EINVAL;
            manner_->crop = static_cast<v4l2_selection*>(argument)->r;
            visible_height_ = static_cast<int>(manner_->crop.height);
            return 0;
        case VIDIOC_REQBUFS: {
            auto& wanted = *static_cast<v4l2_requestbuffers*>(argument);
            auto& memory = isRaw(wanted.type) ? raw_memory_ : coded_memory_;
            memory.assign(wanted.count, std::vector<std::uint8_t>(static_cast<std::size_t>(width_) *
                                                                  static_cast<std::size_t>(height_) * 3 / 2));
            return 0;
        }
        case VIDIOC_QUERYBUF: {
            auto& buffer = *static_cast<v4l2_buffer*>(argument);
            const auto size = static_cast<std::uint32_t>(raw_memory_.empty() ? 0 : raw_memory_[0].size());
            const std::uint32_t offset = (isRaw(buffer.type) ? 0 : 1U << 28U) + (buffer.index << 24U);
            if (manner_->is_multi) {
                buffer.m.planes->length = size;
                buffer.m.planes->m.mem_offset = offset;
            } else {
                buffer.length = size;
                buffer.m.offset = offset;
            }
            return 0;
        }
        case VIDIOC_QBUF:
            return queueBuffer(*static_cast<v4l2_buffer*>(argument));
        case VIDIOC_DQBUF:
            return takeBuffer(*static_cast<v4l2_buffer*>(argument));
        case VIDIOC_STREAMON:
        case VIDIOC_STREAMOFF:
            return 0;
        default:
            return ENOTTY;
    }
}

int FakeEncoderNode::describe(v4l2_fmtdesc& format) const {
    if (format.index > 0) return EINVAL;
    format.pixelformat = isRaw(format.type) ? manner_->raw : manner_->coded;
    if (!isRaw(format.type) && manner_->coded != V4L2_PIX_FMT_NV12) format.flags = V4L2_FMT_FLAG_COMPRESSED;
    return 0;
}

int FakeEncoderNode::setFormat(v4l2_format& format) {
    if (!isRaw(format.type)) return 0;
    auto& multi = format.fmt.pix_mp;
    auto& single = format.fmt.pix;
    width_ = static_cast<int>(manner_->is_multi ? multi.width : single.width);
    visible_height_ = static_cast<int>(manner_->is_multi ? multi.height : single.height);
    height_ = manner_->aligns_height ? (visible_height_ + 15) & ~15 : visible_height_;
    const auto bytes = static_cast<std::uint32_t>(width_ * height_ * 3 / 2);
    if (manner_->is_multi) {
        multi.height = static_cast<std::uint32_t>(height_);
        multi.plane_fmt[0].bytesperline = multi.width;
        multi.plane_fmt[0].sizeimage = bytes;
    } else {
        single.height = static_cast<std::uint32_t>(height_);
        single.bytesperline = single.width;
        single.sizeimage = bytes;
    }
    return 0;
}

int FakeEncoderNode::setControl(const v4l2_ext_control& control) {
    if (control.id == V4L2_CID_MPEG_VIDEO_FORCE_KEY_FRAME) {
        is_key_wanted_ = !manner_->ignores_force_key;
        return 0;
    }
    if (control.id == V4L2_CID_MPEG_VIDEO_BITRATE && !manner_->has_bit_rate) return EINVAL;
    manner_->controls[control.id] = control.value;
    return 0;
}

void* FakeEncoderNode::map(std::size_t, std::int64_t offset) noexcept {
    auto& memory = (offset & (1LL << 28U)) == 0 ? raw_memory_ : coded_memory_;
    return memory[static_cast<std::size_t>(offset >> 24U) & 0xf].data();
}

int FakeEncoderNode::queueBuffer(v4l2_buffer& buffer) {
    if (!isRaw(buffer.type)) {
        coded_free_.push_back(buffer.index);
        return 0;
    }
    raw_done_.push_back(buffer.index);
    return manner_->is_silent ? 0 : encodePicture(buffer);
}

int FakeEncoderNode::encodePicture(const v4l2_buffer& buffer) {
    if (!encoder_)
        encoder_ = std::make_unique<worker::X264Encoder>(worker::EncoderWish{
            width_, visible_height_, 15,
            static_cast<std::uint32_t>(manner_->controls[V4L2_CID_MPEG_VIDEO_BITRATE]) / 1000, false});
    const std::uint8_t* at = raw_memory_[buffer.index].data();
    const std::ptrdiff_t luma = static_cast<std::ptrdiff_t>(width_) * height_;
    Picture picture;
    picture.format = manner_->raw == V4L2_PIX_FMT_NV12 ? PixelFormat::Nv12 : PixelFormat::I420;
    picture.width_px = width_;
    picture.height_px = visible_height_;
    picture.planes = {at, at + luma, at + luma * 5 / 4};
    if (manner_->swaps_colours) std::swap(picture.planes[1], picture.planes[2]);
    picture.strides_bytes = {width_, picture.format == PixelFormat::Nv12 ? width_ : width_ / 2, width_ / 2};
    picture.owner = std::make_shared<int>();
    picture.pts_us = buffer.timestamp.tv_sec * 1'000'000 + buffer.timestamp.tv_usec;
    const bool is_first = pictures_++ == 0;
    const bool wants_key = is_first || is_key_wanted_ || manner_->keys_only;
    is_key_wanted_ = false;
    encoder_->encode(picture, wants_key, [&](Packet&& packet) {
        std::vector<std::uint8_t> bytes(packet.data.begin(), packet.data.end());
        if (packet.is_key && manner_->sends_headers_apart)
            put(encoder_->format().extradata, {0, 0}, false);
        else if (packet.is_key)
            bytes.insert(bytes.begin(), encoder_->format().extradata.begin(),
                         encoder_->format().extradata.end());
        if (manner_->gives_garbage) {
            std::mt19937 random(7);
            std::size_t slice = 3;
            while (slice < bytes.size() &&
                   !(bytes[slice - 3] == 0 && bytes[slice - 2] == 0 && bytes[slice - 1] == 1 &&
                     ((bytes[slice] & 0x1f) == 1 || (bytes[slice] & 0x1f) == 5)))
                ++slice;
            for (std::size_t i = slice + 4; i < bytes.size(); ++i)
                bytes[i] = static_cast<std::uint8_t>(random() % 255 + 1);
        }
        put(std::move(bytes), manner_->forgets_times ? timeval{0, 1} : buffer.timestamp, packet.is_key);
    });
    return 0;
}

void FakeEncoderNode::put(std::vector<std::uint8_t> bytes, timeval when, bool is_key) {
    coded_.push_back({std::move(bytes), when, is_key});
}

int FakeEncoderNode::takeBuffer(v4l2_buffer& buffer) {
    if (manner_->fails_after >= 0 && pictures_ > manner_->fails_after) return EIO;
    if (isRaw(buffer.type)) {
        if (raw_done_.empty() || manner_->is_silent) return EAGAIN;
        buffer.index = raw_done_.front();
        raw_done_.pop_front();
        return 0;
    }
    if (coded_.empty() || coded_free_.empty()) return EAGAIN;
    const Coded& coded = coded_.front();
    buffer.index = coded_free_.front();
    std::copy(coded.bytes.begin(), coded.bytes.end(), coded_memory_[buffer.index].begin());
    const auto used = static_cast<std::uint32_t>(coded.bytes.size());
    if (manner_->is_multi)
        buffer.m.planes->bytesused = used;
    else
        buffer.bytesused = used;
    buffer.timestamp = coded.when;
    buffer.flags = coded.is_key ? V4L2_BUF_FLAG_KEYFRAME : 0;
    coded_free_.pop_front();
    coded_.pop_front();
    return 0;
}

short FakeEncoderNode::wait(short events, Deadline deadline) noexcept {
    if ((events & POLLIN) != 0 && !coded_.empty()) return POLLIN;
    if ((events & POLLOUT) != 0 && !raw_done_.empty() && !manner_->is_silent) return POLLOUT;
    std::this_thread::sleep_until(deadline.at());
    return 0;
}

}  // namespace porchlight::test
