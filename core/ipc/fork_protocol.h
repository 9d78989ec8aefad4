/// The few datagrams between the core and the fork server (a process that has loaded the media libraries once
/// and forks a worker for each camera). On a SOCK_SEQPACKET pair:
///
///     core -> server   Fork{camera}            + the worker's end of its channel
///     server -> core   Forked{camera, pid}     + a pidfd of the worker; without one: it cannot be forked
///     server -> core   Ended{pid, wait status, violation}
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/fd.h"

namespace porchlight::ipc {

/// The descriptor at which a fork server, and a worker that was not forked by it, find their end.
inline constexpr int kInheritedSocket = 3;

enum class ForkMessageKind : std::uint32_t { Fork = 1, Forked = 2, Ended = 3 };

/// Plain data as it travels; `fd` travels beside it.
struct ForkMessage {
    ForkMessageKind kind = ForkMessageKind::Fork;
    pid_t pid = -1;
    int status = 0;  ///< as waitpid gives it
    /// Number of the system call + 1 for which the sandbox ended the worker; 0: it did not.
    int violation = 0;
    std::string camera;  ///< at most 40 characters
    base::Fd fd;
};

/// A connected pair, CLOEXEC. Throws Error(Exhausted).
std::pair<base::Fd, base::Fd> forkSocketPair();

/// Sends one datagram. Throws Error(Unavailable) when the other end is gone or does not read.
void sendForkMessage(int socket, const ForkMessage& message);

/// The next datagram; nothing at the deadline. Throws Error(Unavailable) at end of file, Error(BadData) for
/// garbage.
std::optional<ForkMessage> receiveForkMessage(int socket, Deadline deadline);

}  // namespace porchlight::ipc
