/// The driver's buffers: mapped once, filled by the driver, lent to readers.
#pragma once

#include <linux/videodev2.h>

#include <memory>
#include <span>
#include <vector>

#include "porchlight/mutex.h"

#include "device.h"

namespace porchlight::v4l2 {

/// What a buffer came back with.
struct Filled {
    std::uint32_t index = 0;
    std::uint32_t flags = 0;
    std::uint32_t sequence = 0;
    timeval timestamp{};
    std::vector<std::span<const std::uint8_t>> memory;  ///< used bytes of each memory plane
};

/// Streams into mapped buffers. **Owns** the mappings, which live as long as somebody holds a lent buffer,
/// also after stop(). **Thread**: start, dequeue, requeue and stop from one thread; a lease ends on any.
class BufferQueue : public std::enable_shared_from_this<BufferQueue> {
  public:
    /// Asks for `count` buffers and maps what it gets. Throws Error.
    BufferQueue(const Device& device, std::uint32_t count);
    ~BufferQueue();
    BufferQueue(const BufferQueue&) = delete;
    BufferQueue& operator=(const BufferQueue&) = delete;

    /// Queues all buffers and starts. Throws Error.
    void start();

    /// Stops and gives the buffers back as far as nobody holds one. Never throws; may block as long as the
    /// driver does.
    void stop() noexcept;

    /// Takes a filled buffer: 0, or errno (EAGAIN: none yet). The caller gives it back by requeue() or lends
    /// it.
    int dequeue(Filled& filled) noexcept;

    /// Throws Error (unplugged).
    void requeue(std::uint32_t index);

    /// Lends the buffer until the last copy of the lease is gone; then it goes back to the driver. Null when
    /// too few would be left to the driver: copy instead.
    std::shared_ptr<const void> lend(std::uint32_t index);

    std::size_t size() const noexcept { return buffers_.size(); }

  private:
    struct Mapping {
        void* at = nullptr;
        std::size_t size_bytes = 0;
    };
    v4l2_buffer describe(std::uint32_t index, v4l2_plane* planes) const noexcept;
    void map(std::uint32_t index);
    void unmap() noexcept;
    int queue(std::uint32_t index) noexcept;

    const v4l2_buf_type type_;
    const Device& device_;  ///< until stop()
    Mutex mutex_;
    bool is_stopped_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    std::size_t lent_ PORCHLIGHT_GUARDED_BY(mutex_) = 0;
    std::vector<std::vector<Mapping>> buffers_;
};

}  // namespace porchlight::v4l2
