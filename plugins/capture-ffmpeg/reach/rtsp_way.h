/// The ways in which an RTSP camera may give its stream, and which of them each camera took.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "porchlight/time.h"

namespace porchlight::ffmpeg {

/// Http: RTP over TCP, through HTTP.
enum class Transport { Auto = 1, Tcp, Udp, Http };

/// One way to ask for a stream.
struct RtspWay {
    bool is_udp = false;
    bool has_sound = true;

    bool operator==(const RtspWay&) const = default;
};

/// The way to ask first: as the owner wishes it, else as the camera took it before, else over TCP, which
/// loses nothing. Any thread; never blocks.
RtspWay firstWay(const std::string& url, Transport wish, bool wants_sound);

/// What to ask next when the last of the ways `tried` failed; nothing: that failure stands. Cameras refuse a
/// transport with 461, some with 400, and some refuse their sound with whatever comes to their mind: pictures
/// matter more.
/// Pure.
std::optional<RtspWay> planNextWay(const std::vector<RtspWay>& tried, int averror, Transport wish);

/// What the camera refused, in words for the description; empty for an averror that is no refusal: "404".
/// Pure.
std::string refusalOf(int averror);

/// Whether libavformat alone understood the camera's RTSP, as long as this process lives. Any thread.
bool isLeftToLibavformat(const std::string& url);
void leaveToLibavformat(const std::string& url);

/// Opening over UDP came to nothing: unless packets came that way before, TCP is next. Any thread.
void noteFailedOverUdp(const std::string& url);

/// A stream that was set up in one way, and whether packets came. A camera that takes RTP over TCP and then
/// sends nothing, twice, is asked for UDP the next time that its URL is opened; over UDP it is asked once. So
/// on in turns, until packets came in one way: that one is kept as long as this process lives.
///
/// Thread: thread-bound (reader); what is remembered is shared by all.
class WayTrial {
  public:
    /// `since`: when it was set up.
    WayTrial(std::string url, bool is_udp, Monotonic::time_point since = Monotonic::now()) noexcept
        : url_(std::move(url)), is_udp_(is_udp), since_(since) {}
    WayTrial(const WayTrial&) = delete;
    WayTrial& operator=(const WayTrial&) = delete;
    ~WayTrial();

    /// Packets come in this way. Never blocks. Throws std::bad_alloc.
    void notePacket();

  private:
    const std::string url_;
    const bool is_udp_;
    const Monotonic::time_point since_;
    bool is_decided_ = false;  ///< packets came
};

}  // namespace porchlight::ffmpeg
