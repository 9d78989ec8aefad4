#include "http/local_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <limits>
#include <span>
#include <vector>

#include "base/fd.h"
#include "http/answer_reader.h"

namespace porchlight::http {
namespace {

constexpr std::size_t kMaxHeadBytes = 64U << 10U;
constexpr std::uint64_t kMaxBodyBytes = 64U << 20U;

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

/// What has come next; empty at the end of the connection.
std::string_view receive(int socket, std::span<char> into, Deadline deadline) {
    while (true) {
        if (base::waitFor(socket, POLLIN, deadline) == 0)
            throw Error(ErrorKind::Unavailable, "the daemon did not answer in time");
        const ssize_t n = ::recv(socket, into.data(), into.size(), MSG_DONTWAIT);
        if (n >= 0) return {into.data(), static_cast<std::size_t>(n)};
        if (errno != EAGAIN && errno != EINTR) throw base::errnoError("read the daemon's answer", errno);
    }
}

Error cutShort(const AnswerReader& reader) {
    if (reader.status() == 0) return {ErrorKind::Unavailable, "the daemon ended before it answered"};
    const auto told = reader.toldBytes();
    return {ErrorKind::Unavailable, "the daemon's answer ended early: " + std::to_string(reader.bodyBytes()) +
                                        (told ? " of " + std::to_string(*told) : "") + " bytes"};
}

/// -> whether the answer is whole; no bytes: the connection ended.
bool addTo(AnswerReader& reader, std::string_view bytes) {
    try {
        const bool is_whole = bytes.empty() ? reader.end() : reader.add(bytes);
        if (bytes.empty() && !is_whole) throw cutShort(reader);
        return is_whole;
    } catch (const Error& error) {
        if (error.kind() != ErrorKind::BadData) throw;
        throw Error(ErrorKind::Unavailable, std::string("the daemon's answer is ") + error.what());
    }
}

}  // namespace

LocalAnswer LocalClient::download(const std::string& path, const Sink& sink) {
    const base::Fd socket = connectTo(socket_);
    sendAll(socket.get(), "GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
            Deadline::in(timeout_));
    AnswerReader reader({kMaxHeadBytes, std::numeric_limits<std::uint64_t>::max()});
    std::vector<char> piece(128 * 1024);
    bool is_whole = false;
    while (!is_whole) {
        is_whole = addTo(reader, receive(socket.get(), piece, Deadline::in(timeout_)));
        if (reader.status() != 200) {
            if (reader.bodyBytes() > kMaxBodyBytes)
                throw Error(ErrorKind::Unavailable, "the daemon's answer is too large");
            continue;
        }
        // Without its length nobody could tell whether the end was cut off.
        if (!reader.toldBytes())
            throw Error(ErrorKind::Unavailable, "the daemon's answer does not tell its length");
        if (const std::string bytes = reader.takeBody(); !bytes.empty()) sink(bytes, *reader.toldBytes());
    }
    return {reader.status(), reader.takeBody()};
}

LocalAnswer LocalClient::request(const std::string& method, const std::string& path,
                                 const std::string& json) {
    const Deadline deadline = Deadline::in(timeout_);
    const base::Fd socket = connectTo(socket_);
    std::string text = method + " " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    if (!json.empty()) text += "Content-Type: application/json\r\n";
    text += "Content-Length: " + std::to_string(json.size()) + "\r\n\r\n" + json;
    sendAll(socket.get(), text, deadline);
    AnswerReader reader({kMaxHeadBytes, kMaxBodyBytes});
    std::vector<char> piece(16384);
    while (!addTo(reader, receive(socket.get(), piece, deadline))) {
    }
    return {reader.status(), reader.takeBody()};
}

}  // namespace porchlight::http
