/// libavformat's fragmented MP4 muxer writing to memory.
#pragma once

#include <vector>

#include "base/bytes.h"
#include "worker/stream/libav.h"

struct AVFormatContext;
struct AVIOContext;

namespace porchlight::worker {

/// A packet with its place on the muxer's time line.
struct PlacedPacket {
    Packet packet;
    std::int64_t dts_us = 0;
    std::int64_t pts_us = 0;
};

/// One epoch's muxer: initialisation segment at construction, then one moof + mdat at a time. **Owns** its
/// libav contexts. **Thread**: thread-bound. Payloads are passed through; video time base 1/90000.
class Mp4Muxer {
  public:
    /// Throws Error(BadData) when the format cannot be muxed (no size, no or damaged parameter sets).
    explicit Mp4Muxer(const StreamFormat& format);
    ~Mp4Muxer();
    Mp4Muxer(const Mp4Muxer&) = delete;
    Mp4Muxer& operator=(const Mp4Muxer&) = delete;

    const base::Bytes& init() const noexcept { return init_; }

    /// One fragment. `video_end_us` and `audio_end_us` are the decode times at which the next packet of the
    /// track follows. Throws Error(BadData).
    base::Bytes write(const std::vector<PlacedPacket>& video, std::int64_t video_end_us,
                      const std::vector<PlacedPacket>& audio, std::int64_t audio_end_us);

  private:
    void addVideo(const StreamFormat& format);
    void addAudio(const StreamFormat& format);
    void writeTrack(int stream, const std::vector<PlacedPacket>& packets, std::int64_t end_us);
    void release() noexcept;

    AVFormatContext* context_ = nullptr;
    AVIOContext* io_ = nullptr;
    AvPacket packet_;
    base::Bytes out_;
    base::Bytes init_;
};

}  // namespace porchlight::worker
