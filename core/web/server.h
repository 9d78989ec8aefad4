/// The web server: HTTPS for people, a unix socket for the command line.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/budgets.h"
#include "web/services.h"

namespace porchlight::web {

/// Limits that tests make small.
struct ServerLimits {
    std::size_t max_per_address = 0;  ///< connections without a login; 0: ConnectionTable's own
    milliseconds request_budget{budget::kHttpRequest};  ///< handshake, header and body of one request
};

/// **Owns** its listeners, threads and database connections. **Thread**: start and stop from one thread.
/// Nothing answers before start().
class Server {
  public:
    /// Binds both listeners and makes the certificate. Throws Error: Misconfigured (port in use - by whom -,
    /// no right to bind - and what to do -, plain HTTP on other than loopback), Unavailable.
    explicit Server(const Services& services, const ServerLimits& limits = {});
    ~Server();  ///< stops
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    void start();

    /// No further requests; cuts off running answers and waits for their threads: at most 3 s, since what
    /// takes long asks a Cancel.
    void stop();

    std::uint16_t port() const noexcept;  ///< the real one when the configuration says 0
    std::string url() const;              ///< "https://porch.local:8443" as people would type it

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// What to do when the system refuses the port to this user. Pure.
std::string explainRefusedPort(std::uint16_t port);

}  // namespace porchlight::web
