/// A frame buffer of the library as memory.
#pragma once

#include <span>
#include <vector>

#include "compat.h"

namespace porchlight::libcamera_source {

/// **Owns** the mappings. Planes of one frame usually share one dmabuf at different offsets: it is mapped
/// once.
/// **Thread**: thread-bound (capture). Throws Error(Exhausted).
class MappedBuffer {
  public:
    explicit MappedBuffer(const libcamera::FrameBuffer& buffer);
    ~MappedBuffer();
    MappedBuffer(const MappedBuffer&) = delete;
    MappedBuffer& operator=(const MappedBuffer&) = delete;

    const std::vector<std::span<const std::uint8_t>>& planes() const noexcept { return planes_; }

    /// Brackets reading: the caches see what the device wrote. Without effect where the memory is no dmabuf.
    void beginRead() const noexcept { sync(true); }
    void endRead() const noexcept { sync(false); }

  private:
    struct Mapping {
        int fd;  ///< of the frame buffer, borrowed
        std::size_t length_bytes;
        void* address;
    };
    void sync(bool is_begin) const noexcept;
    void unmap() noexcept;

    std::vector<Mapping> mappings_;
    std::vector<std::span<const std::uint8_t>> planes_;
};

}  // namespace porchlight::libcamera_source
