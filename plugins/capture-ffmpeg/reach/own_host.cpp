#include "own_host.h"

#include <fcntl.h>
#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "porchlight/mutex.h"
#include "socket.h"

namespace porchlight::ffmpeg {
namespace {

constexpr int kMaxDescriptors = 256;  // a worker that decodes has 64
constexpr milliseconds kBelieved{10};

Mutex permitted_mutex;

std::multiset<std::string>& permitted() PORCHLIGHT_REQUIRES(permitted_mutex) {
    static std::multiset<std::string> addresses;
    return addresses;
}

bool isPermitted(const std::string& address) {
    const LockGuard lock(permitted_mutex);
    return permitted().contains(address);
}

/// The number that the next descriptor will have; -1 when nobody can say.
int lowestFree() noexcept {
    const int fd = ::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0);
    if (fd >= 0) ::close(fd);
    return fd;
}

struct Peer {
    std::string address;
    std::string port;
};

/// No address: not connected yet, or to a socket of this machine only.
Peer peerOf(int fd) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    if (::getpeername(fd, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
    if (address.ss_family != AF_INET && address.ss_family != AF_INET6) return {};
    char host[NI_MAXHOST] = {};
    char port[NI_MAXSERV] = {};
    const int code = ::getnameinfo(reinterpret_cast<sockaddr*>(&address), size, host, sizeof host, port,
                                   sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
    if (code != 0) return {};
    std::string text(host);
    if (text.starts_with("::ffff:") && text.find('.') != std::string::npos) text.erase(0, 7);
    return {text, port};
}

}  // namespace

HostPermit::HostPermit(std::vector<std::string> addresses) : addresses_(std::move(addresses)) {
    const LockGuard lock(permitted_mutex);
    permitted().insert(addresses_.begin(), addresses_.end());
}

HostPermit::HostPermit(HostPermit&& other) noexcept : addresses_(std::exchange(other.addresses_, {})) {}

HostPermit& HostPermit::operator=(HostPermit&& other) noexcept {
    std::swap(addresses_, other.addresses_);
    return *this;
}

HostPermit::~HostPermit() {
    const LockGuard lock(permitted_mutex);
    for (const std::string& address : addresses_)
        if (const auto found = permitted().find(address); found != permitted().end())
            permitted().erase(found);
}

HostGuard::HostGuard(const std::atomic<bool>& stop) : stop_(stop) {
    for (int fd = 0; fd < kMaxDescriptors; ++fd)
        if (const ino_t socket = socketAt(fd, SOCK_STREAM)) old_.insert(socket);
}

int HostGuard::interrupt(void* self) noexcept {
    auto& guard = *static_cast<HostGuard*>(self);
    if (guard.stop_ || !guard.refused_.empty()) return 1;
    if (guard.is_resting_) return 0;
    try {
        guard.look();
    } catch (...) {
        return 1;  // no memory to tell where it goes: nowhere
    }
    return guard.refused_.empty() ? 0 : 1;
}

/// A new connection takes the lowest free descriptor, or the one of a connection that ended. libav asks for
/// every byte of a head, so most looks are this one; other threads open files, too, so it is not believed for
/// long.
bool HostGuard::isUnchanged() const noexcept {
    if (lowest_free_ < 0 || Monotonic::now() >= look_again_at_) return false;
    if (lowestFree() != lowest_free_) return false;
    return std::all_of(judged_.begin(), judged_.end(),
                       [](const auto& known) { return socketAt(known.first, SOCK_STREAM) == known.second; });
}

void HostGuard::look() {
    if (isUnchanged()) return;
    judged_.clear();
    lowest_free_ = lowestFree();
    look_again_at_ = Monotonic::now() + kBelieved;
    for (int fd = 0; fd < kMaxDescriptors; ++fd) {
        const ino_t socket = socketAt(fd, SOCK_STREAM);
        if (socket == 0 || old_.contains(socket)) continue;
        judged_[fd] = socket;
        const Peer peer = peerOf(fd);
        if (peer.address.empty()) judged_.erase(fd), lowest_free_ = -1;  // it may be connected the next time
        if (peer.address.empty() || isPermitted(peer.address)) continue;
        refused_ = (peer.address.find(':') == std::string::npos ? peer.address : "[" + peer.address + "]") +
                   ":" + peer.port;
        return;
    }
}

}  // namespace porchlight::ffmpeg
