/// A stateful encoder of the kernel: pictures into one queue, coded pictures out of the other.
#pragma once

#include <linux/videodev2.h>

#include <memory>
#include <vector>

#include "worker/encode/encoder.h"
#include "worker/encode/m2m_port.h"
#include "worker/picture/yuv_copy.h"

namespace porchlight::worker {

/// One coded picture, or the parameter sets alone.
struct CodedPicture {
    std::vector<std::uint8_t> bytes;
    std::int64_t pts_us = 0;
    bool is_key = false;  ///< as the driver says
};

/// Drives one instance of a memory-to-memory encoder, written to the kernel's "Memory-to-Memory Stateful
/// Video Encoder Interface". **Owns** the port and the mapped buffers. **Thread**: thread-bound.
class M2mCodec {
  public:
    /// `coded`: V4L2_PIX_FMT_H264, or another in tests. Throws Error(NotSupported) with the reason when this
    /// is no encoder for it, Error(Unavailable) when it has no room now.
    M2mCodec(std::unique_ptr<M2mPort> port, const EncoderWish& wish, std::uint32_t coded);
    ~M2mCodec();
    M2mCodec(const M2mCodec&) = delete;
    M2mCodec& operator=(const M2mCodec&) = delete;

    /// Copies the picture into a free buffer; waits for one. Throws Error(Unavailable): none until the
    /// deadline, or the driver failed.
    void feed(const Picture& picture, std::int64_t pts_us, bool is_key_wanted, Deadline deadline);

    /// The next coded picture; false: none until the deadline. Throws Error(Unavailable) when the driver
    /// failed.
    bool take(CodedPicture& coded, Deadline deadline);

    /// Whether pictures can be made keyframes on request.
    bool canForceKey() const noexcept { return can_force_key_; }

    /// "/dev/video11 (bcm2835-codec-encode)".
    const std::string& name() const noexcept { return name_; }

    static constexpr std::uint32_t kBuffers = 4;
    static constexpr const char* kNoEncoder =
        "no encoder";  ///< the reason of nodes that are something else altogether

  private:
    struct Buffer {
        void* at = nullptr;
        std::size_t size_bytes = 0;
        bool is_queued = false;
    };
    struct Queue {
        v4l2_buf_type type{};
        std::vector<Buffer> buffers;
    };

    void identify();
    void chooseCoded(const EncoderWish& wish, std::uint32_t coded);
    void chooseRaw(const EncoderWish& wish);
    void setUpRaw(std::uint32_t pixels, const EncoderWish& wish);
    void setCrop(const EncoderWish& wish);
    void setRate(double rate_hz);
    void setControls(const EncoderWish& wish, std::uint32_t coded);
    bool control(std::uint32_t id, std::int32_t value) noexcept;
    bool offers(v4l2_buf_type type, std::uint32_t pixels) noexcept;
    std::string codedFormats();
    void makeBuffers(Queue& queue, const char* which);
    void start();
    int queueBuffer(const Queue& queue, std::uint32_t index, std::size_t used_bytes,
                    std::int64_t pts_us) noexcept;
    int dequeue(Queue& queue, v4l2_buffer& buffer, v4l2_plane& plane) noexcept;
    void reclaim();
    std::uint32_t freeBuffer(Deadline deadline);
    void refuse(const std::string& why) const;
    void fail(const char* doing, int error_number) const;
    bool isMulti() const noexcept { return is_multi_; }

    std::unique_ptr<M2mPort> port_;
    std::string name_;
    bool is_multi_ = false;
    bool can_force_key_ = false;
    Queue raw_;                    ///< the kernel's OUTPUT: what goes in
    Queue coded_;                  ///< the kernel's CAPTURE
    YuvTarget layout_;             ///< its planes are not set:
    std::size_t offsets_[3] = {};  ///< of the planes in a buffer
    std::size_t raw_bytes_ = 0;
};

}  // namespace porchlight::worker
