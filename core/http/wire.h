/// The bytes of one connection, plain or TLS.
#pragma once

#include <openssl/ssl.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>

#include "base/fd.h"

namespace porchlight::http {

/// **Owns** the socket, which never blocks, and its TLS state. **Thread**: thread-bound, one after the other:
/// the lobby's while a request is read, a web thread's while it is answered.
class Wire {
  public:
    enum class Step : std::uint8_t { Done = 1, WantsRead, WantsWrite, Ended };

    /// `tls`: null for a plain connection; kept alive by the TLS state. Throws Error(Exhausted).
    Wire(base::Fd socket, SSL_CTX* tls);
    ~Wire();  ///< says goodbye and closes; never blocks
    Wire(const Wire&) = delete;
    Wire& operator=(const Wire&) = delete;

    /// Goes on with the handshake; Done at once on a plain connection. Never blocks.
    Step shake();

    /// The client does not speak TLS: what follows is plain. Before the handshake.
    void speakPlain() noexcept { tls_.reset(); }

    /// Appends at most 16 KiB of what has come. Never blocks.
    Step receive(std::string& into);

    /// Blocks until all is sent; asks `is_over` (may be empty) twice a second. Throws ClientGone: also when
    /// the socket was shut down by ConnectionTable.
    void send(std::span<const std::uint8_t> bytes, const std::function<bool()>& is_over);

    /// Sends these few bytes if that is possible at once; false otherwise. Never blocks.
    bool trySend(std::span<const std::uint8_t> bytes);

    /// Ends the sending half; drain() then throws away what still comes, 256 KiB at most: closing over unread
    /// bytes would destroy the answer on its way. Never block.
    void endSending() noexcept;
    Step drain() noexcept;

    /// Whether the client closed the connection, or its sending half. Never blocks.
    bool isClientGone() const noexcept;

    bool isSecure() const noexcept { return tls_ != nullptr; }
    int fd() const noexcept { return socket_.get(); }

  private:
    struct FreeTls {
        void operator()(SSL* tls) const { ::SSL_free(tls); }
    };
    Step stepOf(int result);
    Step sendSome(std::span<const std::uint8_t>& bytes);

    base::Fd socket_;
    std::unique_ptr<SSL, FreeTls> tls_;
    bool is_shaken_ = false;
    std::size_t drained_bytes_ = 0;
};

}  // namespace porchlight::http
