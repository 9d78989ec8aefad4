#include "vigil.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
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

/// "404" of "RTSP/1.0 404 Not Found"; empty for what is no beginning of an answer.
std::string_view codeOf(std::string_view text) noexcept {
    return text.starts_with("RTSP/1.0 ") ? text.substr(9, 3) : std::string_view();
}

/// One connection after the other to a camera, and what it answered.
class Vigil {
  public:
    Vigil(const Address& address, Wanted wanted, const std::atomic<bool>& stop)
        : address_(address), wanted_(wanted), stop_(stop) {}

    /// Until the connection ends, at the longest. None at the deadline and at `stop`.
    Change awaitChange(const Socket& socket, Deadline deadline);

    /// Whether the camera says how the stream is: one that hangs up behind its answer can be asked again.
    bool isToldOfStream() const noexcept { return wanted_ == Wanted::Stream && !first_.empty(); }

  private:
    void ask(const Socket& socket);
    Change hear(const Socket& socket);
    Change judge(std::string_view code);

    const Address& address_;
    Wanted wanted_;
    const std::atomic<bool>& stop_;
    std::string first_;  ///< what it answered first
    int number_ = 0;     ///< of questions
};

void Vigil::ask(const Socket& socket) {
    if (address_.scheme != "rtsp") return;
    const std::string text = questionFor(wanted_, address_, ++number_);
    // Lost where the camera does not take it: the next poll tells.
    (void)::send(socket.fd(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

Change Vigil::awaitChange(const Socket& socket, Deadline deadline) {
    while (!stop_ && !deadline.isPast()) {
        ask(socket);
        const Deadline next =
            deadline.within(wanted_ == Wanted::Stream ? Monotonic::duration(kLookEvery) : kAskEvery);
        while (waitFor(socket, POLLIN | POLLRDHUP, next, stop_) != 0)
            if (const Change change = hear(socket); change != Change::None) return change;
    }
    return Change::None;
}

/// What was said before the connection ended counts first.
Change Vigil::hear(const Socket& socket) {
    char answer[2048];
    const ssize_t size = ::recv(socket.fd(), answer, sizeof answer, MSG_DONTWAIT);
    if (size < 0) return errno == EAGAIN || errno == EINTR ? Change::None : Change::HungUp;
    if (size == 0) return Change::HungUp;
    return judge(codeOf({answer, static_cast<std::size_t>(size)}));
}

Change Vigil::judge(std::string_view code) {
    if (wanted_ == Wanted::Restart || code.empty()) return Change::None;
    if (code == "200") return Change::IsThere;
    if (!first_.empty()) return code == first_ ? Change::None : Change::OtherAnswer;
    first_ = code;
    if (code == "401")
        wanted_ = Wanted::Restart;  // it tells nobody without a password, and may count who asks
    return Change::None;
}

bool isBelievedOnceMore() noexcept {
    return believed.fetch_add(1) < kMaxBelieved;
}

bool awaitWanted(Wanted wanted, const Address& address, Deadline deadline, const std::atomic<bool>& stop) {
    Vigil vigil(address, wanted, stop);
    for (bool is_first = true; !stop && !deadline.isPast(); is_first = false) {
        const auto since = Monotonic::now();
        const Socket socket = connectTo(address, stop);
        if (stop) return false;
        if (socket.fd() < 0) return !is_first || isBelievedOnceMore();
        const Change change = vigil.awaitChange(socket, deadline);
        if (change == Change::IsThere) return isBelievedOnceMore();
        if (change != Change::HungUp) return change == Change::OtherAnswer;
        const auto life = Monotonic::now() - since;
        if (vigil.isToldOfStream()) {
            const auto pause = std::max<Monotonic::duration>(kLookEvery - life, kBeforeSecond);
            waitFor(Socket(), 0, deadline.within(pause), stop);
            continue;
        }
        waitFor(Socket(), 0, Deadline::in(kBeforeSecond), stop);
        if (connectTo(address, stop).fd() < 0) return !stop;
        return life >= kLeastLife && isBelievedOnceMore();
    }
    return false;
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
