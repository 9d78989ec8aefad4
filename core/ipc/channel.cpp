#include "ipc/channel.h"

#include <fcntl.h>
#include <linux/sockios.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <cerrno>

namespace porchlight::ipc {
namespace {

constexpr std::size_t kReadAheadBytes = 64U << 10U;
constexpr std::size_t kInboxKeepBytes = 1U << 20U;  ///< a larger buffer is given back after use

}  // namespace

std::pair<base::Fd, base::Fd> Channel::socketPair() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0)
        throw base::errnoError("make a socket pair", errno);
    return {base::Fd(ends[0]), base::Fd(ends[1])};
}

Channel::Channel(base::Fd socket, std::size_t outbox_max_bytes)
    : socket_(std::move(socket)), outbox_max_bytes_(outbox_max_bytes) {
    const int flags = ::fcntl(socket_.get(), F_GETFL);
    if (flags < 0 || ::fcntl(socket_.get(), F_SETFL, flags | O_NONBLOCK) != 0)
        throw base::errnoError("make a channel non-blocking", errno);
}

short Channel::wantedEvents() const noexcept {
    return static_cast<short>(outbox_.empty() ? POLLIN : POLLIN | POLLOUT);
}

/// Reads until `wanted` bytes are in the inbox; false when the socket has no more for now.
bool Channel::readMore(std::size_t wanted) {
    while (inbox_used_ < wanted) {
        const std::size_t room = std::max(wanted, inbox_used_ + kReadAheadBytes);
        if (inbox_.size() < room) inbox_.resize(room);
        const ssize_t n = ::recv(socket_.get(), inbox_.data() + inbox_used_, inbox_.size() - inbox_used_, 0);
        if (n > 0) {
            inbox_used_ += static_cast<std::size_t>(n);
        } else if (n == 0 || errno == ECONNRESET) {
            throw Error(ErrorKind::Unavailable, "the other end is gone");
        } else if (errno == EAGAIN) {
            return false;
        } else if (errno != EINTR) {
            throw base::errnoError("read from a channel", errno);
        }
    }
    return true;
}

std::optional<Message> Channel::receive() {
    if (inbox_used_ < kHeaderBytes && !readMore(kHeaderBytes)) return std::nullopt;
    const std::size_t total = kHeaderBytes + payloadLength(std::span(inbox_).first(kHeaderBytes));
    if (inbox_used_ < total && !readMore(total)) return std::nullopt;
    const std::span<const std::uint8_t> all(inbox_.data(), total);
    Message message = decode(all.first(kHeaderBytes), all.subspan(kHeaderBytes));
    std::memmove(inbox_.data(), inbox_.data() + total, inbox_used_ - total);
    inbox_used_ -= total;
    last_bytes_ = total;
    if (inbox_.size() > kInboxKeepBytes && inbox_used_ < kReadAheadBytes) {
        inbox_.resize(kReadAheadBytes);
        inbox_.shrink_to_fit();
    }
    return message;
}

std::size_t Channel::unreadBytes() const noexcept {
    int unread = 0;
    if (::ioctl(socket_.get(), SIOCOUTQ, &unread) != 0 || unread < 0) unread = 0;
    return outbox_bytes_ + static_cast<std::size_t>(unread);
}

bool Channel::send(const Message& message) {
    base::Bytes bytes = encode(message, sent_);
    if (outbox_bytes_ + bytes.size() > outbox_max_bytes_) return false;
    ++sent_;
    outbox_bytes_ += bytes.size();
    outbox_.push_back(std::move(bytes));
    flush();
    return true;
}

void Channel::flush() {
    while (!outbox_.empty()) {
        const base::Bytes& front = outbox_.front();
        const ssize_t n =
            ::send(socket_.get(), front.data() + outbox_done_, front.size() - outbox_done_, MSG_NOSIGNAL);
        if (n < 0) {
            if (errno == EAGAIN) return;
            if (errno == EINTR) continue;
            throw Error(ErrorKind::Unavailable, "the other end is gone");
        }
        outbox_done_ += static_cast<std::size_t>(n);
        if (outbox_done_ < front.size()) continue;
        outbox_bytes_ -= front.size();
        outbox_done_ = 0;
        outbox_.pop_front();
    }
}

}  // namespace porchlight::ipc
