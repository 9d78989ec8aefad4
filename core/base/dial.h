/// Connections to hosts of the network.
#pragma once

#include <sys/socket.h>

#include <optional>
#include <string>

#include "base/fd.h"
#include "base/halt.h"
#include "porchlight/time.h"

namespace porchlight::base {

/// An address and port as the system's calls take them.
struct SocketAddress {
    sockaddr_storage storage{};
    socklen_t size = 0;

    const sockaddr* get() const noexcept { return reinterpret_cast<const sockaddr*>(&storage); }
    int family() const noexcept { return storage.ss_family; }
};

/// `number`: 192.0.2.1, ::1, fe80::1%eth0; nothing where it is none. No name service is asked.
std::optional<SocketAddress> socketAddress(const std::string& number, int port);

/// What came of dialling.
struct Dialled {
    Fd socket;      ///< connected, never blocks; none: nobody answered
    int error = 0;  ///< why not (errno), of the address that was tried last; ETIMEDOUT: not in time
};

/// Connects over TCP, to the host's addresses one after the other until one answers; `patience` is for all of
/// them and begins when they are known. **Thread**: any; blocks for `patience`, and up to 6 s more where a
/// name service is silent; ends within 50 ms of `halt`. Throws as lookUpHost().
Dialled dial(const std::string& host, int port, milliseconds patience, const Halt* halt = nullptr);

}  // namespace porchlight::base
