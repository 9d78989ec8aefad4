/// A TCP port of this machine, for a test's time.
#pragma once

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <stdexcept>

namespace porchlight::test {

/// A port of loopback that the system chose: accepts into its backlog and answers nobody, or, not listening,
/// refuses connections. **Owns** the socket. The constructor throws std::runtime_error.
class LoopbackPort {
  public:
    explicit LoopbackPort(bool is_listening = true)
        : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) != 0 ||
            (is_listening && ::listen(socket_, 128) != 0) ||
            ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
            close();
            throw std::runtime_error("no port of loopback");
        }
        number_ = ntohs(address.sin_port);
    }
    ~LoopbackPort() { close(); }
    LoopbackPort(const LoopbackPort&) = delete;
    LoopbackPort& operator=(const LoopbackPort&) = delete;

    std::uint16_t number() const noexcept { return number_; }
    int fd() const noexcept { return socket_; }

    /// The next client, whose descriptor is the caller's; below 0 when there is none. Blocks.
    int accept() const noexcept { return ::accept4(socket_, nullptr, nullptr, SOCK_CLOEXEC); }
    void close() noexcept {
        if (socket_ >= 0) ::close(socket_);
        socket_ = -1;
    }

  private:
    int socket_;
    std::uint16_t number_ = 0;
};

}  // namespace porchlight::test
