/// One HTTP answer, read from whatever pieces it comes in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace porchlight::onvif {

struct HttpAnswer {
    int status = 0;
    std::string head;  ///< its lines, the first included
    std::string body;
};

/// Reads bodies by length, in chunks, or until the connection ends. **Thread**: thread-bound.
class AnswerReader {
  public:
    static constexpr std::size_t kMaxHeadBytes = 16384;
    static constexpr std::size_t kMaxBodyBytes = std::size_t{1} << 20U;

    /// -> whether the answer is whole; what comes behind it is left out. Throws Error(BadData) for what is no
    /// HTTP or beyond the bounds.
    bool add(std::string_view bytes);

    /// The connection ended. -> whether the answer is whole.
    bool end();

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
    bool takeLine(std::string& line);
    bool takeChunkSize();
    void takeBody(std::size_t size);

    State state_ = State::Head;
    std::string buffer_;
    std::size_t left_ = 0;   ///< of the body or chunk
    std::size_t lines_ = 0;  ///< of trailers and heads before the real one
    HttpAnswer answer_;
};

}  // namespace porchlight::onvif
