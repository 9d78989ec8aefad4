/// Small connections of our own to a camera, beside libav's.
#pragma once

#include <unistd.h>

#include <atomic>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "address.h"
#include "porchlight/time.h"

namespace porchlight::ffmpeg {

/// Owns: one descriptor.
class Socket {
  public:
    explicit Socket(int fd = -1) noexcept : fd_(fd) {}
    Socket(Socket&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Socket& operator=(Socket&& other) noexcept {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~Socket() {
        if (fd_ >= 0) ::close(fd_);
    }
    int fd() const noexcept { return fd_; }

  private:
    int fd_;
};

/// Waits in slices that hear `stop`. -> revents, 0 when the time is over
short waitFor(const Socket& socket, short events, Deadline deadline, const std::atomic<bool>& stop);

/// Connects within 2 s. No socket: nobody accepts. The host was found a moment ago: only its number is asked
/// for, or a name that the resolver has.
Socket connectTo(const Address& address, const std::atomic<bool>& stop);

/// The same to one of the addresses, as numbers; the first that accepts. Blocks until deadline, 2 s more an
/// address that does not answer.
Socket connectToOneOf(const std::vector<std::string>& hosts, Address address, Deadline deadline,
                      const std::atomic<bool>& stop);

/// What the camera said, and whether it hung up then.
struct Heard {
    std::string text;
    bool did_hang_up = false;
};

/// Sends the request and hears until `end` came, or `limit` bytes, or the deadline, or `stop`.
Heard ask(const Socket& socket, std::string_view request, std::string_view end, std::size_t limit,
          Deadline deadline, const std::atomic<bool>& stop);

}  // namespace porchlight::ffmpeg
