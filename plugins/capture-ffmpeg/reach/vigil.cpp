#include "vigil.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <string_view>

#include "socket.h"

namespace porchlight::ffmpeg {
namespace {

using namespace std::chrono_literals;

constexpr auto kAskEvery = 15s;
constexpr auto kLookEvery = 2s;
constexpr auto kLeastLife = 2s;  ///< a camera that hangs up sooner does so on everybody
constexpr auto kBeforeSecond = 300ms;
constexpr int kMaxBelieved = 3;

/// Restarts that were only guessed, since the last time a camera of this process admitted us.
constinit std::atomic<int> believed{0};

enum class Wanted { Restart = 1, Stream };
enum class Change { None = 1, HungUp, OtherAnswer, IsThere };

std::string questionFor(Wanted wanted, const Address& address, int number) {
    const std::string end = " RTSP/1.0\r\nCSeq: " + std::to_string(number) + "\r\n";
    if (wanted == Wanted::Restart) return "OPTIONS rtsp://" + address.host + "/" + end + "\r\n";
    return "DESCRIBE " + withoutLogin(address.url) + end + "Accept: application/sdp\r\n\r\n";
}

void ask(const Socket& socket, const std::string& text) noexcept {
    // Lost where the camera does not take it: the next poll tells.
    (void)::send(socket.fd(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

/// "404" of "RTSP/1.0 404 Not Found"; empty for what is no beginning of an answer.
std::string_view codeOf(std::string_view text) noexcept {
    return text.starts_with("RTSP/1.0 ") ? text.substr(9, 3) : std::string_view();
}

/// None at the deadline and at `stop`.
Change awaitChange(const Socket& socket, const Address& address, Wanted wanted, Deadline deadline,
                   const std::atomic<bool>& stop) {
    std::string first;
    for (int number = 1; !stop && !deadline.isPast(); ++number) {
        if (address.scheme == "rtsp") ask(socket, questionFor(wanted, address, number));
        const auto pause = wanted == Wanted::Stream ? kLookEvery : kAskEvery;
        const Deadline next = Deadline(std::min(deadline.at(), Monotonic::now() + pause));
        while (const short events = waitFor(socket, POLLIN | POLLRDHUP, next, stop)) {
            if (events & (POLLRDHUP | POLLHUP | POLLERR)) return Change::HungUp;
            char answer[2048];
            const ssize_t size = ::recv(socket.fd(), answer, sizeof answer, MSG_DONTWAIT);
            if (size == 0) return Change::HungUp;
            const std::string_view code =
                codeOf({answer, static_cast<std::size_t>(std::max<ssize_t>(size, 0))});
            if (wanted == Wanted::Restart || code.empty()) continue;
            if (!first.empty() && code != first) return Change::OtherAnswer;
            if (code == "200") return Change::IsThere;
            first = code;
        }
    }
    return Change::None;
}

bool isBelievedOnceMore() noexcept {
    return believed.fetch_add(1) < kMaxBelieved;
}

bool awaitWanted(Wanted wanted, const Address& address, Deadline deadline, const std::atomic<bool>& stop) {
    const Socket socket = connectTo(address, stop);
    if (stop) return false;
    if (socket.fd() < 0) return isBelievedOnceMore();
    const auto since = Monotonic::now();
    const Change change = awaitChange(socket, address, wanted, deadline, stop);
    if (change != Change::HungUp)
        return change == Change::OtherAnswer || (change == Change::IsThere && isBelievedOnceMore());
    const bool was_long = Monotonic::now() - since >= kLeastLife;
    waitFor(Socket(), 0, Deadline::in(kBeforeSecond), stop);
    if (connectTo(address, stop).fd() < 0) return !stop;
    return was_long && isBelievedOnceMore();
}

}  // namespace

void forgetRestarts() noexcept {
    believed = 0;
}

bool awaitRestart(const Address& address, Deadline deadline, const std::atomic<bool>& stop) {
    return awaitWanted(Wanted::Restart, address, deadline, stop);
}

bool awaitStream(const Address& address, Deadline deadline, const std::atomic<bool>& stop) {
    return awaitWanted(Wanted::Stream, address, deadline, stop);
}

}  // namespace porchlight::ffmpeg
