#include "app/notify.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "base/fd.h"

namespace porchlight::app {
namespace {

constexpr seconds kInterval{5};
constexpr int kIntervals = 720;

}  // namespace

void notifySystemd(const std::string& message) noexcept {
    const char* path = std::getenv("NOTIFY_SOCKET");
    sockaddr_un address{};
    if (path == nullptr || std::strlen(path) < 2 || std::strlen(path) >= sizeof address.sun_path) return;
    address.sun_family = AF_UNIX;
    std::strcpy(address.sun_path, path);
    const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + std::strlen(path));
    if (path[0] == '@') address.sun_path[0] = 0;  // abstract name
    const base::Fd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!socket) return;
    // A lost notification is repeated by the next one; there is nobody else to tell.
    [[maybe_unused]] const ssize_t sent =
        ::sendto(socket.get(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT,
                 reinterpret_cast<const sockaddr*>(&address), length);
}

StartExtension::StartExtension() : thread_("start-extension", [this] { run(); }) {}

StartExtension::~StartExtension() {
    is_stopping_ = true;
    waker_.notify();
}

void StartExtension::run() {
    for (int i = 0; i < kIntervals && !is_stopping_; ++i) {
        notifySystemd("EXTEND_TIMEOUT_USEC=30000000\nSTATUS=starting");
        base::waitFor(waker_.fd(), POLLIN, Deadline::in(kInterval));
    }
}

}  // namespace porchlight::app
