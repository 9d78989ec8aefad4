#include "tls_wire.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string_view>
#include <utility>

#include "libav/libav.h"
#include "porchlight/error.h"

namespace porchlight::ffmpeg {
namespace {

template <auto Free>
struct Freed {
    template <typename T>
    void operator()(T* object) const noexcept {
        Free(object);
    }
};
using ContextPtr = std::unique_ptr<SSL_CTX, Freed<SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, Freed<SSL_free>>;
using MethodPtr = std::unique_ptr<BIO_METHOD, Freed<BIO_meth_free>>;

/// Cameras of ten years ago have small keys and TLS 1.0; no encryption at all would be worse.
constexpr const char* kCiphers = "DEFAULT@SECLEVEL=0";

int limited(std::size_t size) noexcept {
    return static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()));
}

// OpenSSL's own BIO of a socket raises SIGPIPE where the camera has hung up.
int writeSocket(BIO* bio, const char* data, int size) {
    const auto* socket = static_cast<const Socket*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    const ssize_t sent =
        ::send(socket->fd(), data, static_cast<std::size_t>(size), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
    return static_cast<int>(sent);
}

int readSocket(BIO* bio, char* to, int size) {
    const auto* socket = static_cast<const Socket*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    const ssize_t received = ::recv(socket->fd(), to, static_cast<std::size_t>(size), MSG_DONTWAIT);
    if (received < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_read(bio);
    return static_cast<int>(received);
}

long controlSocket(BIO*, int command, long, void*) {
    return command == BIO_CTRL_FLUSH ? 1 : 0;
}

MethodPtr socketMethod() {
    static const int type = BIO_get_new_index() | BIO_TYPE_SOURCE_SINK;  // there are 127 of them
    MethodPtr method(BIO_meth_new(type, "camera"));
    if (!method) return method;
    BIO_meth_set_write(method.get(), writeSocket);
    BIO_meth_set_read(method.get(), readSocket);
    BIO_meth_set_ctrl(method.get(), controlSocket);
    return method;
}

/// Owns: socket, context, connection. The connection goes first.
class TlsWire final : public Wire {
  public:
    TlsWire(Socket socket, const std::atomic<bool>& stop);

    /// -> an averror, or 0
    int agree(const std::string& host, Deadline deadline);

    int receive(std::span<std::uint8_t> room, Deadline deadline) override;
    int send(std::string_view bytes, Deadline deadline) override;
    bool takesBytes() override { return isWritable(socket_); }
    bool isCutOff() const noexcept override { return is_cut_off_; }

  private:
    template <typename Call>
    int untilDone(Deadline deadline, const Call& call);
    int failureOf(int why) const noexcept;

    Socket socket_;
    const std::atomic<bool>& stop_;
    MethodPtr method_;
    ContextPtr context_;
    SslPtr ssl_;
    bool is_cut_off_ = false;
};

TlsWire::TlsWire(Socket socket, const std::atomic<bool>& stop)
    : socket_(std::move(socket)),
      stop_(stop),
      method_(socketMethod()),
      context_(SSL_CTX_new(TLS_client_method())) {
    if (context_) ssl_.reset(SSL_new(context_.get()));
    BIO* bio = method_ && ssl_ ? BIO_new(method_.get()) : nullptr;
    if (bio == nullptr) throw Error(ErrorKind::Exhausted, "open a camera over TLS: out of memory");
    BIO_set_data(bio, &socket_);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl_.get(), bio, bio);
    SSL_set_verify(ssl_.get(), SSL_VERIFY_NONE, nullptr);
    SSL_set_min_proto_version(ssl_.get(), TLS1_VERSION);
    SSL_set_cipher_list(ssl_.get(), kCiphers);
    SSL_set_options(ssl_.get(), SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_LEGACY_SERVER_CONNECT);
}

/// Calls again and again as the connection wants to be read from or written to. `call`: -> above 0 when done.
template <typename Call>
int TlsWire::untilDone(Deadline deadline, const Call& call) {
    while (true) {
        // Also where bytes never cease to come.
        if (stop_) return AVERROR_EXIT;
        if (deadline.isPast()) return AVERROR(ETIMEDOUT);
        ERR_clear_error();
        errno = 0;
        const int result = call();
        if (result > 0) return result;
        const int why = SSL_get_error(ssl_.get(), result);
        const bool wants_read = why == SSL_ERROR_WANT_READ;
        if (!wants_read && why != SSL_ERROR_WANT_WRITE) return failureOf(why);
        if (waitFor(socket_, wants_read ? POLLIN : POLLOUT, deadline, stop_) == 0)
            return stop_ ? AVERROR_EXIT : AVERROR(ETIMEDOUT);
    }
}

int TlsWire::failureOf(int why) const noexcept {
    const int error = errno;
    if (why == SSL_ERROR_ZERO_RETURN) return AVERROR_EOF;
    if (why == SSL_ERROR_SYSCALL) return error == 0 ? AVERROR_EOF : AVERROR(error);
    return AVERROR(EIO);
}

int TlsWire::agree(const std::string& host, Deadline deadline) {
    in6_addr number{};
    const bool is_number =
        ::inet_pton(AF_INET, host.c_str(), &number) == 1 || ::inet_pton(AF_INET6, host.c_str(), &number) == 1;
    if (!is_number) SSL_set_tlsext_host_name(ssl_.get(), host.c_str());
    const int result = untilDone(deadline, [this] { return SSL_connect(ssl_.get()); });
    return result > 0 ? 0 : result;
}

int TlsWire::receive(std::span<std::uint8_t> room, Deadline deadline) {
    const int size = limited(room.size());
    return untilDone(deadline, [&] { return SSL_read(ssl_.get(), room.data(), size); });
}

/// One record of it may be on its way when the time is over: nothing can follow.
int TlsWire::send(std::string_view bytes, Deadline deadline) {
    if (is_cut_off_) return AVERROR(EPIPE);
    while (!bytes.empty()) {
        const int size = limited(bytes.size());
        const int result = untilDone(deadline, [&] { return SSL_write(ssl_.get(), bytes.data(), size); });
        is_cut_off_ = result <= 0;
        if (is_cut_off_) return result;
        bytes.remove_prefix(static_cast<std::size_t>(result));
    }
    return 0;
}

}  // namespace

int openTls(Socket socket, const std::string& host, Deadline deadline, const std::atomic<bool>& stop,
            std::unique_ptr<Wire>& opened) {
    OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);  // what it says is meant for other programs
    auto wire = std::make_unique<TlsWire>(std::move(socket), stop);
    const int result = wire->agree(host, deadline);
    if (result == 0) opened = std::move(wire);
    return result == AVERROR_EOF || result == AVERROR(ECONNRESET) ? AVERROR(EIO) : result;
}

}  // namespace porchlight::ffmpeg
