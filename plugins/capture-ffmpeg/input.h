/// One opened libav input: chooses the tracks, gives their packets on one time line.
#pragma once

#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "address.h"
#include "jpeg_stream.h"
#include "libav.h"
#include "own_host.h"
#include "picture_joiner.h"
#include "porchlight/capture.h"
#include "rtsp_way.h"
#include "timeline.h"

namespace porchlight::ffmpeg {

struct InputOptions {
    Address address;
    std::vector<std::string> hosts;  ///< the camera's, as numbers; empty for files
    Transport transport = Transport::Auto;
    bool wants_sound = true;
    bool is_looped = true;
    microseconds timeout{};  ///< longest silence of a network source
};

/// Owns: the AVFormatContext and everything libav opens for it. Thread: thread-bound (reader); `stop` may be
/// set by any thread and ends every wait within libav's own 100 ms slice.
class Input {
  public:
    /// Opens and prepares. Blocks until `stop` or `timeout` a step. Throws Error.
    Input(InputOptions options, const std::atomic<bool>& stop);

    /// The next packet of a chosen track; nothing at the end of a file. A new format may come with it:
    /// `formatChange`. Throws Error(Unavailable, BadData).
    std::optional<Packet> next();

    /// The format that begins with the packet returned last, once.
    std::optional<StreamFormat> takeFormatChange() noexcept { return std::exchange(changed_, std::nullopt); }

    const SourceInfo& info() const noexcept { return info_; }

  private:
    void openContext();
    void openRtsp();
    int tryOpen(RtspWay way);
    AVIOContext* openHttp(Options& options, int& result);
    [[noreturn]] void throwOpenError(int averror) const;
    Error steeredAway() const;
    void analyse();
    void probe();
    void chooseTracks();
    void chooseAudio();
    void takeFirstPicture();
    void applyFacts(const std::uint8_t* data, std::size_t size);
    Timeline::Mode timelineMode() const noexcept;
    void describe(const std::string& ignored_options);
    PacketPtr readRaw();
    PacketPtr readWhole();
    bool rewind();
    Packet convert(PacketPtr raw);
    void noteNewExtradata(const AVPacket& packet);
    AVStream& videoStream() const noexcept { return *context_->streams[video_index_]; }

    InputOptions options_;
    const std::atomic<bool>& stop_;
    HostGuard guard_;                    ///< libav asks it as long as context_ lives
    IoPtr answer_;                       ///< of an HTTP camera; context_ reads from it
    std::unique_ptr<JpegStream> jpegs_;  ///< the same, where it is a stream of JPEGs
    InputPtr context_;
    int video_index_ = -1;
    int audio_index_ = -1;
    bool has_key_ = false;
    bool did_read_ = false;  ///< since the last rewind: an empty pass ends a loop
    RtspWay way_;            ///< in which an RTSP camera gives its stream
    WayTrial trial_;         ///< over Transport::Auto
    std::string refused_sound_;
    std::string ignored_options_;
    std::string dropped_audio_;
    SourceInfo info_;
    Timeline timeline_{Timeline::Mode::File};
    PictureJoiner joiner_;
    PacketPtr first_;  ///< read early to learn its size
    std::optional<StreamFormat> changed_;
};

}  // namespace porchlight::ffmpeg
