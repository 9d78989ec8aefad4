/// One HTTP connection: read without a thread, answered by one, and read again.
#pragma once

#include <memory>

#include "base/budgets.h"
#include "http/connection_table.h"
#include "http/exchange.h"
#include "http/request.h"
#include "http/wire.h"

namespace porchlight::http {

/// A listening socket and what its connections are like.
struct Door {
    int socket = -1;
    bool is_local = false;                              ///< the control socket
    std::function<std::shared_ptr<SSL_CTX>()> tls{};    ///< of the next connection; empty: plain
    milliseconds request_budget{budget::kHttpRequest};  ///< handshake, header and body together
};

/// **Owns** its socket. **Thread**: thread-bound, one after the other: the lobby's or a web thread's.
class Connection {
  public:
    enum class Wish : std::uint8_t { Read = 1, Write, Answer, End };

    /// `door` and `table` must outlive it. Throws Error(Exhausted).
    Connection(ConnectionTable& table, base::Fd socket, const Door& door, const std::string& address);

    /// Goes on with handshake and request as far as that is possible; never blocks.
    Wish advance();

    /// A session or token was shown, or it is the control socket.
    bool isKnown() const { return entry_.isKnown(); }

    /// Answers the complete request; false: the connection is over. Blocks as long as the handler and the
    /// client do.
    bool answer(const Answerer& answerer) noexcept;

    /// Before advance() after an answer: the client has ten seconds to begin another request.
    void awaitNext();

    bool isAdmitted() const noexcept { return entry_.isAdmitted(); }
    bool isLocal() const noexcept { return door_.is_local; }
    int fd() const noexcept { return wire_.fd(); }
    std::size_t bytes() const noexcept { return reader_.bytes(); }  ///< held of an incomplete request

  private:
    bool lookAtFirstByte();
    void refuse(const HttpError& error);
    void endSoon();
    void redirect(const Request& request);

    const Door& door_;
    Peer peer_;
    Wire wire_;
    ConnectionTable::Entry entry_;  // behind the wire: its row goes before the socket is closed
    RequestReader reader_;
    bool is_waiting_for_first_byte_;
    bool is_misdirected_ = false;  ///< plain HTTP where TLS is spoken
    bool is_between_ = false;      ///< nothing of the next request has come
    bool is_ending_ = false;       ///< refused, answered; only the client's end is awaited
};

}  // namespace porchlight::http
