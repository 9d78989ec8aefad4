#include "rtp_sieve.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cstring>
#include <ctime>
#include <utility>

#include "libav/rtp.h"
#include "socket.h"

namespace porchlight::ffmpeg {
namespace {

constexpr int kMaxDescriptor = 256;  // a worker that decodes has 64
constexpr int kRemembered = 64;      ///< packets: what comes twice comes soon
constexpr int kTooLow = 1'000;       ///< the same source, which counts anew
constexpr milliseconds kLongestDoubt{500};
constexpr int kPauseMs = 2;

/// 0: none of the internet.
int localPort(int fd) noexcept {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
    if (address.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
    if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
    return 0;
}

std::int64_t stampOf(msghdr& message) noexcept {
    for (cmsghdr* part = CMSG_FIRSTHDR(&message); part != nullptr; part = CMSG_NXTHDR(&message, part)) {
        if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SO_TIMESTAMPNS) continue;
        timespec at{};
        std::memcpy(&at, CMSG_DATA(part), sizeof at);
        return std::int64_t{at.tv_sec} * 1'000'000'000 + at.tv_nsec;
    }
    return 0;
}

}  // namespace

struct RtpSieve::Head {
    std::int64_t came_at_ns = 0;
    int bytes = 0;
    bool is_rtp = false;
    std::uint16_t number = 0;
    std::uint32_t source = 0;
};

RtpNumbers::Verdict RtpNumbers::note(std::uint32_t source, std::uint16_t number) noexcept {
    if (!has_source_ || isSecond(source, number)) return begin(source, number);
    const auto ahead = static_cast<std::int16_t>(number - highest_);
    is_in_doubt_ = source != source_ || -ahead > kTooLow;
    if (is_in_doubt_) {
        doubtful_source_ = source;
        doubtful_ = number;
        return Verdict::Doubtful;
    }
    if (ahead > 0) {
        came_ = ahead < kRemembered ? came_ << static_cast<unsigned>(ahead) | 1U : 1U;
        highest_ = number;
        return Verdict::Fresh;
    }
    if (-ahead >= kRemembered) return Verdict::Fresh;
    const std::uint64_t bit = std::uint64_t{1} << static_cast<unsigned>(-ahead);
    return std::exchange(came_, came_ | bit) & bit ? Verdict::Twice : Verdict::Fresh;
}

bool RtpNumbers::isSecond(std::uint32_t source, std::uint16_t number) const noexcept {
    const auto ahead = static_cast<std::int16_t>(number - doubtful_);
    return is_in_doubt_ && source == doubtful_source_ && ahead != 0 && ahead <= kTooLow && -ahead <= kTooLow;
}

RtpNumbers::Verdict RtpNumbers::begin(std::uint32_t source, std::uint16_t number) noexcept {
    const bool is_lower = has_source_ && static_cast<std::int16_t>(number - highest_) <= 0;
    *this = {};
    has_source_ = true;
    source_ = source;
    highest_ = number;
    came_ = 1;
    return is_lower ? Verdict::NewSource : Verdict::Fresh;
}

void RtpSieve::begin() {
    detach();
    has_new_source_ = false;
    old_.clear();
    for (int fd = 0; fd < kMaxDescriptor; ++fd)
        if (const ino_t socket = socketAt(fd, SOCK_DGRAM)) old_.insert(socket);
}

void RtpSieve::attach(std::size_t count) {
    for (int fd = 0; fd < kMaxDescriptor; ++fd) {
        const ino_t socket = socketAt(fd, SOCK_DGRAM);
        const int port = socket == 0 || old_.contains(socket) ? 0 : localPort(fd);
        if (port == 0 || port % 2 != 0) continue;  // reports come to the odd one
        const int on = 1;
        if (::setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) == 0) tracks_.emplace_back().fd = fd;
    }
    if (tracks_.size() != count) detach();
}

/// The packet that is to be read next; it stays there. Nothing: there is none.
std::optional<RtpSieve::Head> RtpSieve::headAt(int fd) noexcept {
    std::array<std::uint8_t, 12> bytes{};
    alignas(cmsghdr) std::array<char, 128> control{};
    iovec part{bytes.data(), bytes.size()};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const ssize_t size = ::recvmsg(fd, &message, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
    if (size < 0) return std::nullopt;
    Head head;
    head.came_at_ns = stampOf(message);
    head.bytes = static_cast<int>(size);
    head.is_rtp = size >= static_cast<ssize_t>(bytes.size()) && bytes[0] >> 6U == 2 && !isReport(bytes);
    head.number = static_cast<std::uint16_t>(bytes[2] << 8U | bytes[3]);
    for (std::size_t i = 8; i < 12; ++i) head.source = head.source << 8U | bytes[i];
    return head;
}

/// The same of the one behind it. `bytes`: of the one that is to be read next.
std::optional<RtpSieve::Head> RtpSieve::headBehind(int fd, int bytes) noexcept {
    if (::setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &bytes, sizeof bytes) != 0) return std::nullopt;
    const auto head = headAt(fd);
    const int none = -1;
    ::setsockopt(fd, SOL_SOCKET, SO_PEEK_OFF, &none, sizeof none);
    return head;
}

RtpSieve::Fate RtpSieve::fateOf(Track& track, const Head& head) noexcept {
    // Two packets alike are two when they came at two times.
    const bool is_known = head.came_at_ns == track.looked_at_ns;
    track.looked_at_ns = head.came_at_ns;
    if (!is_known) track.is_waiting = false;
    if (is_known) return track.is_waiting ? fateOfDoubtful(track, head) : Fate::Read;
    if (!head.is_rtp) return Fate::Read;
    switch (track.numbers.note(head.source, head.number)) {
        case RtpNumbers::Verdict::Twice:
            return Fate::Take;
        case RtpNumbers::Verdict::Doubtful:
            track.waits_since = Monotonic::now();
            return fateOfDoubtful(track, head);
        case RtpNumbers::Verdict::NewSource:
            has_new_source_ = true;
            return Fate::Read;
        case RtpNumbers::Verdict::Fresh:
            break;
    }
    return Fate::Read;
}

RtpSieve::Fate RtpSieve::fateOfDoubtful(Track& track, const Head& head) noexcept {
    const auto next = headBehind(track.fd, head.bytes);
    track.is_waiting = !next && Monotonic::now() - track.waits_since < kLongestDoubt;
    if (track.is_waiting) return Fate::Wait;
    if (!next || !next->is_rtp || !track.numbers.isSecond(next->source, next->number)) return Fate::Take;
    if (track.numbers.believe() == RtpNumbers::Verdict::NewSource) has_new_source_ = true;
    return Fate::Read;
}

/// Takes away what is not to be read. True: nothing else is there, or what is there waits.
bool RtpSieve::empties(Track& track) noexcept {
    bool did_take = false;
    while (const auto head = headAt(track.fd)) {
        const Fate fate = fateOf(track, *head);
        if (fate != Fate::Take) return fate == Fate::Wait;
        char taken = 0;
        if (::recv(track.fd, &taken, sizeof taken, MSG_DONTWAIT) < 0) return false;
        did_take = true;
    }
    return did_take;
}

bool RtpSieve::sift() noexcept {
    bool is_empty = false;
    bool is_waiting = false;
    for (Track& track : tracks_) {
        if (empties(track)) is_empty = true;
        is_waiting |= track.is_waiting;
    }
    if (is_waiting) ::poll(nullptr, 0, kPauseMs);  // libav asks at once again
    return is_empty || has_new_source_;
}

bool RtpSieve::takeNewSource() noexcept {
    return std::exchange(has_new_source_, false);
}

}  // namespace porchlight::ffmpeg
