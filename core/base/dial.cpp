#include "base/dial.h"

#include <netdb.h>
#include <poll.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "porchlight/host_lookup.h"

namespace porchlight::base {
namespace {

/// -> errno; 0: it is connected.
int connectWithin(int socket, const SocketAddress& address, Deadline deadline, const Halt* halt) {
    if (::connect(socket, address.get(), address.size) == 0) return 0;
    if (errno != EINPROGRESS) return errno;
    const short found =
        halt != nullptr ? halt->await(socket, POLLOUT, deadline) : waitFor(socket, POLLOUT, deadline);
    if (found == 0) return ETIMEDOUT;
    int error = 0;
    socklen_t size = sizeof error;
    return ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

}  // namespace

std::optional<SocketAddress> socketAddress(const std::string& number, int port) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
    addrinfo* found = nullptr;
    if (::getaddrinfo(number.c_str(), std::to_string(port).c_str(), &hints, &found) != 0) return std::nullopt;
    const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owner(found, &::freeaddrinfo);
    SocketAddress out;
    out.size = found->ai_addrlen;
    std::memcpy(&out.storage, found->ai_addr, found->ai_addrlen);
    return out;
}

Dialled dial(const std::string& host, int port, milliseconds patience, const Halt* halt) {
    const std::atomic<bool> never{false};
    const auto numbers = lookUpHost(host, "", halt != nullptr ? halt->flag() : never);
    const Deadline deadline = Deadline::in(patience);
    int why = 0;
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        const auto address = socketAddress(numbers[i], port);
        if (!address) continue;
        const Deadline share = Deadline::in(deadline.remaining() / static_cast<int>(numbers.size() - i));
        Fd socket(::socket(address->family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        const int error = socket ? connectWithin(socket.get(), *address, share, halt) : errno;
        if (error == 0) return {std::move(socket), 0};
        if (socket || why == 0) why = error;  // a family that is not here says less than a host that refuses
    }
    return {Fd(), why == 0 ? EADDRNOTAVAIL : why};
}

}  // namespace porchlight::base
