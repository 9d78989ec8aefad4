#include "web/server.h"

#include <Poco/Net/NetException.h>
#include <Poco/Net/ServerSocket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "http/door/crew.h"
#include "http/door/lobby.h"
#include "http/door/port_holder.h"
#include "http/static_files.h"
#include "web/backend.h"
#include "web/router.h"

namespace porchlight::web {
namespace {

namespace net = Poco::Net;
constexpr std::size_t kSpareThreads = 8;  // for short answers while all viewers watch
constexpr std::size_t kStreamSpare = 8;   // event streams and clips beside the live views
constexpr std::size_t kLocalThreads = 4;
constexpr milliseconds kUpkeepRound{5'000};

bool isLoopback(const std::string& bind) {
    return net::IPAddress(bind).isLoopback();
}

std::string reasonOf(const Poco::Exception& error, std::uint16_t port) {
    if (error.code() == EACCES || error.code() == EPERM) return explainRefusedPort(port);
    return error.displayText();
}

net::ServerSocket bindTcp(const config::WebConfig& web) {
    const std::string where = web.bind + " port " + std::to_string(web.port);
    try {
        if (web.tls == config::TlsMode::Off && !isLoopback(web.bind))
            throw Error(ErrorKind::Misconfigured, "web.tls: off is only possible with a loopback web.bind");
        net::ServerSocket socket;
        // Not reusePort: two daemons would silently share the port.
        socket.bind(net::SocketAddress(web.bind, web.port), true, false);
        socket.listen(64);
        return socket;
    } catch (const Poco::Exception& error) {
        const std::string holder = web.port == 0 ? "" : http::portHolder(web.port);
        if (!holder.empty())
            throw Error(ErrorKind::Misconfigured, "listen on " + where + ": in use by " + holder +
                                                      "; end it or choose another web.port");
        throw Error(ErrorKind::Misconfigured, "listen on " + where + ": " + reasonOf(error, web.port));
    }
}

bool answers(const std::string& path) {
    const base::Fd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, sizeof address.sun_path - 1);
    return probe && ::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

net::ServerSocket bindLocal(const std::filesystem::path& file) {
    const std::string path = file.string();
    if (path.size() >= sizeof(sockaddr_un::sun_path))
        throw Error(ErrorKind::Misconfigured,
                    "listen on " + path + ": the path is too long for a socket (107 bytes)");
    if (answers(path))
        throw Error(ErrorKind::Misconfigured,
                    "listen on " + path + ": another porchlightd runs with this data folder");
    ::unlink(path.c_str());
    try {
        net::ServerSocket socket;
        socket.bind(net::SocketAddress(net::SocketAddress::UNIX_LOCAL, path), false, false);
        ::chmod(path.c_str(), 0660);
        socket.listen(16);
        return socket;
    } catch (const Poco::Exception& error) {
        throw Error(ErrorKind::Misconfigured, "listen on " + path + ": " + error.displayText());
    }
}

http::ConnectionTable::Limits tableLimits(const config::WebConfig& web, const ServerLimits& limits) {
    http::ConnectionTable::Limits out;
    if (limits.max_per_address != 0) out.max_per_address = limits.max_per_address;
    out.max_streams = web.max_viewers + kStreamSpare;
    return out;
}

}  // namespace

struct Server::Impl {
    Impl(const Services& services, const ServerLimits& limits)
        : socket(bindTcp(services.config.web)),
          local_socket(bindLocal(services.config.controlSocket())),
          backend(services, tableLimits(services.config.web, limits)),
          files(services.webroot),
          router(backend, files),
          lobby(
              backend.connections, doors(limits), [this](auto connection) { give(std::move(connection)); },
              [this] { relieve(); }),
          crew("web", services.config.web.max_viewers + kStreamSpare + kSpareThreads, serveIn()),
          local_crew("web-local", kLocalThreads, serveIn()) {
        socket.setBlocking(false);
        local_socket.setBlocking(false);
    }

    std::vector<http::Door> doors(const ServerLimits& limits) {
        http::Door outside{socket.impl()->sockfd(), false, {}, limits.request_budget};
        if (backend.certificate) outside.tls = [this] { return backend.certificate->context(); };
        return {outside, {local_socket.impl()->sockfd(), true, {}, limits.request_budget}};
    }

    http::Crew::Serve serveIn() {
        return [this](std::unique_ptr<http::Connection> connection) {
            if (connection->answer(router) && !backend.connections.isStopping())
                lobby.take(std::move(connection));
        };
    }

    void give(std::unique_ptr<http::Connection> connection) {
        http::Crew& own = connection->isLocal() ? local_crew : crew;
        own.give(std::move(connection));
    }

    /// A stranger who takes an answer slowly must not keep a thread from others.
    void relieve() {
        if (crew.isShort()) backend.connections.relieve();
    }

    void keepUp() {
        while (!backend.connections.waitForStop(kUpkeepRound)) {
            backend.accounts.tick();
            if (backend.certificate) backend.certificate->look();
        }
    }

    net::ServerSocket socket;
    net::ServerSocket local_socket;
    Backend backend;
    http::StaticFiles files;
    Router router;
    http::Lobby lobby;
    http::Crew crew;
    http::Crew local_crew;
    bool is_started = false;
    base::Thread upkeep;
};

std::string explainRefusedPort(std::uint16_t port) {
    const std::string number = std::to_string(port);
    if (port >= 1024) return "this user may not use the port; choose another web.port";
    return "ports below 1024 are root's. Choose a web.port above, such as 8443; or allow it: \"systemctl "
           "edit porchlight\" with "
           "[Service], CapabilityBoundingSet=CAP_NET_BIND_SERVICE and "
           "AmbientCapabilities=CAP_NET_BIND_SERVICE, or without systemd \"sysctl "
           "net.ipv4.ip_unprivileged_port_start=" +
           number + "\"";
}

Server::Server(const Services& services, const ServerLimits& limits)
    : impl_(std::make_unique<Impl>(services, limits)) {}

Server::~Server() {
    stop();
}

void Server::start() {
    impl_->lobby.start();
    impl_->is_started = true;
    impl_->upkeep = base::Thread("web-upkeep", [this] { impl_->keepUp(); });
    base::logInfo("web", "listening on " + url());
}

void Server::stop() {
    if (!impl_->is_started) return;
    impl_->is_started = false;
    const auto started = Monotonic::now();
    impl_->backend.connections.stop();
    impl_->lobby.stop();
    impl_->socket.close();
    impl_->local_socket.close();
    ::unlink(impl_->backend.services.config.controlSocket().c_str());
    impl_->upkeep.join();
    impl_->crew.stop();
    impl_->local_crew.stop();
    const auto took = std::chrono::duration_cast<milliseconds>(Monotonic::now() - started);
    if (took > seconds{3}) base::logWarning("web", "stopping took " + std::to_string(took.count()) + " ms");
}

std::uint16_t Server::port() const noexcept {
    return impl_->socket.address().port();
}

std::string Server::url() const {
    const config::WebConfig& web = impl_->backend.services.config.web;
    const bool is_tls = web.tls != config::TlsMode::Off;
    char host[256] = "localhost";
    std::string name = "localhost";
    if (!isLoopback(web.bind) && ::gethostname(host, sizeof host - 1) == 0) name = std::string(host);
    return std::string(is_tls ? "https://" : "http://") + name + ":" + std::to_string(port());
}

}  // namespace porchlight::web
