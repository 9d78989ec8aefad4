#include "worker/encode/m2m_queue.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "porchlight/error.h"

namespace porchlight::worker {

void refuseNode(const std::string& why) {
    throw Error(ErrorKind::NotSupported, why);
}

void failNode(const char* doing, int error_number) {
    throw Error(ErrorKind::Unavailable, std::string(doing) + ": " + std::strerror(error_number));
}

M2mQueue::M2mQueue(M2mPort& port, v4l2_buf_type type, const char* what, std::size_t least_bytes)
    : port_(port), type_(type) {
    v4l2_requestbuffers request{};
    request.count = kBuffers;
    request.type = type_;
    request.memory = V4L2_MEMORY_MMAP;
    if (const int failed = port_.call(VIDIOC_REQBUFS, &request); failed != 0)
        failNode("ask for buffers", failed);
    if (request.count < 1) refuseNode(std::string("gives no buffers for ") + what);
    try {
        for (std::uint32_t i = 0; i < std::min<std::uint32_t>(request.count, VIDEO_MAX_FRAME); ++i)
            buffers_.push_back(map(i));
        if (buffers_[0].size_bytes < least_bytes) refuseNode("gives buffers that are too small");
    } catch (...) {
        unmapAll();
        throw;
    }
}

M2mQueue::~M2mQueue() {
    int type = static_cast<int>(type_);
    port_.call(VIDIOC_STREAMOFF, &type);
    unmapAll();
}

M2mQueue::Buffer M2mQueue::map(std::uint32_t index) {
    v4l2_plane plane{};
    v4l2_buffer buffer = emptyBuffer(index, plane);
    if (const int failed = port_.call(VIDIOC_QUERYBUF, &buffer); failed != 0)
        failNode("look at a buffer", failed);
    const std::size_t size = isMulti() ? plane.length : buffer.length;
    void* const at = port_.map(size, isMulti() ? plane.m.mem_offset : buffer.m.offset);
    if (!at) failNode("map a buffer", errno);
    return {at, size, false};
}

void M2mQueue::unmapAll() noexcept {
    for (const Buffer& buffer : buffers_) port_.unmap(buffer.at, buffer.size_bytes);
}

v4l2_buffer M2mQueue::emptyBuffer(std::uint32_t index, v4l2_plane& plane) const noexcept {
    v4l2_buffer buffer{};
    buffer.type = type_;
    buffer.memory = V4L2_MEMORY_MMAP;
    buffer.index = index;
    if (isMulti()) {
        buffer.m.planes = &plane;
        buffer.length = 1;
    }
    return buffer;
}

void M2mQueue::start() {
    int type = static_cast<int>(type_);
    if (const int failed = port_.call(VIDIOC_STREAMON, &type); failed != 0) failNode("start", failed);
}

void M2mQueue::give(std::uint32_t index, std::size_t used_bytes, std::int64_t pts_us, const char* doing) {
    v4l2_plane plane{};
    v4l2_buffer buffer = emptyBuffer(index, plane);
    buffer.field = V4L2_FIELD_NONE;
    buffer.timestamp.tv_sec = pts_us / 1'000'000;
    buffer.timestamp.tv_usec = pts_us % 1'000'000;
    if (isMulti()) {
        plane.bytesused = static_cast<std::uint32_t>(used_bytes);
        plane.length = static_cast<std::uint32_t>(buffers_[index].size_bytes);
    } else {
        buffer.bytesused = static_cast<std::uint32_t>(used_bytes);
        buffer.length = static_cast<std::uint32_t>(buffers_[index].size_bytes);
    }
    if (const int failed = port_.call(VIDIOC_QBUF, &buffer); failed != 0) failNode(doing, failed);
    buffers_[index].is_with_driver = true;
}

bool M2mQueue::take(Taken& taken, const char* doing) {
    v4l2_plane plane{};
    v4l2_buffer buffer = emptyBuffer(0, plane);
    const int failed = port_.call(VIDIOC_DQBUF, &buffer);
    if (failed == EAGAIN) return false;
    if (failed != 0) failNode(doing, failed);
    if (buffer.index >= buffers_.size()) failNode(doing, EIO);
    Buffer& ours = buffers_[buffer.index];
    ours.is_with_driver = false;
    const std::size_t end =
        std::min<std::size_t>(isMulti() ? plane.bytesused : buffer.bytesused, ours.size_bytes);
    const std::size_t begin = std::min<std::size_t>(isMulti() ? plane.data_offset : 0, end);
    taken.index = buffer.index;
    taken.bytes = {static_cast<const std::uint8_t*>(ours.at) + begin, end - begin};
    taken.pts_us = static_cast<std::int64_t>(buffer.timestamp.tv_sec) * 1'000'000 + buffer.timestamp.tv_usec;
    taken.is_key = (buffer.flags & V4L2_BUF_FLAG_KEYFRAME) != 0;
    taken.has_failed = (buffer.flags & V4L2_BUF_FLAG_ERROR) != 0;
    return true;
}

}  // namespace porchlight::worker
