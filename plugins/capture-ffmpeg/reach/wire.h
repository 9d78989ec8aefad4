/// What carries the bytes of a conversation with a camera.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "porchlight/time.h"
#include "socket.h"

namespace porchlight::ffmpeg {

/// A connection in both directions. Results are averrors: EXIT within 100 ms of the `stop` that it was made
/// with, ETIMEDOUT at a deadline, EOF where the camera hung up, those of the socket.
///
/// What was sent in part cannot be followed by anything: then it is cut off, and nothing more is sent.
/// Thread: thread-bound (reader).
class Wire {
  public:
    Wire() = default;
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;
    virtual ~Wire() = default;

    /// What there is, a byte at least. Blocks until deadline. -> its size, or an averror
    virtual int receive(std::span<std::uint8_t> room, Deadline deadline) = 0;

    /// All of it. Blocks until deadline. -> an averror, or 0; EPIPE where it is cut off
    virtual int send(std::string_view bytes, Deadline deadline) = 0;

    /// Whether the kernel takes bytes now. Never blocks.
    virtual bool takesBytes() = 0;

    virtual bool isCutOff() const noexcept = 0;
};

/// A connection of TCP. Owns: the socket.
class TcpWire final : public Wire {
  public:
    /// `socket`: connected. `stop` outlives this.
    TcpWire(Socket socket, const std::atomic<bool>& stop) : socket_(std::move(socket)), stop_(stop) {}

    int receive(std::span<std::uint8_t> room, Deadline deadline) override;
    int send(std::string_view bytes, Deadline deadline) override;
    bool takesBytes() override;
    bool isCutOff() const noexcept override { return is_cut_off_; }

  private:
    Socket socket_;
    const std::atomic<bool>& stop_;
    bool is_cut_off_ = false;
};

/// Whether there is room for more in what the kernel sends. Never blocks.
bool isWritable(const Socket& socket) noexcept;

}  // namespace porchlight::ffmpeg
