/// One request and its answer.
#pragma once

#include <Poco/Net/HTTPResponse.h>

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/connection_table.h"
#include "http/request.h"
#include "http/wire.h"

namespace porchlight::http {

/// Who asks, once that is known.
struct Caller {
    std::string name;
    bool is_admin = false;
    std::string session_hash;             ///< empty for the command line and for tokens
    std::string token_hash;               ///< of an API token; empty otherwise
    std::optional<std::int64_t> user_id;  ///< the account, also that of a token; nothing for the command line
};

/// Where a connection came from.
struct Peer {
    std::string address;     ///< "local" for the control socket
    bool is_local = false;   ///< control socket: trusted as an administrator
    bool is_secure = false;  ///< the browser speaks HTTPS, with us or with a proxy before us
};

/// A stretch of wall time that a request asks for.
struct TimeRange {
    WallTime from{};
    WallTime to{};
};

class Exchange;

/// What answers a complete request: the only thing a connection knows of whoever uses it. Any thread.
class Answerer {
  public:
    virtual ~Answerer() = default;
    /// Answers, whatever happens; a failure of sending closes the connection.
    virtual void handle(Exchange& exchange) const = 0;
};

/// Answers go straight to the socket; every answer carries the security headers. Exactly one answer a
/// request.
/// **Thread**: thread-bound. Sending throws ClientGone. Over 25 functions: most are questions of one line
/// about the request, and ways to answer it that share how an answer begins.
class Exchange {
  public:
    using Bytes = std::span<const std::uint8_t>;

    /// All must outlive it.
    Exchange(const Request& request, Wire& wire, ConnectionTable::Entry& entry, const Peer& peer,
             bool can_keep_alive);

    // --- the request
    std::string method() const;  ///< HEAD reads as GET
    bool isHead() const noexcept { return is_head_; }
    const std::string& path() const noexcept { return path_; }  ///< not decoded
    const std::string& body() const noexcept { return request_.body; }
    const Peer& peer() const noexcept { return peer_; }
    void setPeer(Peer peer) { peer_ = std::move(peer); }
    std::string header(const std::string& name) const { return request_.head.get(name); }
    std::string headerList(const std::string& name) const;  ///< of all headers of that name, commas between
    std::string cookie(const std::string& name) const;
    std::string queryText() const;  ///< with its '?', not decoded; empty: none
    std::optional<std::string> query(const std::string& name) const;
    /// Throws HttpError(400).
    std::optional<WallTime> queryTime(const std::string& name, WallTime now) const;
    std::optional<bool> queryBoolean(const std::string& name) const;  ///< Throws HttpError(400).
    std::vector<std::string> path_values;                             ///< what stood at {placeholders}
    std::optional<Caller> caller;

    // --- the answer
    void setHeader(const std::string& name, const std::string& value) { response_.set(name, value); }
    void addHeader(const std::string& name, const std::string& value) { response_.add(name, value); }
    void sendJson(int status, const std::string& json);
    void sendError(int status, const std::string& code, const std::string& message,
                   const std::string& field = {});
    void sendEmpty(int status);
    void sendBytes(int status, const std::string& type, Bytes bytes);

    /// Sends a browser to another page; `location` is relative to this request's path.
    void sendRedirect(const std::string& location);

    /// Answers in pieces: of a known length, or as long as it lasts (chunked, or until close for HTTP/1.0).
    void beginFixed(int status, const std::string& type, std::uint64_t length);
    void beginOpenEnded(const std::string& type);
    /// `budget`: how long the client may take to accept these bytes.
    void sendPart(Bytes bytes, milliseconds budget);
    void finishOpenEnded();

    /// Answers 101: the connection speaks `protocol` from now on, by sendPart() and receive(), and ends with
    /// this exchange. `fields`: further header lines, each with its line end.
    void switchProtocol(const std::string& protocol, const std::string& fields);
    /// Appends what has come behind the request, 64 KiB at most; never blocks. Throws ClientGone when nothing
    /// will come any more.
    void receive(std::string& into);

    /// Whether the client closed the connection, or its sending half: who asked does not wait any more. Never
    /// blocks.
    bool isClientGone() const noexcept { return wire_.isClientGone(); }
    /// Asked twice a second while a slow client takes its answer: true ends it. Empty: nobody is asked.
    void endWhen(std::function<bool()> is_over) { is_over_ = std::move(is_over); }
    bool hasAnswered() const noexcept { return has_answered_; }
    bool mayKeepAlive() const noexcept { return keep_alive_; }
    void closeAfterwards() noexcept { keep_alive_ = false; }
    int status() const { return static_cast<int>(response_.getStatus()); }
    ConnectionTable::Entry& entry() noexcept { return entry_; }

  private:
    std::string head(int status);
    void sendAll(Bytes bytes);

    const Request& request_;
    Poco::Net::HTTPResponse response_;
    Wire& wire_;
    ConnectionTable::Entry& entry_;
    Peer peer_;
    std::string path_;
    std::function<bool()> is_over_;
    bool is_head_;
    bool keep_alive_;
    bool is_chunked_ = false;
    bool has_answered_ = false;
};

inline Exchange::Bytes bytesOf(std::string_view text) noexcept {
    return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace porchlight::http
