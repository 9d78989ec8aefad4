#include "http/wire.h"

#include <openssl/err.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "base/budgets.h"
#include "http/http_error.h"

namespace porchlight::http {
namespace {

constexpr std::size_t kMostAtOnce = 16U << 10U;  // a TLS record
constexpr std::size_t kMostUnread = 256U << 10U;

}  // namespace

Wire::Wire(base::Fd socket, SSL_CTX* tls) : socket_(std::move(socket)), tls_(tls ? ::SSL_new(tls) : nullptr) {
    if (!tls) return;
    if (!tls_ || ::SSL_set_fd(tls_.get(), socket_.get()) != 1)
        throw Error(ErrorKind::Exhausted, "no memory for TLS");
    ::SSL_set_mode(tls_.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                   SSL_MODE_RELEASE_BUFFERS);
    ::SSL_set_accept_state(tls_.get());
}

Wire::~Wire() {
    ::ERR_clear_error();
    if (tls_ && is_shaken_) ::SSL_shutdown(tls_.get());
}

Wire::Step Wire::stepOf(int result) {
    const int reason = ::SSL_get_error(tls_.get(), result);
    if (reason == SSL_ERROR_WANT_READ) return Step::WantsRead;
    if (reason == SSL_ERROR_WANT_WRITE) return Step::WantsWrite;
    is_shaken_ = false;  // after an error nothing may be sent any more
    return Step::Ended;
}

Wire::Step Wire::shake() {
    if (!tls_ || is_shaken_) return Step::Done;
    ::ERR_clear_error();
    const int result = ::SSL_do_handshake(tls_.get());
    is_shaken_ = result == 1;
    return is_shaken_ ? Step::Done : stepOf(result);
}

Wire::Step Wire::receive(std::string& into) {
    char piece[kMostAtOnce];
    if (tls_) {
        ::ERR_clear_error();
        const int got = ::SSL_read(tls_.get(), piece, sizeof piece);
        if (got <= 0) return stepOf(got);
        into.append(piece, static_cast<std::size_t>(got));
        return Step::Done;
    }
    const ssize_t got = ::recv(socket_.get(), piece, sizeof piece, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Step::WantsRead;
    if (got <= 0) return Step::Ended;
    into.append(piece, static_cast<std::size_t>(got));
    return Step::Done;
}

Wire::Step Wire::sendSome(std::span<const std::uint8_t>& bytes) {
    const std::size_t wanted = std::min<std::size_t>(bytes.size(), 1U << 20U);
    if (tls_) {
        ::ERR_clear_error();
        const int sent = ::SSL_write(tls_.get(), bytes.data(), static_cast<int>(wanted));
        if (sent <= 0) return stepOf(sent);
        bytes = bytes.subspan(static_cast<std::size_t>(sent));
        return Step::Done;
    }
    const ssize_t sent = ::send(socket_.get(), bytes.data(), wanted, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) return Step::WantsWrite;
    if (sent <= 0) return Step::Ended;
    bytes = bytes.subspan(static_cast<std::size_t>(sent));
    return Step::Done;
}

void Wire::send(std::span<const std::uint8_t> bytes, const std::function<bool()>& is_over) {
    while (!bytes.empty()) {
        const Step step = sendSome(bytes);
        if (step == Step::Done) continue;
        if (step == Step::Ended) throw ClientGone("connection closed");
        pollfd wait{socket_.get(), static_cast<short>(step == Step::WantsWrite ? POLLOUT : POLLIN), 0};
        ::poll(&wait, 1, static_cast<int>(budget::kIdleAnswerLook.count()));
        if (wait.revents == 0 && is_over && is_over())
            throw ClientGone("nobody waits for the rest of the answer");
    }
}

bool Wire::trySend(std::span<const std::uint8_t> bytes) {
    return sendSome(bytes) == Step::Done && bytes.empty();
}

void Wire::endSending() noexcept {
    ::ERR_clear_error();
    if (tls_ && is_shaken_) ::SSL_shutdown(tls_.get());
    is_shaken_ = false;
    ::shutdown(socket_.get(), SHUT_WR);
}

Wire::Step Wire::drain() noexcept {
    char piece[kMostAtOnce];
    while (drained_bytes_ < kMostUnread) {
        const ssize_t got = ::recv(socket_.get(), piece, sizeof piece, MSG_DONTWAIT);
        if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Step::WantsRead;
        if (got <= 0) return Step::Ended;
        drained_bytes_ += static_cast<std::size_t>(got);
    }
    return Step::Ended;
}

bool Wire::isClientGone() const noexcept {
    pollfd look{socket_.get(), POLLRDHUP, 0};
    return ::poll(&look, 1, 0) > 0 && look.revents != 0;
}

}  // namespace porchlight::http
