/// Small connections of our own to a camera, beside libav's.
#pragma once

#include <sys/types.h>
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

/// Owns: one descriptor. Thread: thread-bound (who has it).
class Socket {
  public:
    /// `fd`: below 0 there is none, and it is the negative errno that says why.
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

/// The inode of a socket of this type (SOCK_STREAM, SOCK_DGRAM); 0 for anything else. Any thread; never
/// blocks.
ino_t socketAt(int fd, int type) noexcept;

/// Waits for `events` (POLLIN, ...). Blocks until deadline, ends within 100 ms of `stop`; any thread. ->
/// revents, 0 when the time is over, or at `stop`
short waitFor(const Socket& socket, short events, Deadline deadline, const std::atomic<bool>& stop);

/// Connects. No socket: nobody accepts, and it says why (ETIMEDOUT, ECONNREFUSED, ...). The host was found a
/// moment ago: only its number is asked for, or a name that the resolver has. Blocks for `limit` at most,
/// ends within 100 ms of `stop`; any thread. Throws nothing of its own.
inline constexpr std::chrono::seconds kConnectLimit{2};
Socket connectTo(const Address& address, const std::atomic<bool>& stop,
                 Monotonic::duration limit = kConnectLimit);

/// The same to one of the addresses, as numbers; the first that accepts. No socket: why the last did not.
/// Each has its share of the time, 2 s at least. Blocks until deadline, and 2 s more for the address that is
/// tried when it comes.
Socket connectToOneOf(const std::vector<std::string>& hosts, Address address, Deadline deadline,
                      const std::atomic<bool>& stop);

/// What the camera said, and whether it hung up then.
struct Heard {
    std::string text;
    bool did_hang_up = false;
};

/// Sends the request and hears until `end` came, or `limit` bytes, or the deadline, or within 100 ms of
/// `stop`. Any thread.
Heard ask(const Socket& socket, std::string_view request, std::string_view end, std::size_t limit,
          Deadline deadline, const std::atomic<bool>& stop);

}  // namespace porchlight::ffmpeg
