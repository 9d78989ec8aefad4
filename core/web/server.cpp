#include "web/server.h"

#include <Poco/Net/HTTPServerParams.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/NetSSL.h>
#include <Poco/Net/ServerSocket.h>
#include <Poco/Net/TCPServer.h>
#include <Poco/ThreadPool.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/log.h"
#include "web/backend.h"
#include "web/certificate.h"
#include "web/connection.h"
#include "web/event_upkeep.h"
#include "web/port_holder.h"
#include "web/router.h"
#include "web/static_files.h"

namespace porchlight::web {
namespace {

namespace net = Poco::Net;
constexpr int kSpareThreads = 8;   // for short answers while all viewers watch
constexpr int kStreamSpare = 8;    // event streams and clips beside the live views
constexpr int kLocalThreads = 4;
#ifdef PORCHLIGHT_SANITIZED
constexpr int kStackBytes = 4 << 20;
#else
constexpr int kStackBytes = 512 << 10;
#endif

bool isLoopback(const std::string& bind) { return net::IPAddress(bind).isLoopback(); }

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
        const std::string holder = web.port == 0 ? "" : portHolder(web.port);
        if (!holder.empty())
            throw Error(ErrorKind::Misconfigured, "listen on " + where + ": in use by " + holder +
                                                      "; end it or choose another web.port");
        throw Error(ErrorKind::Misconfigured, "listen on " + where + ": " + error.displayText());
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
        throw Error(ErrorKind::Misconfigured, "listen on " + path + ": the path is too long for a socket (107 bytes)");
    if (answers(path))
        throw Error(ErrorKind::Misconfigured, "listen on " + path + ": another porchlightd runs with this data folder");
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

net::Context::Ptr makeTls(const Services& services) {
    if (services.config.web.tls == config::TlsMode::Off) return {};
    const auto files = ensureCertificate(services.config.data_dir / "tls", services.clock.wallNow());
    net::Context::Params params;
    params.privateKeyFile = files.key.string();
    params.certificateFile = files.certificate.string();
    params.verificationMode = net::Context::VERIFY_NONE;
    params.loadDefaultCAs = false;
    params.cipherList = "ECDHE+AESGCM:ECDHE+CHACHA20";
    params.dhUse2048Bits = true;
    try {
        net::Context::Ptr context = new net::Context(net::Context::TLS_SERVER_USE, params);
        context->requireMinimumProtocol(net::Context::PROTO_TLSV1_2);
        context->enableSessionCache(true, "porchlight");
        return context;
    } catch (const Poco::Exception& error) {
        throw Error(ErrorKind::Misconfigured, "use certificate " + files.certificate.string() + ": " + error.displayText());
    }
}

net::HTTPServerParams::Ptr makeParams(int threads) {
    net::HTTPServerParams::Ptr params = new net::HTTPServerParams;
    params->setMaxThreads(threads);
    params->setMaxQueued(64);
    params->setThreadIdleTime(Poco::Timespan(1, 0));  // an idle thread may miss the wake-up of stop
    params->setKeepAlive(true);
    params->setKeepAliveTimeout(Poco::Timespan(10, 0));
    params->setMaxKeepAliveRequests(1000);
    params->setTimeout(Poco::Timespan(10, 0));
    return params;
}

ConnectionTable::Limits tableLimits(const config::WebConfig& web, const ServerLimits& limits) {
    const std::size_t streams = web.max_viewers + kStreamSpare;
    const std::size_t per_address = limits.max_per_address != 0 ? limits.max_per_address
                                                                : (streams + kSpareThreads) * 3 / 4;
    return {per_address, streams};
}

}  // namespace

struct Server::Impl {
    Impl(const Services& services, const ServerLimits& limits)
        : threads(static_cast<int>(services.config.web.max_viewers) + kStreamSpare + kSpareThreads),
          socket(bindTcp(services.config.web)), local_socket(bindLocal(services.config.controlSocket())),
          backend(services, tableLimits(services.config.web, limits)), files(services.webroot), router(backend, files),
          pool("web", 2, threads, 30, kStackBytes), local_pool("web-local", 1, kLocalThreads, 30, kStackBytes) {
        net::initializeSSL();
        ConnectionSetup setup{backend.connections, router, makeParams(threads), makeTls(services), false,
                              limits.request_budget};
        tcp = std::make_unique<net::TCPServer>(new ConnectionFactory(setup), pool, socket, setup.params);
        ConnectionSetup local{backend.connections, router, makeParams(kLocalThreads), {}, true, limits.request_budget};
        unix_server = std::make_unique<net::TCPServer>(new ConnectionFactory(local), local_pool, local_socket, local.params);
    }

    const int threads;
    net::ServerSocket socket;
    net::ServerSocket local_socket;
    Backend backend;
    StaticFiles files;
    Router router;
    Poco::ThreadPool pool;
    Poco::ThreadPool local_pool;
    std::unique_ptr<net::TCPServer> tcp;
    std::unique_ptr<net::TCPServer> unix_server;
    bool is_started = false;
    base::Thread upkeep;
};

Server::Server(const Services& services, const ServerLimits& limits)
    : impl_(std::make_unique<Impl>(services, limits)) {}

Server::~Server() { stop(); }

void Server::start() {
    impl_->tcp->start();
    impl_->unix_server->start();
    impl_->is_started = true;
    impl_->upkeep = base::Thread("web-upkeep", [this] { keepEventsTidy(impl_->backend); });
    base::logInfo("web", "listening on " + url());
}

void Server::stop() {
    if (!impl_->is_started) return;
    impl_->is_started = false;
    const auto started = Monotonic::now();
    impl_->backend.connections.stop();
    impl_->tcp->stop();
    impl_->unix_server->stop();
    impl_->socket.close();
    impl_->local_socket.close();
    ::unlink(impl_->backend.services.config.controlSocket().c_str());
    impl_->upkeep.join();
    impl_->pool.joinAll();
    impl_->local_pool.joinAll();
    const auto took = std::chrono::duration_cast<milliseconds>(Monotonic::now() - started);
    if (took > seconds{3}) base::logWarning("web", "stopping took " + std::to_string(took.count()) + " ms");
}

std::uint16_t Server::port() const noexcept { return impl_->socket.address().port(); }

std::string Server::url() const {
    const config::WebConfig& web = impl_->backend.services.config.web;
    const bool is_tls = web.tls != config::TlsMode::Off;
    char host[256] = "localhost";
    std::string name = "localhost";
    if (!isLoopback(web.bind) && ::gethostname(host, sizeof host - 1) == 0) name = std::string(host);
    return std::string(is_tls ? "https://" : "http://") + name + ":" + std::to_string(port());
}

}  // namespace porchlight::web
