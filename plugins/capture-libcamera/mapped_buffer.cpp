#include "mapped_buffer.h"

#include <linux/dma-buf.h>
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>

#include "porchlight/error.h"

namespace porchlight::libcamera_source {
namespace {

using Plane = libcamera::FrameBuffer::Plane;

constexpr int kMaxSyncTries = 100;

std::size_t offsetOf(const Plane& plane) noexcept {
    return plane.offset == Plane::kInvalidOffset ? 0 : plane.offset;
}

}  // namespace

MappedBuffer::MappedBuffer(const libcamera::FrameBuffer& buffer) {
    std::map<int, std::size_t> lengths;
    for (const Plane& plane : buffer.planes()) {
        std::size_t& length = lengths[plane.fd.get()];
        length = std::max(length, offsetOf(plane) + plane.length);
    }
    for (const auto& [fd, length] : lengths) {
        void* const address = ::mmap(nullptr, length, PROT_READ, MAP_SHARED, fd, 0);
        if (address == MAP_FAILED) {
            const std::string why = std::strerror(errno);
            unmap();
            throw Error(ErrorKind::Exhausted,
                        "map a camera buffer of " + std::to_string(length) + " bytes: " + why);
        }
        mappings_.push_back({fd, length, address});
    }
    for (const Plane& plane : buffer.planes()) {
        const auto mapping = std::find_if(mappings_.begin(), mappings_.end(),
                                          [&](const Mapping& m) { return m.fd == plane.fd.get(); });
        planes_.emplace_back(static_cast<const std::uint8_t*>(mapping->address) + offsetOf(plane),
                             plane.length);
    }
}

MappedBuffer::~MappedBuffer() {
    unmap();
}

void MappedBuffer::unmap() noexcept {
    for (const Mapping& mapping : mappings_) ::munmap(mapping.address, mapping.length_bytes);
    mappings_.clear();
}

void MappedBuffer::sync(bool is_begin) const noexcept {
    for (const Mapping& mapping : mappings_) {
        dma_buf_sync request{};
        request.flags = DMA_BUF_SYNC_READ | (is_begin ? DMA_BUF_SYNC_START : DMA_BUF_SYNC_END);
        for (int i = 0; i < kMaxSyncTries; ++i)
            if (::ioctl(mapping.fd, DMA_BUF_IOCTL_SYNC, &request) == 0 || (errno != EINTR && errno != EAGAIN))
                break;
    }
}

}  // namespace porchlight::libcamera_source
