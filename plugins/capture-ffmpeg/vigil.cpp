#include "vigil.h"

#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <memory>
#include <string>
#include <utility>

namespace porchlight::ffmpeg {
namespace {

using namespace std::chrono_literals;

constexpr auto kSlice = 100ms;
constexpr auto kAskEvery = 15s;
constexpr auto kConnectLimit = 2s;
constexpr auto kLeastLife = 2s;      ///< a camera that hangs up sooner does so on everybody
constexpr auto kBeforeSecond = 300ms;
constexpr int kMaxBelieved = 3;

/// Restarts that were only guessed, since the last time a camera of this process admitted us.
constinit std::atomic<int> believed{0};

class Socket {
  public:
    explicit Socket(int fd = -1) noexcept : fd_(fd) {}
    Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Socket& operator=(Socket&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Socket() {
        if (fd_ >= 0) ::close(fd_);
    }
    int fd() const noexcept { return fd_; }

  private:
    int fd_;
};

/// Waits in slices that hear `stop`. -> revents, 0 when the time is over
short waitFor(const Socket& socket, short events, Deadline deadline, const std::atomic<bool>& stop) {
    while (!stop && !deadline.isPast()) {
        pollfd entry{socket.fd(), events, 0};
        const auto slice = std::min<std::chrono::milliseconds>(deadline.remaining(), kSlice);
        if (::poll(&entry, 1, static_cast<int>(slice.count()) + 1) > 0) return entry.revents;
    }
    return 0;
}

bool isConnected(const Socket& socket, const addrinfo& to, Deadline deadline, const std::atomic<bool>& stop) {
    if (::connect(socket.fd(), to.ai_addr, to.ai_addrlen) == 0) return true;
    if (errno != EINPROGRESS || !(waitFor(socket, POLLOUT, deadline, stop) & POLLOUT)) return false;
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

/// No socket: nobody accepts. The host was found a moment ago: only its number is asked for, or a name that the resolver has.
Socket connectTo(const Address& address, const std::atomic<bool>& stop) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found) != 0) return Socket();
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
    const Deadline deadline = Deadline::in(kConnectLimit);
    for (const addrinfo* at = found; at && !stop; at = at->ai_next) {  // as the stream itself does
        Socket socket(::socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
        if (socket.fd() >= 0 && isConnected(socket, *at, deadline, stop)) return socket;
    }
    return Socket();
}

void ask(const Socket& socket, const Address& address, int number) noexcept {
    const std::string text = "OPTIONS rtsp://" + address.host + "/ RTSP/1.0\r\nCSeq: " + std::to_string(number) + "\r\n\r\n";
    // Lost where the camera does not take it: the next poll tells.
    (void)::send(socket.fd(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/// True when the other side hung up; false at the deadline and at `stop`.
bool awaitEnd(const Socket& socket, const Address& address, Deadline deadline, const std::atomic<bool>& stop) {
    for (int number = 1; !stop && !deadline.isPast(); ++number) {
        if (address.scheme == "rtsp") ask(socket, address, number);
        const Deadline next = Deadline(std::min(deadline.at(), Monotonic::now() + kAskEvery));
        while (const short events = waitFor(socket, POLLIN | POLLRDHUP, next, stop)) {
            if (events & (POLLRDHUP | POLLHUP | POLLERR)) return true;
            char answer[2048];
            if (::recv(socket.fd(), answer, sizeof answer, MSG_DONTWAIT) == 0) return true;
        }
    }
    return false;
}

}  // namespace

void forgetRestarts() noexcept { believed = 0; }

bool awaitRestart(const Address& address, Deadline deadline, const std::atomic<bool>& stop) {
    const Socket socket = connectTo(address, stop);
    if (stop) return false;
    if (socket.fd() < 0) return believed.fetch_add(1) < kMaxBelieved;
    const auto since = Monotonic::now();
    if (!awaitEnd(socket, address, deadline, stop)) return false;
    const bool was_long = Monotonic::now() - since >= kLeastLife;
    waitFor(Socket(), 0, Deadline::in(kBeforeSecond), stop);
    if (connectTo(address, stop).fd() < 0) return !stop;
    return was_long && believed.fetch_add(1) < kMaxBelieved;
}

}  // namespace porchlight::ffmpeg
