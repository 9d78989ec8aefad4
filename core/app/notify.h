/// Readiness and watchdog messages to systemd: one datagram to $NOTIFY_SOCKET, no library needed.
#pragma once

#include <atomic>
#include <string>

#include "base/fd.h"
#include "base/thread.h"

namespace porchlight::app {

/// Sends "READY=1", "WATCHDOG=1", "STOPPING=1", "STATUS=..."; does nothing when systemd did not ask. Never
/// throws.
void notifySystemd(const std::string& message) noexcept;

/// While it lives systemd waits on (EXTEND_TIMEOUT_USEC every few seconds, for an hour at most): a start may
/// have to upgrade a large database, copying it first. **Owns** a thread ("start-extension").
class StartExtension {
  public:
    StartExtension();
    ~StartExtension();
    StartExtension(const StartExtension&) = delete;
    StartExtension& operator=(const StartExtension&) = delete;

  private:
    void run();

    base::Waker waker_;
    std::atomic<bool> is_stopping_{false};
    base::Thread thread_;
};

}  // namespace porchlight::app
