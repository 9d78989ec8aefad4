/// One HTTP answer, read from whatever pieces it comes in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace porchlight::http {

struct HttpAnswer {
    int status = 0;    ///< 0: its head has not come
    std::string head;  ///< its lines, the first included
    std::string body;
};

/// How much of an answer is taken.
struct AnswerBounds {
    std::size_t head_bytes;
    std::uint64_t body_bytes;
};

/// Reads bodies by length, in chunks, or until the connection ends. **Thread**: thread-bound.
class AnswerReader {
  public:
    explicit AnswerReader(const AnswerBounds& bounds) : bounds_(bounds) {}

    /// -> whether the answer is whole; what comes behind it is left out. Throws Error(BadData) for what is no
    /// HTTP or beyond the bounds.
    bool add(std::string_view bytes);

    /// The connection ended. -> whether the answer is whole.
    bool end();

    int status() const noexcept { return answer_.status; }

    /// Of the body, as the head tells it; nothing: it does not, or has not come.
    std::optional<std::uint64_t> toldBytes() const noexcept { return told_bytes_; }
    /// Of the body, so far.
    std::uint64_t bodyBytes() const noexcept { return body_bytes_; }

    /// What came of the body since the last call, for bodies that are not to be held.
    std::string takeBody() { return std::exchange(answer_.body, {}); }
    HttpAnswer take() { return std::move(answer_); }

  private:
    enum class State : std::uint8_t {
        Head = 1,
        Length,
        UntilEnd,
        ChunkSize,
        Chunk,
        ChunkEnd,
        Trailer,
        Whole
    };

    bool step();
    bool takeHead();
    void chooseForm();
    bool takeLine(std::string& line);
    bool takeChunkSize();
    void moveToBody(std::uint64_t bytes);
    std::uint64_t sizeIn(std::string_view text, int base) const;
    [[noreturn]] void refuseSize() const;

    const AnswerBounds bounds_;
    State state_ = State::Head;
    std::string buffer_;
    std::uint64_t left_ = 0;  ///< of the body or chunk
    std::uint64_t body_bytes_ = 0;
    std::optional<std::uint64_t> told_bytes_;
    std::size_t lines_ = 0;  ///< of trailers and heads before the real one
    HttpAnswer answer_;
};

}  // namespace porchlight::http
