/// Lets another thread end a wait in poll().
#pragma once

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstdint>

#include "porchlight/error.h"

namespace porchlight {

/// **Owns** its descriptor, which is readable after notify() and until take(). **Thread**: notify() from any
/// thread, never blocks; everything else thread-bound.
class Wake {
  public:
    /// Throws Error(Exhausted).
    Wake() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
        if (fd_ < 0) throw Error(ErrorKind::Exhausted, "make an eventfd: out of descriptors");
    }
    ~Wake() { ::close(fd_); }
    Wake(const Wake&) = delete;
    Wake& operator=(const Wake&) = delete;

    int fd() const noexcept { return fd_; }

    void notify() noexcept {
        const std::uint64_t one = 1;
        [[maybe_unused]] const auto ignored = ::write(fd_, &one, sizeof one);  // a full counter wakes as well
    }

    bool isNotified() const noexcept {
        pollfd woken{fd_, POLLIN, 0};
        return ::poll(&woken, 1, 0) > 0;
    }

    /// Whether it was notified since the last call.
    bool take() noexcept {
        std::uint64_t count = 0;
        return ::read(fd_, &count, sizeof count) == sizeof count;
    }

  private:
    const int fd_;
};

}  // namespace porchlight
