/// Lets another thread end whatever waits for a socket.
#pragma once

#include <poll.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>

#include "base/fd.h"
#include "porchlight/interrupt.h"
#include "porchlight/time.h"

namespace porchlight::base {

/// Stays raised. **Owns** a descriptor. **Thread**: any.
class Halt {
  public:
    /// Never blocks.
    void raise() noexcept {
        is_raised_ = true;
        wake_.notify();
    }

    /// For what looks again and again while it waits.
    const std::atomic<bool>& flag() const noexcept { return is_raised_; }
    bool isRaised() const noexcept { return is_raised_; }

    /// As waitFor(): what poll found; 0 at the deadline, and once raised. `fd` -1: only waits. Throws Error.
    short await(int fd, short events, Deadline deadline) const {
        pollfd entries[] = {{wake_.fd(), POLLIN, 0}, {fd, events, 0}};
        while (!is_raised_) {
            const auto left = std::min<std::int64_t>(deadline.remaining().count(), INT_MAX);
            const int ready = ::poll(entries, 2, static_cast<int>(left));
            if (ready < 0 && errno != EINTR) throw errnoError("poll", errno);
            if (ready == 0) return 0;
            if (ready > 0 && !is_raised_ && entries[1].revents != 0) return entries[1].revents;
        }
        return 0;
    }

  private:
    Wake wake_;
    std::atomic<bool> is_raised_{false};
};

}  // namespace porchlight::base
