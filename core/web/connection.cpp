#include "web/connection.h"

#include <Poco/String.h>
#include <Poco/Net/HTTPServerRequestImpl.h>
#include <Poco/Net/HTTPServerResponseImpl.h>
#include <Poco/Net/HTTPServerSession.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <Poco/Net/TCPServerConnection.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>

#include "base/log.h"
#include "web/http_error.h"
#include "web/local_peer.h"
#include "web/router.h"

namespace porchlight::web {
namespace {

namespace net = Poco::Net;
constexpr std::size_t kMaxBodyBytes = 64 * 1024;

bool isNumber(const std::string& text) noexcept {
    return !text.empty() && text.size() <= 9 && text.find_first_not_of("0123456789") == std::string::npos;
}

/// What makes the end of a body uncertain is refused: the rest could be read as another request.
void checkFraming(const net::HTTPRequest& request) {
    const auto count = [&](const std::string& name) {
        return std::count_if(request.begin(), request.end(),
                             [&](const auto& field) { return Poco::icompare(field.first, name) == 0; });
    };
    const auto lengths = count("Content-Length");
    const auto encodings = count("Transfer-Encoding");
    if (lengths + encodings > 1) throw HttpError(400, "bad_framing", "more than one length of the body");
    if (lengths == 1 && !isNumber(request.get("Content-Length")))
        throw HttpError(400, "bad_framing", "Content-Length is not a number");
    if (encodings == 1 && Poco::icompare(request.get("Transfer-Encoding"), "chunked") != 0)
        throw HttpError(501, "bad_framing", "only chunked is understood");
    if (request.getURI().empty() || request.getURI().front() != '/' || request.getURI().find('\0') != std::string::npos)
        throw HttpError(400, "bad_path", "the path must begin with /");
}

std::string readBody(net::HTTPServerRequestImpl& request, net::StreamSocket& socket) {
    if (request.hasContentLength() && std::stoul(request.get("Content-Length")) > kMaxBodyBytes)
        throw HttpError(413, "too_large", "the body is larger than 64 KiB");
    const bool has_body = request.hasContentLength() || request.getChunkedTransferEncoding();
    if (!has_body) return {};
    if (request.getExpectContinue()) {
        static const std::string kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
        socket.sendBytes(kContinue.data(), static_cast<int>(kContinue.size()));
    }
    std::string body(kMaxBodyBytes + 1, '\0');
    request.stream().read(body.data(), static_cast<std::streamsize>(body.size()));
    body.resize(static_cast<std::size_t>(request.stream().gcount()));
    if (body.size() > kMaxBodyBytes) throw HttpError(413, "too_large", "the body is larger than 64 KiB");
    if (request.hasContentLength() && body.size() < std::stoul(request.get("Content-Length")))
        throw ClientGone("the body ended early");
    return body;
}

void setSocketOptions(net::StreamSocket& socket) {
    socket.setSendTimeout(Poco::Timespan(10, 0));
    const int fd = socket.impl()->sockfd();
    int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    unsigned timeout_ms = 20'000;
    ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof timeout_ms);
}

class Connection final : public net::TCPServerConnection {
  public:
    Connection(const net::StreamSocket& socket, const ConnectionSetup& setup)
        : TCPServerConnection(socket), setup_(setup) {}

    void run() override {
        try {
            serve();
        } catch (const Poco::Exception& error) {
            base::logDebug("web", "connection ended: " + error.displayText());
        } catch (const std::exception& error) {
            base::logDebug("web", std::string("connection ended: ") + error.what());
        }
    }

  private:
    void serve() {
        Peer peer;
        peer.is_local = setup_.is_local;
        peer.is_secure = !setup_.tls.isNull();
        peer.address = setup_.is_local ? "local" : socket().peerAddress().host().toString();
        if (!setup_.is_local) setSocketOptions(socket());
        else if (isOwnDescendant(socket().impl()->sockfd())) return base::logWarning("web", "a process of the appliance itself was refused at the control socket");
        ConnectionTable::Entry admission(setup_.table, socket().impl()->sockfd(), peer.address);
        if (!admission.isAdmitted()) return;
        admission.mustMoveWithin(setup_.request_budget);
        net::StreamSocket stream = socket();
        if (peer.is_secure) stream = net::SecureStreamSocket::attach(socket(), setup_.tls);
        serveRequests(stream, admission, peer);
    }

    void serveRequests(net::StreamSocket& stream, ConnectionTable::Entry& entry, const Peer& peer) {
        net::HTTPServerSession session(stream, setup_.params);
        while (true) {
            if (!session.hasMoreRequests()) break;
            entry.mustMoveWithin(setup_.request_budget);
            const bool goes_on = serveOne(session, stream, entry, peer);
            session.setKeepAlive(goes_on);
            if (!goes_on || setup_.table.isStopping()) break;
            entry.mayRest();
        }
    }

    bool serveOne(net::HTTPServerSession& session, net::StreamSocket& stream, ConnectionTable::Entry& entry,
                  const Peer& peer) {
        net::HTTPServerResponseImpl unused(session);
        net::HTTPServerParams::Ptr params = setup_.params;
        std::unique_ptr<net::HTTPServerRequestImpl> request;
        try {
            request = std::make_unique<net::HTTPServerRequestImpl>(unused, session, params.get());
        } catch (const net::NoMessageException&) {
            return false;
        } catch (const Poco::Exception& error) {
            const net::HTTPRequest nothing;
            Exchange(nothing, "", stream, entry, peer, false).sendError(400, "bad_request", "not a request");
            base::logDebug("web", "bad request from " + peer.address + ": " + error.displayText());
            return false;
        }
        return answer(*request, session, stream, entry, peer);
    }

    bool answer(net::HTTPServerRequestImpl& request, net::HTTPServerSession& session, net::StreamSocket& stream,
                ConnectionTable::Entry& entry, const Peer& peer) {
        std::string body;
        try {
            checkFraming(request);
            body = readBody(request, stream);
        } catch (const HttpError& error) {
            Exchange(request, "", stream, entry, peer, false).sendError(error.status, error.code, error.what());
            return false;
        }
        // A chunked body may be followed by bytes that were not read: such a connection is not used again.
        const bool can_keep_alive =
            request.getKeepAlive() && session.canKeepAlive() && !request.getChunkedTransferEncoding();
        Exchange exchange(request, std::move(body), stream, entry, peer, can_keep_alive);
        setup_.router.handle(exchange);
        return exchange.mayKeepAlive();
    }

    const ConnectionSetup& setup_;
};

}  // namespace

net::TCPServerConnection* ConnectionFactory::createConnection(const net::StreamSocket& socket) {
    return new Connection(socket, setup_);
}

}  // namespace porchlight::web
