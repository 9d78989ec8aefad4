#include "web/local_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>

#include "base/fd.h"

namespace porchlight::web {
namespace {

constexpr std::size_t kMaxAnswerBytes = 64U << 20U;

base::Fd connectTo(const std::filesystem::path& path) {
    base::Fd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) throw base::errnoError("make a socket", errno);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.string().size() >= sizeof address.sun_path)
        throw Error(ErrorKind::Misconfigured, path.string() + ": the path is too long for a socket");
    path.string().copy(address.sun_path, sizeof address.sun_path - 1);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        const int why = errno;
        if (why == EACCES)
            throw Error(ErrorKind::Misconfigured, "no right to use " + path.string() + ": run this as its user or as root");
        throw Error(ErrorKind::Unavailable, "the daemon is not running (" + path.string() + ": " + std::strerror(why) + ")");
    }
    return socket;
}

void sendAll(int socket, const std::string& text, Deadline deadline) {
    for (std::size_t done = 0; done < text.size();) {
        if (base::waitFor(socket, POLLOUT, deadline) == 0) throw Error(ErrorKind::Unavailable, "the daemon does not read");
        const ssize_t n = ::send(socket, text.data() + done, text.size() - done, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EAGAIN && errno != EINTR) throw base::errnoError("ask the daemon", errno);
        if (n > 0) done += static_cast<std::size_t>(n);
    }
}

/// The daemon closes after its answer ("Connection: close"), so the answer is all there is to read.
std::string readAll(int socket, Deadline deadline) {
    std::string text;
    char piece[16384];
    while (true) {
        if (base::waitFor(socket, POLLIN, deadline) == 0)
            throw Error(ErrorKind::Unavailable, "the daemon did not answer in time");
        const ssize_t n = ::recv(socket, piece, sizeof piece, MSG_DONTWAIT);
        if (n == 0) return text;
        if (n < 0 && errno != EAGAIN && errno != EINTR) throw base::errnoError("read the daemon's answer", errno);
        if (n > 0) text.append(piece, static_cast<std::size_t>(n));
        if (text.size() > kMaxAnswerBytes) throw Error(ErrorKind::Exhausted, "the daemon's answer is too large");
    }
}

LocalAnswer parseAnswer(const std::string& text) {
    const auto end = text.find("\r\n\r\n");
    if (!text.starts_with("HTTP/1.") || end == std::string::npos || text.size() < 12)
        throw Error(ErrorKind::Unavailable, "the daemon ended before it answered");
    return {std::atoi(text.c_str() + 9), text.substr(end + 4)};
}

}  // namespace

LocalAnswer LocalClient::request(const std::string& method, const std::string& path, const std::string& json) {
    const Deadline deadline = Deadline::in(timeout_);
    const base::Fd socket = connectTo(socket_);
    std::string text = method + " " + path + " HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n";
    if (!json.empty()) text += "Content-Type: application/json\r\n";
    text += "Content-Length: " + std::to_string(json.size()) + "\r\n\r\n" + json;
    sendAll(socket.get(), text, deadline);
    return parseAnswer(readAll(socket.get(), deadline));
}

}  // namespace porchlight::web
