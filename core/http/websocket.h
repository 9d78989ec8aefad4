/// WebSocket (RFC 6455), the server's side, without extensions: messages of text or bytes both ways over one
/// connection.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "http/exchange.h"

namespace porchlight::http {

/// Cuts what a client sends into messages. Pure, bytes may be hostile. **Thread**: thread-bound.
class FrameReader {
  public:
    static constexpr std::size_t kMaxMessageBytes = 16U << 10U;  ///< of a message of a client, all its frames

    enum class Kind : std::uint8_t { Text = 1, Bytes, Close, Ping, Pong };
    struct Message {
        Kind kind = Kind::Text;
        std::string data;
    };

    /// Where what comes is appended.
    std::string& buffer() noexcept { return buffer_; }

    /// The next whole message. Throws HttpError(400) for what no client may send: not masked, reserved bits
    /// or kinds, too long, continued without a begin.
    std::optional<Message> next();

  private:
    struct Head {
        unsigned opcode = 0;
        bool is_last = false;
        std::size_t size_bytes = 0;
        std::size_t payload_at = 0;
    };
    std::optional<Head> head() const;
    std::string takePayload(const Head& head);

    std::string buffer_;
    std::optional<Message> open_;  ///< of which more frames follow
};

/// The head of a message of the server, which is one frame. Pure.
std::string frameHead(FrameReader::Kind kind, std::size_t size_bytes);

/// What the client finds in Sec-WebSocket-Accept. Pure.
std::string acceptanceOf(const std::string& key);

/// A connection that became a WebSocket. Pings who is silent, and ends with who stays so. **Thread**:
/// thread-bound.
class WebSocket {
  public:
    static constexpr seconds kPingAfter{10};
    static constexpr seconds kSilenceMax{25};

    /// Answers 101. Throws HttpError(426, 400) when the request asks for no WebSocket.
    explicit WebSocket(Exchange& exchange);

    /// One message; `budget`: how long the client may take to accept it. Throws ClientGone.
    void send(FrameReader::Kind kind, std::string_view head, Exchange::Bytes body, milliseconds budget);

    /// The next message of the client that has come; never waits for one. Answers pings. Throws ClientGone
    /// when the client closed, broke the rules, or has been silent for too long.
    std::optional<std::string> receive();

    /// Says goodbye as far as that is possible at once; `code` as in RFC 6455, 7.4.1. Throws ClientGone.
    void close(std::uint16_t code);

  private:
    void keepAlive();
    std::optional<std::string> nextText();

    Exchange& exchange_;
    FrameReader reader_;
    Monotonic::time_point heard_at_ = Monotonic::now();
    Monotonic::time_point pinged_at_ = heard_at_;
};

}  // namespace porchlight::http
