/// An RTSP camera without libavformat's RTSP: a session of our own, whose packets its depacketizers take.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "libav/libav.h"
#include "porchlight/time.h"
#include "rtsp/rtsp_session.h"
#include "stream/rtp_feed.h"

namespace porchlight::ffmpeg {

/// Owns: the session, and what an opened context reads from: the context must be gone first.
/// Thread: thread-bound (reader); `stop` may be set by any thread and ends every wait within 100 ms.
class OwnRtsp final : private RtpSource {
  public:
    /// Connects to nothing yet. `is_tunnelled`: through HTTP.
    OwnRtsp(const Address& address, const std::vector<std::string>& hosts, Monotonic::duration silence,
            const std::atomic<bool>& stop, bool is_tunnelled)
        : session_(address, hosts, silence, stop, is_tunnelled), feed_(*this) {}

    /// Before open(): the camera is never told the password itself.
    void neverAnswerBasic() noexcept { session_.neverAnswerBasic(); }

    /// -> an averror, or 0. Throws Error.
    int open(bool wants_sound, Options& options, InputPtr& opened);

    const RtspSession& session() const noexcept { return session_; }

  private:
    int next(Packet& packet) override;

    RtspSession session_;
    RtpFeed feed_;
};

}  // namespace porchlight::ffmpeg
