/// Packets of RTP that somebody else received, through libavformat's depacketizers.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "libav/libav.h"
#include "rtp_track.h"

namespace porchlight::ffmpeg {

/// Where the packets come from. Results are averrors, or 0.
class RtpSource {
  public:
    struct Packet {
        int channel = 0;
        std::span<const std::uint8_t> data;
    };

    virtual ~RtpSource() = default;

    /// The next packet of any channel; its data is valid until the next call of anything.
    virtual int next(Packet& packet) = 0;
};

/// libavformat's demuxer `sdp` with packets out of memory: one each time it reads. What is no packet of a
/// track that was added is left out; so are its reports, which its own RTSP does not send over TCP either: a
/// camera that never reads would hold up the reader, and some hang up at the first. A track that is alone
/// needs no reports of the camera either: they say how it stands beside others, and each change of the
/// camera's clock would move its pictures.
///
/// Owns: the two contexts that the demuxer reads from: it must be gone first. Thread: thread-bound (reader).
class RtpFeed {
  public:
    explicit RtpFeed(RtpSource& source) : source_(source) {}
    ~RtpFeed();
    RtpFeed(const RtpFeed&) = delete;
    RtpFeed& operator=(const RtpFeed&) = delete;

    /// `description`: the lines of a track in the camera's SDP, from "m=" on. Before open().
    void addTrack(std::string_view description, int channel);

    /// -> an averror, or 0. Throws Error(Exhausted).
    int open(Options& options, InputPtr& opened);

  private:
    static int readDescription(void* self, std::uint8_t* to, int size) noexcept;
    static int readPacket(void* self, std::uint8_t* to, int size) noexcept;
#if LIBAVFORMAT_VERSION_MAJOR >= 61
    static int leaveOut(void*, const std::uint8_t*, int size) noexcept;
#else
    static int leaveOut(void*, std::uint8_t*, int size) noexcept;
#endif

    int fill(std::span<std::uint8_t> to);
    int give(std::span<const std::uint8_t> data, std::span<std::uint8_t> to);
    int take(RtpTrack& track, std::span<const std::uint8_t> data, std::span<std::uint8_t> to);
    RtpTrack* trackOf(int channel) noexcept;
    bool isShared(const RtpTrack& track) const noexcept;

    RtpSource& source_;
    std::vector<RtpTrack> tracks_;
    std::vector<int> taken_types_;
    std::string description_;
    std::size_t described_ = 0;  ///< of description_, given out
    AVIOContext* words_ = nullptr;
    AVIOContext* packets_ = nullptr;
    RtpTrack* late_ = nullptr;  ///< its report was waiting for its first media, and is next
};

}  // namespace porchlight::ffmpeg
