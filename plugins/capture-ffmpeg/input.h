/// One opened libav input: chooses the tracks, gives their packets on one time line.
#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <string>

#include "connection.h"
#include "libav/libav.h"
#include "porchlight/capture.h"
#include "stream/jpeg_finder.h"
#include "stream/picture_joiner.h"
#include "stream/silence.h"
#include "stream/timeline.h"

namespace porchlight::ffmpeg {

/// Owns: the connection. Thread: thread-bound (reader); `stop` may be set by any thread and ends every wait
/// within libav's own 100 ms slice.
class Input {
  public:
    /// Opens and prepares. Blocks until `stop` or `timeout` a step. Throws Error.
    Input(InputOptions options, const std::atomic<bool>& stop);

    /// The next packet of a chosen track; nothing at the end of a file. A new format may come with it:
    /// takeFormatChange(). Throws Error(Unavailable, BadData).
    std::optional<Packet> next();

    /// The format that begins with the packet returned last, once.
    std::optional<StreamFormat> takeFormatChange() noexcept { return std::exchange(changed_, std::nullopt); }

    const SourceInfo& info() const noexcept { return info_; }

  private:
    void analyse();
    void probe();
    void chooseTracks();
    void chooseAudio();
    void noteNewTracks();
    void takeFirstPicture();
    void applyFacts(const std::uint8_t* data, std::size_t size);
    bool hasMadeUpTimes() const noexcept;
    bool isOneLate() const noexcept;
    Timeline::Mode timelineMode() const noexcept;
    void describe();
    PacketPtr readRaw();
    PacketPtr readWhole();
    std::optional<Arrival> readNext();
    bool rewind();
    Packet convert(Arrival arrival);
    void noteNewExtradata(const AVPacket& packet);
    const Address& address() const noexcept { return connection_.options().address; }
    bool isRtsp() const noexcept { return address().kind == Address::Kind::Rtsp; }
    AVFormatContext& context() const noexcept { return connection_.context(); }
    AVStream& videoStream() const noexcept { return *context().streams[video_index_]; }

    Connection connection_;
    int video_index_ = -1;
    int audio_index_ = -1;
    unsigned known_tracks_ = 0;
    bool has_key_ = false;
    bool did_read_ = false;  ///< since the last rewind: an empty pass ends a loop
    std::string dropped_audio_;
    SourceInfo info_;
    Timeline timeline_{Timeline::Mode::File};
    PictureJoiner joiner_;
    Silence silence_;
    JpegEnds ends_;
    PacketPtr first_;  ///< read early to learn its size
    std::optional<StreamFormat> changed_;
};

}  // namespace porchlight::ffmpeg
