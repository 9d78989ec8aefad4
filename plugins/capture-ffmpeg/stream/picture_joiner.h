/// Puts keyframes together that libav took apart.
#pragma once

#include <cstdint>
#include <deque>
#include <span>

#include "libav/libav.h"
#include "porchlight/media.h"

namespace porchlight::ffmpeg {

/// Whether the first slice in Annex B data begins a picture: first_mb_in_slice is 0 (H.264, 7.3.3),
/// first_slice_segment_in_pic_flag is set (H.265, 7.3.6.1). True also when there is no slice in it. Pure;
/// bytes may be hostile.
bool beginsPicture(Codec codec, std::span<const std::uint8_t> data) noexcept;

/// Cameras built on GStreamer put parameter sets before each slice of a keyframe, and libav's parser then
/// makes a picture of each slice. So keyframes wait for the packet that follows them, which may be their
/// rest; once some came whole, none waits any more.
///
/// Thread: thread-bound (reader).
class PictureJoiner {
  public:
    /// `codec`: of the video; None joins nothing.
    explicit PictureJoiner(Codec codec = Codec::None) noexcept : codec_(codec) {}

    /// Throws Error(Exhausted).
    void push(PacketPtr packet, bool is_video);

    /// The next packet that is ready, or null.
    PacketPtr pop() noexcept;

    /// Nothing follows: what is held is ready.
    void flush();

  private:
    bool join(const AVPacket& more);
    bool mayBeSplit(const AVPacket& packet) const noexcept;

    Codec codec_;
    PacketPtr held_;
    std::deque<PacketPtr> ready_;
    int whole_keys_ = 0;
    bool has_split_ = false;
};

}  // namespace porchlight::ffmpeg
