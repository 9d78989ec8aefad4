#include "vigil.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "socket.h"

namespace porchlight::ffmpeg {
namespace {

using namespace std::chrono_literals;

constexpr auto kAskEvery = 15s;
constexpr auto kLeastLife = 2s;  ///< a camera that hangs up sooner does so on everybody
constexpr auto kBeforeSecond = 300ms;
constexpr int kMaxBelieved = 3;

/// Restarts that were only guessed, since the last time a camera of this process admitted us.
constinit std::atomic<int> believed{0};

void ask(const Socket& socket, const Address& address, int number) noexcept {
    const std::string text =
        "OPTIONS rtsp://" + address.host + "/ RTSP/1.0\r\nCSeq: " + std::to_string(number) + "\r\n\r\n";
    // Lost where the camera does not take it: the next poll tells.
    (void)::send(socket.fd(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/// True when the other side hung up; false at the deadline and at `stop`.
bool awaitEnd(const Socket& socket, const Address& address, Deadline deadline,
              const std::atomic<bool>& stop) {
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

void forgetRestarts() noexcept {
    believed = 0;
}

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
