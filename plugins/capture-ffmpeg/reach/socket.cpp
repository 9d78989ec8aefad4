#include "socket.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <string>

namespace porchlight::ffmpeg {
namespace {

using namespace std::chrono_literals;

constexpr auto kPoll = 100ms;

/// -> 0, or an errno
int connectIt(const Socket& socket, const addrinfo& to, Deadline deadline, const std::atomic<bool>& stop) {
    if (::connect(socket.fd(), to.ai_addr, to.ai_addrlen) == 0) return 0;
    if (errno != EINPROGRESS) return errno;
    if (waitFor(socket, POLLOUT, deadline, stop) == 0) return ETIMEDOUT;
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

}  // namespace

ino_t socketAt(int fd, int type) noexcept {
    struct stat about {};
    int its_type = 0;
    socklen_t size = sizeof its_type;
    if (::fstat(fd, &about) != 0 || !S_ISSOCK(about.st_mode)) return 0;
    if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &its_type, &size) != 0 || its_type != type) return 0;
    return about.st_ino;
}

short waitFor(const Socket& socket, short events, Deadline deadline, const std::atomic<bool>& stop) {
    while (!stop && !deadline.isPast()) {
        pollfd entry{socket.fd(), events, 0};
        const auto slice = std::min<std::chrono::milliseconds>(deadline.remaining(), kPoll);
        if (::poll(&entry, 1, static_cast<int>(slice.count()) + 1) > 0) return entry.revents;
    }
    return 0;
}

Socket connectTo(const Address& address, const std::atomic<bool>& stop, Monotonic::duration limit) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found) != 0)
        return Socket(-EHOSTUNREACH);
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
    const Deadline deadline = Deadline::in(limit);
    int error = ETIMEDOUT;
    for (const addrinfo* at = found; at && !stop; at = at->ai_next) {  // as the stream itself does
        Socket socket(::socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        error = socket.fd() < 0 ? errno : connectIt(socket, *at, deadline, stop);
        if (error == 0) return socket;
    }
    return Socket(-error);
}

Socket connectToOneOf(const std::vector<std::string>& hosts, Address address, Deadline deadline,
                      const std::atomic<bool>& stop) {
    Socket socket(-ETIMEDOUT);
    for (std::size_t i = 0; i < hosts.size() && !deadline.isPast(); ++i) {
        address.host = hosts[i];
        const auto share = deadline.remaining() / static_cast<int>(hosts.size() - i);
        socket = connectTo(address, stop, std::max<Monotonic::duration>(share, kConnectLimit));
        if (socket.fd() >= 0) break;
    }
    return socket;
}

Heard ask(const Socket& socket, std::string_view request, std::string_view end, std::size_t limit,
          Deadline deadline, const std::atomic<bool>& stop) {
    if (::send(socket.fd(), request.data(), request.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return {{}, true};
    Heard heard;
    while (heard.text.find(end) == std::string::npos && heard.text.size() < limit) {
        if (waitFor(socket, POLLIN | POLLRDHUP, deadline, stop) == 0) return heard;
        char block[1024];
        const ssize_t size = ::recv(socket.fd(), block, sizeof block, MSG_DONTWAIT);
        if (size <= 0) {
            heard.did_hang_up = true;
            return heard;
        }
        heard.text.append(block, static_cast<std::size_t>(size));
    }
    return heard;
}

}  // namespace porchlight::ffmpeg
