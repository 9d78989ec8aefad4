#include "wire.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "libav/libav.h"

namespace porchlight::ffmpeg {

int TcpWire::receive(std::span<std::uint8_t> room, Deadline deadline) {
    while (true) {
        if (waitFor(socket_, POLLIN, deadline, stop_) == 0) return stop_ ? AVERROR_EXIT : AVERROR(ETIMEDOUT);
        const ssize_t size = ::recv(socket_.fd(), room.data(), room.size(), MSG_DONTWAIT);
        if (size > 0) return static_cast<int>(size);
        if (size == 0) return AVERROR_EOF;
        if (errno != EAGAIN && errno != EINTR) return AVERROR(errno);
    }
}

int TcpWire::send(std::string_view bytes, Deadline deadline) {
    if (is_cut_off_) return AVERROR(EPIPE);
    const std::size_t whole = bytes.size();
    while (!bytes.empty()) {
        const ssize_t size = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (size > 0) bytes.remove_prefix(static_cast<std::size_t>(size));
        if (size >= 0) continue;
        const int error = errno;
        const bool may_go_on = error == EAGAIN || error == EINTR;
        if (may_go_on && waitFor(socket_, POLLOUT, deadline, stop_) != 0) continue;
        is_cut_off_ = bytes.size() < whole;
        if (!may_go_on) return AVERROR(error);
        return stop_ ? AVERROR_EXIT : AVERROR(ETIMEDOUT);
    }
    return 0;
}

bool TcpWire::takesBytes() {
    return isWritable(socket_);
}

bool isWritable(const Socket& socket) noexcept {
    pollfd entry{socket.fd(), POLLOUT, 0};
    return ::poll(&entry, 1, 0) > 0;
}

}  // namespace porchlight::ffmpeg
