/// A stateful encoder of the kernel: pictures into one queue, coded pictures out of the other.
#pragma once

#include <linux/videodev2.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "worker/encode/encoder.h"
#include "worker/encode/m2m_queue.h"
#include "worker/picture/yuv_copy.h"

namespace porchlight::worker {

/// One coded picture, or the parameter sets alone.
struct CodedPicture {
    std::vector<std::uint8_t> bytes;
    std::int64_t pts_us = 0;
    bool is_key = false;  ///< as the driver says
};

/// Drives one instance of a memory-to-memory encoder, written to the kernel's "Memory-to-Memory Stateful
/// Video Encoder Interface": agrees with the driver on formats, then exchanges buffers with it. **Owns** the
/// port and both queues. **Thread**: thread-bound.
class M2mCodec {
  public:
    /// `coded`: V4L2_PIX_FMT_H264, or another in tests. Throws Error(NotSupported) with the reason when this
    /// is no encoder for it, Error(Unavailable) when it has no room now.
    M2mCodec(std::unique_ptr<M2mPort> port, const EncoderWish& wish, std::uint32_t coded);

    /// Copies the picture into a free buffer; waits for one. Throws Error(Unavailable): none until the
    /// deadline, or the driver failed.
    void feed(const Picture& picture, std::int64_t pts_us, bool is_key_wanted, Deadline deadline);

    /// The next coded picture; false: none until the deadline. Throws Error(Unavailable) when the driver
    /// failed.
    bool take(CodedPicture& coded, Deadline deadline);

    /// "/dev/video11 (bcm2835-codec-encode)".
    const std::string& name() const noexcept { return name_; }

    /// The reason of nodes that are something else altogether.
    static constexpr const char* kNoEncoder = "no encoder";

  private:
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
    void start();
    void reclaim();
    std::uint32_t freeBuffer(Deadline deadline);
    void await(short events, Deadline deadline);
    bool isMulti() const noexcept { return V4L2_TYPE_IS_MULTIPLANAR(raw_type_); }

    std::unique_ptr<M2mPort> port_;
    std::string name_;
    bool can_force_key_ = false;
    v4l2_buf_type raw_type_{};     ///< the kernel's OUTPUT: what goes in
    v4l2_buf_type coded_type_{};   ///< the kernel's CAPTURE
    YuvTarget layout_;             ///< its planes are not set:
    std::size_t offsets_[3] = {};  ///< of the planes in a buffer
    std::size_t raw_bytes_ = 0;
    std::optional<M2mQueue> coded_;  ///< both once the formats are agreed on
    std::optional<M2mQueue> raw_;
};

}  // namespace porchlight::worker
