/// Readiness and watchdog messages to systemd: one datagram to $NOTIFY_SOCKET, no library needed.
#pragma once

#include <string>

namespace porchlight::app {

/// Sends "READY=1", "WATCHDOG=1", "STOPPING=1", "STATUS=..."; does nothing when systemd did not ask. Never throws.
void notifySystemd(const std::string& message) noexcept;

}  // namespace porchlight::app
