#include "http/door/local_peer.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <optional>
#include <string>

namespace porchlight::http {
namespace {

constexpr int kMaxDepth = 64;
constexpr int kMaxTries = 8;

/// Field 4 of proc(5), counted from behind the name; 0 when there is no such process.
pid_t parentOf(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    std::getline(file, line);
    const auto name_end = line.rfind(") ");
    return name_end == std::string::npos || line.size() < name_end + 5
               ? 0
               : std::atoi(line.c_str() + name_end + 4);
}

/// Not so of processes that cannot be seen (hidepid, another PID namespace: 0 there).
bool isGone(pid_t pid) noexcept {
    return ::kill(pid, 0) != 0 && errno == ESRCH;
}

/// Nothing: one of the line ended while it was followed.
std::optional<bool> descendsFrom(pid_t ancestor, pid_t pid) {
    for (int depth = 0; pid > 1 && depth < kMaxDepth; ++depth) {
        const pid_t parent = parentOf(pid);
        if (parent == ancestor) return true;
        if (parent == 0 && isGone(pid)) return std::nullopt;
        pid = parent;
    }
    return pid > 1;
}

}  // namespace

bool isOwnDescendant(int socket) noexcept {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return true;
    const pid_t own = ::getpid();
    if (peer.pid == own) return false;
    try {
        for (int tries = 0; tries < kMaxTries; ++tries) {
            if (peer.pid > 0 && isGone(peer.pid))
                return true;  // who lent out its socket and died: nobody can say whose child it was
            if (const auto found = descendsFrom(own, peer.pid)) return *found;
        }
        return true;
    } catch (...) {
        return true;  // no memory to find out: nobody is let in
    }
}

}  // namespace porchlight::http
