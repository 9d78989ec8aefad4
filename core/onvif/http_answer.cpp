#include "onvif/http_answer.h"

#include <algorithm>
#include <charconv>

#include "porchlight/error.h"
#include "porchlight/head.h"

namespace porchlight::onvif {
namespace {

constexpr std::size_t kMaxLine = 512;
constexpr std::size_t kMaxLines = 64;

[[noreturn]] void refuse(const char* why) {
    throw Error(ErrorKind::BadData, std::string("no HTTP that can be read: ") + why);
}

/// A whole number and nothing else; refused where it is none or more than a body may be.
std::size_t numberIn(std::string_view text, int base) {
    std::size_t number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number, base);
    if (failure == std::errc::result_out_of_range || number > AnswerReader::kMaxBodyBytes)
        refuse("it is longer than 1 MiB");
    if (failure != std::errc{} || end != text.data() + text.size()) refuse("its length is no number");
    return number;
}

/// Behind the empty line that ends a head; npos where there is none yet.
std::size_t endOfHead(std::string_view text) noexcept {
    for (std::size_t at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
        if (text.substr(at + 1, 1) == "\n") return at + 2;
        if (text.substr(at + 1, 2) == "\r\n") return at + 3;
    }
    return std::string_view::npos;
}

int statusOf(std::string_view line) {
    int status = 0;
    const std::string_view digits = line.substr(std::min<std::size_t>(line.find(' '), line.size()));
    if (!line.starts_with("HTTP/1.") || digits.size() < 4) refuse("it begins with something else");
    std::from_chars(digits.data() + 1, digits.data() + 4, status);
    if (status < 100 || status > 599) refuse("its status is none");
    return status;
}

}  // namespace

bool AnswerReader::add(std::string_view bytes) {
    if (state_ == State::Whole) return true;
    buffer_.append(bytes);
    while (step()) {
    }
    return state_ == State::Whole;
}

bool AnswerReader::end() {
    if (state_ == State::UntilEnd) state_ = State::Whole;
    return state_ == State::Whole;
}

/// -> whether there may be more to do with what is there.
bool AnswerReader::step() {
    std::string line;
    switch (state_) {
        case State::Head:
            return takeHead();
        case State::Length:
            takeBody(left_);
            if (left_ == 0) state_ = State::Whole;
            return false;
        case State::UntilEnd:
            takeBody(buffer_.size());
            return false;
        case State::ChunkSize:
            return takeChunkSize();
        case State::Chunk:
            takeBody(left_);
            if (left_ != 0) return false;
            state_ = State::ChunkEnd;
            return true;
        case State::ChunkEnd:
            if (!takeLine(line)) return false;
            if (!line.empty()) refuse("a chunk does not end where it should");
            state_ = State::ChunkSize;
            return true;
        case State::Trailer:
            if (!takeLine(line)) return false;
            if (line.empty()) state_ = State::Whole;
            if (++lines_ > kMaxLines) refuse("too much follows its body");
            return true;
        case State::Whole:
            return false;
    }
    return false;
}

bool AnswerReader::takeHead() {
    const std::size_t end = endOfHead(buffer_);
    if (std::min(end, buffer_.size()) > kMaxHeadBytes) refuse("its head is too long");
    if (buffer_.size() >= 7 && !buffer_.starts_with("HTTP/1.")) refuse("it begins with something else");
    if (end == std::string::npos) return false;
    answer_.head = buffer_.substr(0, end);
    buffer_.erase(0, end);
    answer_.status = statusOf(answer_.head);
    if (answer_.status < 200) {  // the real one follows
        if (++lines_ > kMaxLines) refuse("it never comes to its answer");
        return true;
    }
    lines_ = 0;
    const std::string_view length = fieldOf(answer_.head, "Content-Length");
    const std::string_view coding = fieldOf(answer_.head, "Transfer-Encoding");
    state_ = State::UntilEnd;
    if (answer_.status == 204 || answer_.status == 304) {
        state_ = State::Whole;
    } else if (!coding.empty()) {
        if (!isSameWord(coding, "chunked")) refuse("it is coded in a way that is not known");
        state_ = State::ChunkSize;
    } else if (!length.empty()) {
        left_ = numberIn(length, 10);
        state_ = State::Length;
    }
    return true;
}

bool AnswerReader::takeLine(std::string& line) {
    const std::size_t end = buffer_.find('\n');
    if (std::min(end, buffer_.size()) > kMaxLine) refuse("a line of its body's form is too long");
    if (end == std::string::npos) return false;
    line = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    if (line.ends_with('\r')) line.pop_back();
    return true;
}

bool AnswerReader::takeChunkSize() {
    std::string line;
    if (!takeLine(line)) return false;
    left_ = numberIn(trimmed(std::string_view(line).substr(0, line.find(';'))), 16);
    state_ = left_ == 0 ? State::Trailer : State::Chunk;
    return true;
}

void AnswerReader::takeBody(std::size_t size) {
    const std::size_t taken = std::min(size, buffer_.size());
    if (answer_.body.size() + taken > kMaxBodyBytes) refuse("it is longer than 1 MiB");
    answer_.body.append(buffer_, 0, taken);
    buffer_.erase(0, taken);
    left_ -= std::min(left_, taken);
}

}  // namespace porchlight::onvif
