#include "buffer_queue.h"

#include <sys/mman.h>

#include <algorithm>
#include <cerrno>

namespace porchlight::v4l2 {
namespace {

constexpr std::size_t kLeftToDriver = 2;

bool isMulti(v4l2_buf_type type) noexcept {
    return type == V4L2_BUF_TYPE_VIDEO_CAPTURE_MPLANE;
}

}  // namespace

BufferQueue::BufferQueue(const Device& device, std::uint32_t count)
    : type_(device.bufferType()), device_(device) {
    v4l2_requestbuffers request{};
    request.count = count;
    request.type = type_;
    request.memory = V4L2_MEMORY_MMAP;
    device.call(VIDIOC_REQBUFS, &request, "ask for buffers");
    if (request.count < 2)
        throw Error(ErrorKind::Exhausted, "ask for buffers of " + device.path() + ": got too few");
    try {
        for (std::uint32_t i = 0; i < request.count; ++i) map(i);
    } catch (...) {
        unmap();
        throw;
    }
}

BufferQueue::~BufferQueue() {
    stop();
    unmap();
}

v4l2_buffer BufferQueue::describe(std::uint32_t index, v4l2_plane* planes) const noexcept {
    v4l2_buffer buffer{};
    buffer.type = type_;
    buffer.memory = V4L2_MEMORY_MMAP;
    buffer.index = index;
    if (isMulti(type_)) {
        buffer.m.planes = planes;
        buffer.length = VIDEO_MAX_PLANES;
    }
    return buffer;
}

void BufferQueue::map(std::uint32_t index) {
    v4l2_plane planes[VIDEO_MAX_PLANES] = {};
    v4l2_buffer buffer = describe(index, planes);
    device_.call(VIDIOC_QUERYBUF, &buffer, "look at a buffer");
    auto& mappings = buffers_.emplace_back();
    const std::uint32_t count = isMulti(type_) ? std::min<std::uint32_t>(buffer.length, VIDEO_MAX_PLANES) : 1;
    for (std::uint32_t i = 0; i < count; ++i) {
        const std::size_t size = isMulti(type_) ? planes[i].length : buffer.length;
        const std::uint32_t offset = isMulti(type_) ? planes[i].m.mem_offset : buffer.m.offset;
        void* at = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, device_.fd(),
                          static_cast<off_t>(offset));
        if (at == MAP_FAILED) throw device_.failure("map a buffer", errno);
        mappings.push_back({at, size});
    }
}

void BufferQueue::unmap() noexcept {
    for (const auto& mappings : buffers_)
        for (const Mapping& mapping : mappings) ::munmap(mapping.at, mapping.size_bytes);
    buffers_.clear();
}

int BufferQueue::queue(std::uint32_t index) noexcept {
    v4l2_plane planes[VIDEO_MAX_PLANES] = {};
    v4l2_buffer buffer = describe(index, planes);
    if (isMulti(type_)) buffer.length = static_cast<__u32>(buffers_[index].size());
    return device_.tryCall(VIDIOC_QBUF, &buffer);
}

void BufferQueue::start() {
    for (std::uint32_t i = 0; i < buffers_.size(); ++i)
        if (const int failed = queue(i); failed != 0) throw device_.failure("queue a buffer", failed);
    int type = type_;
    device_.call(VIDIOC_STREAMON, &type, "start the stream");
}

void BufferQueue::stop() noexcept {
    const LockGuard lock(mutex_);
    if (is_stopped_) return;
    int type = type_;
    device_.tryCall(VIDIOC_STREAMOFF, &type);
    if (lent_ == 0) {
        unmap();
        v4l2_requestbuffers none{};
        none.type = type_;
        none.memory = V4L2_MEMORY_MMAP;
        device_.tryCall(VIDIOC_REQBUFS, &none);
    }
    is_stopped_ = true;
}

int BufferQueue::dequeue(Filled& filled) noexcept {
    v4l2_plane planes[VIDEO_MAX_PLANES] = {};
    v4l2_buffer buffer = describe(0, planes);
    if (const int failed = device_.tryCall(VIDIOC_DQBUF, &buffer); failed != 0) return failed;
    if (buffer.index >= buffers_.size()) return EIO;
    filled.index = buffer.index;
    filled.flags = buffer.flags;
    filled.sequence = buffer.sequence;
    filled.timestamp = buffer.timestamp;
    filled.memory.clear();
    const auto& mappings = buffers_[buffer.index];
    for (std::size_t i = 0; i < mappings.size(); ++i) {
        const std::size_t used = isMulti(type_) ? planes[i].bytesused : buffer.bytesused;
        const std::size_t skipped =
            isMulti(type_) ? std::min<std::size_t>(planes[i].data_offset, mappings[i].size_bytes) : 0;
        const std::size_t end = std::clamp<std::size_t>(used, skipped, mappings[i].size_bytes);
        filled.memory.emplace_back(static_cast<const std::uint8_t*>(mappings[i].at) + skipped, end - skipped);
    }
    return 0;
}

void BufferQueue::requeue(std::uint32_t index) {
    if (const int failed = queue(index); failed != 0) throw device_.failure("queue a buffer", failed);
}

std::shared_ptr<const void> BufferQueue::lend(std::uint32_t index) {
    {
        const LockGuard lock(mutex_);
        if (is_stopped_ || lent_ + kLeftToDriver >= buffers_.size()) return nullptr;
        ++lent_;
    }
    return {buffers_[index][0].at, [queue = shared_from_this(), index](const void*) {
                const LockGuard guard(queue->mutex_);
                --queue->lent_;
                // A driver that does not take it back any more says so to read() as well.
                if (!queue->is_stopped_) queue->queue(index);
            }};
}

}  // namespace porchlight::v4l2
