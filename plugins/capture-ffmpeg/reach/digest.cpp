#include "digest.h"

#include <cstdint>
#include <memory>
#include <utility>

#include "challenge.h"
#include "porchlight/head.h"
#include "socket.h"
#include "tls_wire.h"
#include "wire.h"

namespace porchlight::ffmpeg {
namespace {

constexpr std::size_t kMaxHead = 16384;

std::string pathOf(const std::string& url) {
    const std::size_t slash = url.find('/', url.find("://") + 3);
    return slash == std::string::npos ? "/" : url.substr(slash);
}

/// The head of what the camera answers to somebody without a password.
std::string headOf(const Address& address, const std::vector<std::string>& hosts, Deadline deadline,
                   const std::atomic<bool>& stop) {
    Socket socket = connectToOneOf(hosts, address, deadline, stop);
    if (socket.fd() < 0) return {};
    std::unique_ptr<Wire> wire;
    if (address.scheme != "https")
        wire = std::make_unique<TcpWire>(std::move(socket), stop);
    else if (openTls(std::move(socket), address.host, deadline, stop, wire) < 0)
        return {};
    const bool is_ipv6 = address.host.find(':') != std::string::npos;
    const std::string host = is_ipv6 ? "[" + address.host + "]" : address.host;
    const std::string request = "GET " + pathOf(withoutLogin(address.url)) + " HTTP/1.1\r\nHost: " + host +
                                ":" + std::to_string(address.port) + "\r\nConnection: close\r\n\r\n";
    if (wire->send(request, deadline) < 0) return {};
    std::string heard;
    while (headLength(heard) == std::string_view::npos && heard.size() < kMaxHead) {
        std::uint8_t block[1024];
        const int size = wire->receive(block, deadline);
        if (size < 0) break;
        heard.append(reinterpret_cast<const char*>(block), static_cast<std::size_t>(size));
    }
    return heard;
}

}  // namespace

std::string ownAnswer(std::string_view head, const Login& login, std::string_view path,
                      std::string_view client_nonce) {
    const std::vector<Challenge> offers = challengesIn(head);
    const Challenge* best = bestOf(offers);
    if (best == nullptr || doesLibavformatAnswer(offers)) return {};
    return answerTo(*best, login, {"GET", path, client_nonce});
}

std::string ownHeader(const Address& address, const std::vector<std::string>& hosts, Deadline deadline,
                      const std::atomic<bool>& stop) {
    const auto login = loginOf(address.url);
    if (address.kind != Address::Kind::Http || address.port <= 0 || !login) return {};
    return ownAnswer(headOf(address, hosts, deadline, stop), *login, pathOf(withoutLogin(address.url)),
                     freshNonce());
}

}  // namespace porchlight::ffmpeg
