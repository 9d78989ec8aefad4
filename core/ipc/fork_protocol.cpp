#include "ipc/fork_protocol.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace porchlight::ipc {
namespace {

struct Wire {
    std::uint32_t kind;
    std::int32_t pid;
    std::int32_t status;
    std::int32_t violation;
    char camera[44];
};

}  // namespace

std::pair<base::Fd, base::Fd> forkSocketPair() {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
        throw base::errnoError("make a socket pair", errno);
    return {base::Fd(ends[0]), base::Fd(ends[1])};
}

void sendForkMessage(int socket, const ForkMessage& message) {
    Wire wire{static_cast<std::uint32_t>(message.kind), message.pid, message.status, message.violation, {}};
    message.camera.copy(wire.camera, sizeof wire.camera - 1);
    iovec part{&wire, sizeof wire};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (message.fd) {
        header.msg_control = control;
        header.msg_controllen = sizeof control;
        cmsghdr* rights = CMSG_FIRSTHDR(&header);
        rights->cmsg_level = SOL_SOCKET;
        rights->cmsg_type = SCM_RIGHTS;
        rights->cmsg_len = CMSG_LEN(sizeof(int));
        const int fd = message.fd.get();
        std::memcpy(CMSG_DATA(rights), &fd, sizeof fd);
    }
    ssize_t sent = -1;
    do sent = ::sendmsg(socket, &header, MSG_NOSIGNAL | MSG_DONTWAIT);
    while (sent < 0 && errno == EINTR);
    if (sent != static_cast<ssize_t>(sizeof wire)) throw base::errnoError("talk to the fork server", errno);
}

std::optional<ForkMessage> receiveForkMessage(int socket, Deadline deadline) {
    if (base::waitFor(socket, POLLIN, deadline) == 0) return std::nullopt;
    Wire wire{};
    iovec part{&wire, sizeof wire};
    alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int))] = {};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control;
    header.msg_controllen = sizeof control;
    const ssize_t got = ::recvmsg(socket, &header, MSG_CMSG_CLOEXEC | MSG_DONTWAIT);
    if (got == 0) throw Error(ErrorKind::Unavailable, "the fork server is gone");
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
    if (got < 0) throw base::errnoError("hear from the fork server", errno);
    ForkMessage message;
    if (const cmsghdr* rights = CMSG_FIRSTHDR(&header);
        rights != nullptr && rights->cmsg_type == SCM_RIGHTS) {
        int fd = -1;
        std::memcpy(&fd, CMSG_DATA(rights), sizeof fd);
        message.fd.reset(fd);
    }
    if (got != static_cast<ssize_t>(sizeof wire) || wire.kind < 1 || wire.kind > 3)
        throw Error(ErrorKind::BadData, "the fork server talks garbage");
    message.kind = static_cast<ForkMessageKind>(wire.kind);
    message.pid = wire.pid;
    message.status = wire.status;
    message.violation = wire.violation;
    wire.camera[sizeof wire.camera - 1] = 0;
    message.camera = wire.camera;
    return message;
}

}  // namespace porchlight::ipc
