/// A framed, non-blocking message channel over a stream socket.
#pragma once

#include <deque>
#include <optional>

#include "base/fd.h"
#include "ipc/message.h"

namespace porchlight::ipc {

/// One end of a socketpair. **Owns** the socket. **Thread**: thread-bound to the thread that polls it;
/// nothing blocks.
///
/// Memory is bounded: one message being read (8 MiB at most) and an outbox capped in bytes.
class Channel {
  public:
    /// Takes a connected stream socket and makes it non-blocking.
    Channel(base::Fd socket, std::size_t outbox_max_bytes);

    int fd() const noexcept { return socket_.get(); }

    /// POLLIN, plus POLLOUT while something waits to be written.
    short wantedEvents() const noexcept;

    /// Reads what is there and returns the next whole message, if there is one; call until it returns
    /// nothing. Throws Error(BadData) for garbage (the peer must be killed), Error(Unavailable) at end of
    /// file.
    std::optional<Message> receive();

    /// Queues a message and writes as much as goes. False when the outbox is full: the message is dropped.
    /// Throws Error(Unavailable) when the peer is gone.
    bool send(const Message& message);

    /// Writes queued bytes after POLLOUT. Throws Error(Unavailable) when the peer is gone.
    void flush();

    std::size_t outboxBytes() const noexcept { return outbox_bytes_; }

    /// Bytes that were sent, or wait to be, and that the peer has not read yet.
    std::size_t unreadBytes() const noexcept;

    /// Length of the message that receive() returned last.
    std::size_t lastBytes() const noexcept { return last_bytes_; }

    /// A connected pair (both ends CLOEXEC). Throws Error(Exhausted).
    static std::pair<base::Fd, base::Fd> socketPair();

  private:
    bool readMore(std::size_t wanted);

    base::Fd socket_;
    const std::size_t outbox_max_bytes_;
    std::deque<base::Bytes> outbox_;
    std::size_t outbox_bytes_ = 0;
    std::size_t outbox_done_ = 0;  ///< bytes of outbox_.front() already written
    base::Bytes inbox_;
    std::size_t inbox_used_ = 0;
    std::size_t last_bytes_ = 0;
    std::uint64_t sent_ = 0;
};

}  // namespace porchlight::ipc
