/// H.264 by the kernel's encoder.
#pragma once

#include <deque>
#include <memory>

#include "worker/encode/m2m_codec.h"

namespace porchlight::worker {

/// What an access unit with start codes holds. Source: ITU-T H.264 annex B and table 7-1.
struct H264Content {
    bool has_picture = false;
    bool is_idr = false;
    bool has_sps = false;
};
H264Content inspectH264(std::span<const std::uint8_t> bytes) noexcept;

/// **Owns** the codec. At most two pictures stay inside while encode() returns. **Thread**: thread-bound.
class HardwareEncoder final : public Encoder {
  public:
    /// Throws Error(NotSupported) with the reason when that node makes no H.264, Error(Unavailable) when not
    /// now.
    HardwareEncoder(std::unique_ptr<M2mPort> port, const EncoderWish& wish);

    const StreamFormat& format() const noexcept override { return format_; }
    std::string name() const override { return codec_.name(); }
    void encode(const Picture& picture, bool is_key_wanted, const Sink& sink) override;
    void finish(const Sink& sink) noexcept override;

  private:
    struct Inside {
        std::int64_t pts_us;
        Monotonic::time_point arrived_at;
    };
    bool collect(const Sink& sink, Deadline deadline);
    Packet packetOf(CodedPicture&& coded, const H264Content& content);

    M2mCodec codec_;
    StreamFormat format_;
    KeyframeClock keys_;
    std::deque<Inside> inside_;
    std::vector<std::uint8_t> parameter_sets_;  ///< that came without a picture: they go before the next one
    std::int64_t last_in_us_ = 0;
    std::int64_t last_out_us_ = 0;
    bool has_begun_ = false;
    bool has_output_ = false;
};

}  // namespace porchlight::worker
