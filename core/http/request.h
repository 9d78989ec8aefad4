/// What a client asks, and how it is cut out of the bytes of its connection. Strict (RFC 9112): where two
/// readers could disagree about the end of a request, the request is refused and the connection ends.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/http_error.h"

namespace porchlight::http {

/// The request line and the header fields.
struct RequestHead {
    std::string method;
    std::string target;  ///< begins with "/"
    std::string version = "HTTP/1.1";
    std::vector<std::pair<std::string, std::string>> fields;

    /// Of the first field of this name, in any case; "" when there is none.
    std::string get(std::string_view name) const;
    std::size_t count(std::string_view name) const;
    bool isChunked() const { return count("Transfer-Encoding") > 0; }
    bool keepsAlive() const;
};

/// Reads a head with its empty line at the end. Pure. Throws HttpError(400; 501 for an unknown transfer
/// encoding).
RequestHead parseHead(std::string_view text);

struct Request {
    RequestHead head;
    std::string body;
};

/// Collects the bytes of a connection until they are a request. No I/O. **Thread**: thread-bound.
class RequestReader {
  public:
    static constexpr std::size_t kMaxHeadBytes = 32U << 10U;
    static constexpr std::size_t kMaxBodyBytes = 64U << 10U;

    /// Where what comes is appended.
    std::string& buffer() noexcept { return buffer_; }
    bool isEmpty() const noexcept { return buffer_.empty() && !head_; }
    std::size_t bytes() const noexcept { return buffer_.size() + body_.size(); }

    /// Looks at what has come; true when a request is complete or was refused.
    bool look();

    /// True once for a request whose client waits for "100 Continue" before it sends the body.
    bool takeContinue() noexcept { return std::exchange(wants_continue_, false); }

    /// After look() said true: the request; what came behind it stays. Throws the HttpError it was refused
    /// with.
    Request take();

  private:
    void lookAtHead();
    void lookAtChunks();
    bool takeLine(std::string& line);

    std::string buffer_;
    std::optional<RequestHead> head_;
    std::optional<HttpError> refusal_;
    std::string body_;                ///< of a chunked body, what was decoded
    std::size_t blank_bytes_ = 0;     ///< in front of the head
    std::size_t searched_ = 0;        ///< so far there is no end of the head
    std::size_t length_ = 0;          ///< of a body that is not chunked
    std::size_t chunk_left_ = 0;      ///< of the chunk at the beginning of buffer_, with its line end
    std::size_t overhead_bytes_ = 0;  ///< size lines and trailers
    bool is_in_trailer_ = false;
    bool is_complete_ = false;
    bool wants_continue_ = false;
};

}  // namespace porchlight::http
