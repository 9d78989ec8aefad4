/// Owners of file descriptors: a plain one, an eventfd to wake a poll, and bounded waits.
#pragma once

#include <unistd.h>

#include <utility>

#include "porchlight/error.h"
#include "porchlight/time.h"

namespace porchlight::base {

/// Owns one file descriptor; closes it at the end of its life.
class Fd {
  public:
    Fd() noexcept = default;
    explicit Fd(int fd) noexcept : fd_(fd) {}
    Fd(Fd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Fd& operator=(Fd&& other) noexcept {
        if (this != &other) reset(std::exchange(other.fd_, -1));
        return *this;
    }
    ~Fd() { reset(); }

    int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }
    int release() noexcept { return std::exchange(fd_, -1); }
    void reset(int fd = -1) noexcept {
        if (fd_ >= 0) ::close(fd_);
        fd_ = fd;
    }

  private:
    int fd_ = -1;
};

/// Wakes a thread that polls. notify() from any thread (also a signal handler), never blocks.
class Waker {
  public:
    Waker();  ///< Throws Error(Exhausted).
    int fd() const noexcept { return fd_.get(); }
    void notify() noexcept;
    void drain() noexcept;

  private:
    Fd fd_;
};

/// Waits until `fd` has one of `events` (POLLIN...). Returns the events seen, 0 at the deadline.
short waitFor(int fd, short events, Deadline deadline);

/// `text: what strerror says` with the kind that fits errno (EACCES Misconfigured, ENOSPC Exhausted, else
/// Unavailable).
Error errnoError(const std::string& text, int error_number);

/// Writes all of `text` to a new file with `mode`, synced, replacing an old one atomically. Throws Error.
void writeFileDurably(const std::string& path, const std::string& text, unsigned mode);

/// Syncs a folder so that names made in it survive a power cut. Throws Error(Unavailable).
void syncFolder(const std::string& path);

}  // namespace porchlight::base
