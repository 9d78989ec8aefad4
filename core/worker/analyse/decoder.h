/// Packets in, pictures out: the software decoder of the analysis.
#pragma once

#include <functional>

#include "worker/analyse/frame_converter.h"
#include "worker/stream/libav.h"

namespace porchlight::worker {

/// Decodes one H.264, H.265 or MJPEG track with one thread. **Owns** the codec context; a Picture's planes
/// are the decoder's own buffers, given back when the last copy of the Picture goes; what is not 8-bit 4:2:0
/// or 4:2:2 is converted.
/// **Thread**: thread-bound. After construction nothing throws for bad input: it is counted.
class Decoder {
  public:
    using Sink = std::function<void(Picture&&)>;

    /// Throws Error(NotSupported) without such a decoder, Error(BadData) for unusable extradata.
    explicit Decoder(const StreamFormat& format);

    /// Cheap: no loop filter, a little less exact; good for detection. Full: for people's eyes. May change at
    /// any packet; a change to full is clean from the next keyframe on. Starts as full.
    void setCheap(bool is_cheap) noexcept;

    /// Feeds one packet; `sink` gets every picture that is complete, in display order, with the packet's pts.
    void decode(const Packet& packet, const Sink& sink);

    /// Hands out what the decoder still holds (end of a file). The decoder can be used again afterwards.
    void drain(const Sink& sink);

    /// Forgets everything; the next packet must be a keyframe.
    void flush() noexcept;

    /// What is not a keyframe is ignored.
    bool needsKey() const noexcept { return needs_key_; }

    std::uint64_t pictures() const noexcept { return pictures_; }
    std::uint64_t badPackets() const noexcept { return bad_packets_; }

  private:
    void receive(const Sink& sink);
    void hand(const Sink& sink);

    AvCodecContext context_;
    AvPacket packet_;
    AvFrame frame_;
    FrameConverter converter_;
    bool needs_key_ = true;
    std::int64_t last_pts_us_ = 0;
    Monotonic::time_point last_arrived_{};
    std::uint64_t pictures_ = 0;
    std::uint64_t bad_packets_ = 0;
};

}  // namespace porchlight::worker
