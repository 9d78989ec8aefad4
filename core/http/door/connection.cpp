#include "http/door/connection.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include "base/budgets.h"
#include "base/log.h"

namespace porchlight::http {
namespace {

constexpr milliseconds kEnding{1'000};  // for the client to take a refusal
constexpr std::uint8_t kTlsHandshake = 0x16;
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

void setSocketOptions(int fd) {
    int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    unsigned timeout_ms = 20'000;
    ::setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof timeout_ms);
}

Connection::Wish wishOf(Wire::Step step) noexcept {
    if (step == Wire::Step::WantsRead) return Connection::Wish::Read;
    return step == Wire::Step::WantsWrite ? Connection::Wish::Write : Connection::Wish::End;
}

}  // namespace

Connection::Connection(ConnectionTable& table, base::Fd socket, const Door& door, const std::string& address)
    : door_(door),
      wire_(std::move(socket), door.tls ? door.tls().get() : nullptr),
      entry_(table, wire_.fd(), address, door.is_local),
      is_waiting_for_first_byte_(wire_.isSecure()) {
    peer_.address = address;
    peer_.is_local = door.is_local;
    peer_.is_secure = wire_.isSecure();
    if (!door.is_local) setSocketOptions(wire_.fd());
    entry_.mustMoveWithin(door.request_budget);
}

/// False while there is none. Whoever does not begin as TLS does speaks plain HTTP, and is told where to go.
bool Connection::lookAtFirstByte() {
    std::uint8_t byte = 0;
    if (::recv(wire_.fd(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 1) return false;
    is_waiting_for_first_byte_ = false;
    if (byte == kTlsHandshake) return true;
    is_misdirected_ = true;
    peer_.is_secure = false;
    wire_.speakPlain();
    return true;
}

Connection::Wish Connection::advance() {
    if (is_ending_) return wishOf(wire_.drain());
    if (is_waiting_for_first_byte_ && !lookAtFirstByte())
        return wire_.isClientGone() ? Wish::End : Wish::Read;
    if (const auto step = wire_.shake(); step != Wire::Step::Done) return wishOf(step);
    while (!reader_.look()) {
        if (reader_.takeContinue() && !wire_.trySend(bytesOf(kContinue))) return Wish::End;
        if (const auto step = wire_.receive(reader_.buffer()); step != Wire::Step::Done) return wishOf(step);
        if (std::exchange(is_between_, false)) entry_.mustMoveWithin(door_.request_budget);
    }
    return Wish::Answer;
}

void Connection::awaitNext() {
    if (is_ending_) return;
    entry_.mustMoveWithin(reader_.isEmpty() ? milliseconds(budget::kHttpRequest) : door_.request_budget);
    is_between_ = reader_.isEmpty();
}

bool Connection::answer(const Answerer& answerer) noexcept {
    entry_.setServed(true);
    bool goes_on = false;
    try {
        const Request request = reader_.take();
        if (is_misdirected_) {
            redirect(request);
        } else {
            entry_.mustMoveWithin(door_.request_budget);
            Exchange exchange(request, wire_, entry_, peer_, request.head.keepsAlive());
            answerer.handle(exchange);
            goes_on = exchange.mayKeepAlive();
        }
        goes_on = goes_on || is_ending_;
    } catch (const HttpError& error) {
        refuse(error);
        goes_on = is_ending_;
    } catch (const ClientGone& gone) {
        base::logDebug("web", std::string("connection ended: ") + gone.what());
    } catch (const std::exception& error) {
        base::logError("web", std::string("connection ended: ") + error.what());
    }
    entry_.setServed(false);
    return goes_on;
}

void Connection::refuse(const HttpError& error) {
    base::logDebug("web", "bad request from " + peer_.address + ": " + error.what());
    try {
        const Request nothing{};
        Exchange(nothing, wire_, entry_, peer_, false).sendError(error.status, error.code, error.what());
        endSoon();
    } catch (const ClientGone&) {
        return;  // who does not wait for the answer needs none
    }
}

void Connection::redirect(const Request& request) {
    base::logDebug("web", "plain HTTP of " + peer_.address + " where HTTPS is spoken: told to use https://");
    const std::string host = request.head.get("Host");
    if (host.empty()) throw HttpError(400, "https_only", "HTTPS is spoken here: use https://");
    const std::string place = "https://" + host + request.head.target;
    Exchange exchange(request, wire_, entry_, peer_, false);
    exchange.setHeader("Location", place);
    exchange.sendBytes(308, "text/plain; charset=utf-8", bytesOf("HTTPS is spoken here: " + place + "\n"));
    endSoon();
}

/// The lobby waits for the client's end, so that no thread has to.
void Connection::endSoon() {
    wire_.endSending();
    is_ending_ = true;
    entry_.mustMoveWithin(kEnding);
}

}  // namespace porchlight::http
