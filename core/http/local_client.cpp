#include "http/local_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "base/fd.h"

namespace porchlight::http {
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
            throw Error(ErrorKind::Misconfigured,
                        "no right to use " + path.string() + ": run this as its user or as root");
        throw Error(ErrorKind::Unavailable,
                    "the daemon is not running (" + path.string() + ": " + std::strerror(why) + ")");
    }
    return socket;
}

void sendAll(int socket, const std::string& text, Deadline deadline) {
    for (std::size_t done = 0; done < text.size();) {
        if (base::waitFor(socket, POLLOUT, deadline) == 0)
            throw Error(ErrorKind::Unavailable, "the daemon does not read");
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
        if (n < 0 && errno != EAGAIN && errno != EINTR)
            throw base::errnoError("read the daemon's answer", errno);
        if (n > 0) text.append(piece, static_cast<std::size_t>(n));
        if (text.size() > kMaxAnswerBytes)
            throw Error(ErrorKind::Exhausted, "the daemon's answer is too large");
    }
}

LocalAnswer parseAnswer(const std::string& text) {
    const auto end = text.find("\r\n\r\n");
    if (!text.starts_with("HTTP/1.") || end == std::string::npos || text.size() < 12)
        throw Error(ErrorKind::Unavailable, "the daemon ended before it answered");
    return {std::atoi(text.c_str() + 9), text.substr(end + 4)};
}

/// The number behind "Content-Length:" in an answer's head; 0 when it has none.
std::uint64_t lengthIn(const std::string& head) {
    const auto at = head.find("\r\nContent-Length:");
    return at == std::string::npos ? 0 : std::strtoull(head.c_str() + at + 17, nullptr, 10);
}

}  // namespace

LocalAnswer LocalClient::download(const std::string& path, const Sink& sink) {
    const base::Fd socket = connectTo(socket_);
    sendAll(socket.get(), "GET " + path + " HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            Deadline::in(timeout_));
    std::string head;
    std::uint64_t total = 0;
    std::uint64_t done = 0;
    bool is_body = false;
    std::vector<char> piece(128 * 1024);
    while (true) {
        if (base::waitFor(socket.get(), POLLIN, Deadline::in(timeout_)) == 0)
            throw Error(ErrorKind::Unavailable, "the daemon did not answer in time");
        const ssize_t n = ::recv(socket.get(), piece.data(), piece.size(), MSG_DONTWAIT);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (n < 0) throw base::errnoError("read the daemon's answer", errno);
        if (n == 0) break;
        std::string_view bytes(piece.data(), static_cast<std::size_t>(n));
        if (!is_body) {
            head.append(bytes);
            if (head.size() > kMaxAnswerBytes)
                throw Error(ErrorKind::Exhausted, "the daemon's answer is too large");
            const auto end = head.find("\r\n\r\n");
            if (end == std::string::npos || !head.starts_with("HTTP/1.") ||
                std::atoi(head.c_str() + 9) != 200)
                continue;
            is_body = true;
            total = lengthIn(head.substr(0, end));
            const std::string first = head.substr(end + 4);
            done = first.size();
            if (!first.empty()) sink(first, total);
            continue;
        }
        done += bytes.size();
        sink(bytes, total);
    }
    if (!is_body) return parseAnswer(head);
    if (done != total)
        throw Error(ErrorKind::Unavailable, "the daemon's answer ended early: " + std::to_string(done) +
                                                " of " + std::to_string(total) + " bytes");
    return {200, ""};
}

LocalAnswer LocalClient::request(const std::string& method, const std::string& path,
                                 const std::string& json) {
    const Deadline deadline = Deadline::in(timeout_);
    const base::Fd socket = connectTo(socket_);
    std::string text = method + " " + path + " HTTP/1.0\r\nHost: localhost\r\nConnection: close\r\n";
    if (!json.empty()) text += "Content-Type: application/json\r\n";
    text += "Content-Length: " + std::to_string(json.size()) + "\r\n\r\n" + json;
    sendAll(socket.get(), text, deadline);
    return parseAnswer(readAll(socket.get(), deadline));
}

}  // namespace porchlight::http
