/// Requests and answers of RTSP over one connection, on which packets come between them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "porchlight/time.h"
#include "reach/wire.h"
#include "rtsp_login.h"
#include "rtsp_message.h"

namespace porchlight::ffmpeg {

/// What comes is received in large reads, as much as there is. Results are averrors, or 0: EPROTO for what is
/// no RTSP, those of the wire. Once that is cut off: EPIPE for all that is asked for or sent.
/// Answers to other requests than the last one are left out, unless the camera answers with numbers of its
/// own.
///
/// Owns: the wire, packets that came before the answer to a request (capped). Thread: thread-bound
/// (reader). Throws std::bad_alloc, and Error(Exhausted) where it asks.
class RtspTalk {
  public:
    /// `patience`: the longest that an answer may take. `login` outlives this.
    RtspTalk(std::unique_ptr<Wire> wire, RtspLogin& login, Monotonic::duration patience)
        : wire_(std::move(wire)), login_(login), patience_(patience) {}

    /// Asks and waits for the answer, `patience` at most for each of three; logs in where the camera wants
    /// that. Packets that come meanwhile are kept for next(), 1 MiB of them. `uri`: without user and
    /// password. `fields`: more lines of the head, each with its end. `answer`: its status is 0 where the
    /// last try had none.
    int ask(std::string_view method, const std::string& uri, const std::string& fields, RtspMessage& answer);

    /// Asks; the answer comes with next(). Blocks for 2 s at most.
    int tell(std::string_view method, const std::string& uri, const std::string& fields);

    /// Of a track that is set up: what its packets look like.
    void expect(int channel, std::string_view description) { cutter_.expect(channel, description); }

    /// The next packet or answer. A packet's data is valid until the next call of anything. Blocks until
    /// deadline.
    int next(Deadline deadline, RtspPiece& piece);

  private:
    struct Kept {
        int channel;
        std::vector<std::uint8_t> data;

        std::size_t bytes() const noexcept { return sizeof(Kept) + data.size(); }
    };

    bool isToLast(const RtspMessage& answer) const;
    int awaitAnswer(RtspMessage& answer);
    int hear(Deadline deadline, RtspPiece& piece);
    int receive(Deadline deadline);
    int refuse(const RtspMessage& request);
    void keep(const RtspPacket& packet);

    std::unique_ptr<Wire> wire_;
    RtspLogin& login_;
    const Monotonic::duration patience_;
    RtspCutter cutter_;
    std::deque<Kept> early_;
    std::size_t early_bytes_ = 0;  ///< with what they are kept in
    Kept given_{};                 ///< of early_, the last that next() gave
    unsigned sequence_ = 0;
    bool did_hear_ = false;  ///< a piece of RTSP
    bool counts_ = true;     ///< the camera: its answers say which request they are to
};

}  // namespace porchlight::ffmpeg
