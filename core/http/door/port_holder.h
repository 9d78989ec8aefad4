/// Finds out who holds a TCP port.
#pragma once

#include <cstdint>
#include <string>

namespace porchlight::http {

/// "pid 812 (nginx)", or "another user's process" when it cannot be seen, or empty when nobody listens there.
std::string portHolder(std::uint16_t port);

}  // namespace porchlight::http
