/// What libav opens for an address, in the way in which the source gives its stream.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "libav/libav.h"
#include "own_rtsp.h"
#include "porchlight/time.h"
#include "reach/address.h"
#include "reach/own_host.h"
#include "reach/rtp_sieve.h"
#include "reach/rtsp_way.h"
#include "stream/arrival_tape.h"
#include "stream/jpeg_stream.h"

namespace porchlight::ffmpeg {

struct InputOptions {
    Address address;
    std::vector<std::string> hosts;  ///< the camera's, as numbers; empty for files
    Transport transport = Transport::Auto;
    bool wants_sound = true;
    bool is_looped = true;
    bool never_basic = false;  ///< RTSP by our own session alone: libavformat would answer Basic
    microseconds timeout{};    ///< longest silence of a network source
};

/// Owns: the AVFormatContext and everything libav opens for it. Thread: thread-bound (reader); `stop` may be
/// set by any thread and ends every wait within libav's own 100 ms slice.
class Connection {
  public:
    /// Opens. Blocks until `stop` or `timeout` a step. Throws Error.
    Connection(InputOptions options, const std::atomic<bool>& stop);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection() { sieve_.detach(); }

    /// Opens anew, from the beginning. Throws Error.
    void open();

    /// Nothing more will be connected to: the camera's host is no longer looked at.
    void settle() noexcept { guard_.rest(); }

    /// The next packet of any track. -> an averror, or 0. Throws Error(Misconfigured): the camera refers to
    /// another machine.
    int read(AVPacket& packet);

    /// When the bytes came that packets are made of; null: that is not known.
    ArrivalMarks* arrivals() const noexcept { return tape_ ? &tape_->marks() : nullptr; }

    /// For what libav says after the opening, too.
    [[noreturn]] void throwOpenError(int averror) const;

    const InputOptions& options() const noexcept { return options_; }
    AVFormatContext& context() const noexcept { return *context_; }
    bool isUdp() const noexcept { return way_.is_udp; }

    /// "404", what the camera answered to its sound track; empty: nothing was refused.
    const std::string& refusedSound() const noexcept { return refused_sound_; }

    /// Names that libavformat did not understand.
    const std::string& ignoredOptions() const noexcept { return ignored_options_; }

  private:
    void openRtsp();
    int tryRtsp(RtspWay way);
    bool mayBeOurs(int averror) const;
    int tryOwnRtsp(RtspWay way);
    int tryOpen(RtspWay way);
    AVIOContext* openHttp(Options& options, int& result);
    Error steeredAway(const std::string& place) const;
    int playOn();
    static int onFirst(void* self) noexcept;
    static int beforeRead(void* self) noexcept;
    static int betweenPackets(void* self) noexcept;

    const InputOptions options_;
    const std::atomic<bool>& stop_;
    HostGuard guard_;                     ///< libav asks it as long as context_ lives
    RtpSieve sieve_;                      ///< of RTP over UDP; the same
    IoPtr answer_;                        ///< of an HTTP camera; context_ reads from it
    std::unique_ptr<JpegStream> jpegs_;   ///< the same, where it is a stream of JPEGs
    std::unique_ptr<ArrivalTape> tape_;   ///< the same, of any other stream that is no file
    std::unique_ptr<OwnRtsp> own_;        ///< an RTSP camera over TCP; context_ reads from it
    AVFormatContext* opening_ = nullptr;  ///< over UDP, until its first connection is made
    InputPtr context_;
    RtspWay way_;                    ///< in which an RTSP camera gives its stream
    std::optional<WayTrial> trial_;  ///< over Transport::Auto
    Monotonic::time_point play_again_at_{};
    std::string refused_sound_;
    std::string ignored_options_;
};

}  // namespace porchlight::ffmpeg
