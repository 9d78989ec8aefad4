/// Samples on their way to the analysis: capped in bytes, overflowing to the next keyframe.
#pragma once

#include <deque>
#include <optional>

#include "porchlight/capture.h"
#include "porchlight/mutex.h"
#include "porchlight/time.h"

namespace porchlight::worker {

/// **Thread**: one that pushes and one that pops; the rest from any. push never blocks. Packets that do not
/// fit are dropped, and all that follow up to the next keyframe; of pictures only the newest waits. Each drop
/// is reported by push's result.
class PacketQueue {
  public:
    struct Item {
        std::optional<StreamFormat> format;  ///< set: the stream begins anew, `sample` is empty
        Sample sample;
    };

    explicit PacketQueue(std::size_t max_bytes) : max_bytes_(max_bytes) {}

    void pushFormat(const StreamFormat& format);

    /// The number of samples dropped for this one, itself included.
    std::size_t push(const Sample& sample);

    std::optional<Item> pop(Deadline deadline);
    void close();
    bool isClosed() const;

    /// Of everything that waits.
    std::size_t bytes() const;

  private:
    static std::size_t bytesOf(const Item& item) noexcept;
    std::size_t pushPacket(const Packet& packet) PORCHLIGHT_REQUIRES(mutex_);
    std::size_t pushPicture(const Picture& picture) PORCHLIGHT_REQUIRES(mutex_);

    const std::size_t max_bytes_;
    mutable Mutex mutex_;
    ConditionVariable ready_;
    std::deque<Item> items_ PORCHLIGHT_GUARDED_BY(mutex_);
    std::size_t bytes_ PORCHLIGHT_GUARDED_BY(mutex_) = 0;
    bool needs_key_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
    bool is_closed_ PORCHLIGHT_GUARDED_BY(mutex_) = false;
};

/// Of a packet's payload or a picture's planes.
std::size_t bytesOf(const Sample& sample) noexcept;

}  // namespace porchlight::worker
