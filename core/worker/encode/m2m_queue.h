/// One of the two buffer queues of a memory-to-memory node.
#pragma once

#include <linux/videodev2.h>

#include <span>
#include <string>
#include <vector>

#include "worker/encode/m2m_port.h"

namespace porchlight::worker {

/// Throws Error(NotSupported): the node is no encoder for us, and this is the reason.
[[noreturn]] void refuseNode(const std::string& why);

/// Throws Error(Unavailable): "`doing`: what errno says".
[[noreturn]] void failNode(const char* doing, int error_number);

/// The buffers of one direction, in the driver's memory. Invariant: who holds a buffer, the driver or we, is
/// known.
/// **Owns** the mappings; when it goes the node has stopped. **Thread**: thread-bound.
class M2mQueue {
  public:
    /// What the driver gave back.
    struct Taken {
        std::uint32_t index = 0;
        std::span<const std::uint8_t> bytes;  ///< of the buffer, until it is given again
        std::int64_t pts_us = 0;
        bool is_key = false;  ///< as the driver says
        bool has_failed = false;
    };

    /// `what` for texts: "pictures". The format is agreed on by now. Throws Error(Unavailable),
    /// Error(NotSupported) when a buffer holds less than `least_bytes`.
    M2mQueue(M2mPort& port, v4l2_buf_type type, const char* what, std::size_t least_bytes);
    ~M2mQueue();
    M2mQueue(const M2mQueue&) = delete;
    M2mQueue& operator=(const M2mQueue&) = delete;

    /// Throws Error(Unavailable).
    void start();

    std::uint32_t size() const noexcept { return static_cast<std::uint32_t>(buffers_.size()); }
    bool isWithDriver(std::uint32_t index) const noexcept { return buffers_[index].is_with_driver; }
    std::uint8_t* at(std::uint32_t index) const noexcept {
        return static_cast<std::uint8_t*>(buffers_[index].at);
    }

    /// Hands a buffer to the driver; `doing` for the text. Throws Error(Unavailable).
    void give(std::uint32_t index, std::size_t used_bytes, std::int64_t pts_us, const char* doing);

    /// False: the driver gives none back now. Throws Error(Unavailable).
    bool take(Taken& taken, const char* doing);

    static constexpr std::uint32_t kBuffers = 4;

  private:
    struct Buffer {
        void* at = nullptr;
        std::size_t size_bytes = 0;
        bool is_with_driver = false;
    };
    bool isMulti() const noexcept { return V4L2_TYPE_IS_MULTIPLANAR(type_); }
    v4l2_buffer emptyBuffer(std::uint32_t index, v4l2_plane& plane) const noexcept;
    Buffer map(std::uint32_t index);
    void unmapAll() noexcept;

    M2mPort& port_;
    const v4l2_buf_type type_;
    std::vector<Buffer> buffers_;
};

}  // namespace porchlight::worker
