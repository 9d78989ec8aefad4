#include "http/door/local_peer.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <string>

namespace porchlight::http {
namespace {

constexpr int kMaxDepth = 64;

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

}  // namespace

bool isOwnDescendant(int socket) noexcept {
    ucred peer{};
    socklen_t size = sizeof peer;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0) return true;
    const pid_t own = ::getpid();
    if (peer.pid == own) return false;
    try {
        pid_t pid = peer.pid;
        if (pid > 0 && isGone(pid))
            return true;  // who lent out its socket and died: nobody can say whose child it was
        for (int depth = 0; pid > 1 && depth < kMaxDepth; ++depth) {
            pid = parentOf(pid);
            if (pid == own) return true;
        }
        return pid > 1;
    } catch (...) {
        return true;  // no memory to find out: nobody is let in
    }
}

}  // namespace porchlight::http
