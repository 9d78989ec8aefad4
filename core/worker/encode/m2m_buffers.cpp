// The two queues of M2mCodec.
#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "porchlight/error.h"
#include "worker/encode/m2m_codec.h"

namespace porchlight::worker {
namespace {

v4l2_buffer emptyBuffer(v4l2_buf_type type, std::uint32_t index, bool is_multi, v4l2_plane& plane) noexcept {
    v4l2_buffer buffer{};
    buffer.type = type;
    buffer.memory = V4L2_MEMORY_MMAP;
    buffer.index = index;
    if (is_multi) {
        buffer.m.planes = &plane;
        buffer.length = 1;
    }
    return buffer;
}

}  // namespace

void M2mCodec::makeBuffers(Queue& queue, const char* which) {
    v4l2_requestbuffers request{};
    request.count = kBuffers;
    request.type = queue.type;
    request.memory = V4L2_MEMORY_MMAP;
    if (const int failed = port_->call(VIDIOC_REQBUFS, &request); failed != 0)
        fail("ask for buffers", failed);
    if (request.count < 1) refuse(std::string("gives no buffers for ") + which);
    for (std::uint32_t i = 0; i < std::min<std::uint32_t>(request.count, VIDEO_MAX_FRAME); ++i) {
        v4l2_plane plane{};
        v4l2_buffer buffer = emptyBuffer(queue.type, i, isMulti(), plane);
        if (const int failed = port_->call(VIDIOC_QUERYBUF, &buffer); failed != 0)
            fail("look at a buffer", failed);
        const std::size_t size = isMulti() ? plane.length : buffer.length;
        void* const at = port_->map(size, isMulti() ? plane.m.mem_offset : buffer.m.offset);
        if (!at) fail("map a buffer", errno);
        queue.buffers.push_back({at, size, false});
    }
    if (&queue == &raw_ && queue.buffers[0].size_bytes < raw_bytes_)
        refuse("gives buffers that are too small");
}

void M2mCodec::start() {
    for (std::uint32_t i = 0; i < coded_.buffers.size(); ++i)
        if (const int failed = queueBuffer(coded_, i, 0, 0); failed != 0) fail("queue a buffer", failed);
    for (const Queue* queue : {&raw_, &coded_}) {
        int type = static_cast<int>(queue->type);
        if (const int failed = port_->call(VIDIOC_STREAMON, &type); failed != 0) fail("start", failed);
    }
}

int M2mCodec::queueBuffer(const Queue& queue, std::uint32_t index, std::size_t used_bytes,
                          std::int64_t pts_us) noexcept {
    v4l2_plane plane{};
    v4l2_buffer buffer = emptyBuffer(queue.type, index, isMulti(), plane);
    buffer.field = V4L2_FIELD_NONE;
    buffer.timestamp.tv_sec = pts_us / 1'000'000;
    buffer.timestamp.tv_usec = pts_us % 1'000'000;
    if (isMulti()) {
        plane.bytesused = static_cast<std::uint32_t>(used_bytes);
        plane.length = static_cast<std::uint32_t>(queue.buffers[index].size_bytes);
    } else {
        buffer.bytesused = static_cast<std::uint32_t>(used_bytes);
        buffer.length = static_cast<std::uint32_t>(queue.buffers[index].size_bytes);
    }
    return port_->call(VIDIOC_QBUF, &buffer);
}

int M2mCodec::dequeue(Queue& queue, v4l2_buffer& buffer, v4l2_plane& plane) noexcept {
    buffer = emptyBuffer(queue.type, 0, isMulti(), plane);
    const int failed = port_->call(VIDIOC_DQBUF, &buffer);
    return failed == 0 && buffer.index >= queue.buffers.size() ? EIO : failed;
}

/// Takes back all buffers whose pictures the driver has read.
void M2mCodec::reclaim() {
    for (;;) {
        v4l2_plane plane{};
        v4l2_buffer buffer{};
        const int failed = dequeue(raw_, buffer, plane);
        if (failed == EAGAIN) return;
        if (failed != 0) fail("take a picture back", failed);
        raw_.buffers[buffer.index].is_queued = false;
    }
}

std::uint32_t M2mCodec::freeBuffer(Deadline deadline) {
    for (;;) {
        for (std::uint32_t i = 0; i < raw_.buffers.size(); ++i)
            if (!raw_.buffers[i].is_queued) return i;
        // Drivers exist that say they are ready and are not: past the deadline it is over either way.
        if (deadline.isPast()) throw Error(ErrorKind::Unavailable, "takes no more pictures: it hangs");
        const short ready = port_->wait(POLLOUT, deadline);
        if ((ready & POLLERR) != 0 && (ready & POLLOUT) == 0)
            throw Error(ErrorKind::Unavailable, "failed while it was encoding");
        reclaim();
    }
}

void M2mCodec::feed(const Picture& picture, std::int64_t pts_us, bool is_key_wanted, Deadline deadline) {
    reclaim();
    const std::uint32_t index = freeBuffer(deadline);
    auto* const at = static_cast<std::uint8_t*>(raw_.buffers[index].at);
    YuvTarget target = layout_;
    for (std::size_t i = 0; i < 3; ++i) target.planes[i] = at + offsets_[i];
    copyYuv(picture, target);
    if (is_key_wanted && can_force_key_) control(V4L2_CID_MPEG_VIDEO_FORCE_KEY_FRAME, 1);
    if (const int failed = queueBuffer(raw_, index, raw_bytes_, pts_us); failed != 0)
        fail("hand over a picture", failed);
    raw_.buffers[index].is_queued = true;
}

bool M2mCodec::take(CodedPicture& coded, Deadline deadline) {
    for (;;) {
        v4l2_plane plane{};
        v4l2_buffer buffer{};
        const int failed = dequeue(coded_, buffer, plane);
        if (failed == EAGAIN) {
            if (deadline.isPast()) return false;
            const short ready = port_->wait(POLLIN, deadline);
            if ((ready & POLLERR) != 0 && (ready & POLLIN) == 0)
                throw Error(ErrorKind::Unavailable, "failed while it was encoding");
            continue;
        }
        if (failed != 0) fail("take a coded picture", failed);
        if ((buffer.flags & V4L2_BUF_FLAG_ERROR) != 0)
            throw Error(ErrorKind::Unavailable, "says that a picture could not be encoded");
        const std::size_t begin = isMulti() ? plane.data_offset : 0;
        const std::size_t end = std::min<std::size_t>(isMulti() ? plane.bytesused : buffer.bytesused,
                                                      coded_.buffers[buffer.index].size_bytes);
        const auto* const at = static_cast<const std::uint8_t*>(coded_.buffers[buffer.index].at);
        coded.bytes.assign(at + std::min(begin, end), at + end);
        coded.pts_us =
            static_cast<std::int64_t>(buffer.timestamp.tv_sec) * 1'000'000 + buffer.timestamp.tv_usec;
        coded.is_key = (buffer.flags & V4L2_BUF_FLAG_KEYFRAME) != 0;
        if (const int refused = queueBuffer(coded_, buffer.index, 0, 0); refused != 0)
            fail("give a buffer back", refused);
        if (!coded.bytes.empty()) return true;
        if (deadline.isPast()) return false;
    }
}

}  // namespace porchlight::worker
