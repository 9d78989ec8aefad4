/// Requests and answers of RTSP over one connection, on which packets come between them.
#pragma once

#include <atomic>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "porchlight/time.h"
#include "rtsp_login.h"
#include "rtsp_message.h"
#include "socket.h"

namespace porchlight::ffmpeg {

/// What comes is received in large reads, as much as the kernel has. Results are averrors, or 0: EOF,
/// ETIMEDOUT at a deadline, EPROTO for what is no RTSP, EXIT within 100 ms of `stop`, those of the socket.
///
/// Owns: the connection, packets that came before the answer to a request (capped). Thread: thread-bound
/// (reader).
class RtspTalk {
  public:
    RtspTalk(Socket socket, RtspLogin& login, const std::atomic<bool>& stop)
        : socket_(std::move(socket)), login_(login), stop_(stop) {}

    /// Asks and waits for the answer, 10 s at most; logs in where the camera wants that. `fields`: more lines
    /// of the head.
    int ask(std::string_view method, const std::string& uri, const std::string& fields, RtspMessage& answer);

    /// Asks; the answer comes with next().
    int tell(std::string_view method, const std::string& uri, const std::string& fields);

    /// The next packet or answer. A packet's data is valid until the next call of anything.
    int next(Deadline deadline, RtspPiece& piece);

    /// Blocks for 2 s at most.
    int send(const RtspPacket& packet);

  private:
    struct Kept {
        int channel;
        std::vector<std::uint8_t> data;
    };

    int awaitAnswer(RtspMessage& answer);
    int hear(Deadline deadline, RtspPiece& piece);
    int receive(Deadline deadline);
    int refuse(const RtspMessage& request);
    int send(std::string_view bytes);
    void keep(const RtspPacket& packet);

    Socket socket_;
    RtspLogin& login_;
    const std::atomic<bool>& stop_;
    RtspCutter cutter_;
    std::deque<Kept> early_;
    std::size_t early_bytes_ = 0;
    Kept given_{};  ///< of early_, the last that next() gave
    unsigned sequence_ = 0;
};

}  // namespace porchlight::ffmpeg
