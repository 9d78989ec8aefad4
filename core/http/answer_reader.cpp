#include "http/answer_reader.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "porchlight/error.h"
#include "porchlight/head.h"

namespace porchlight::http {
namespace {

constexpr std::size_t kMaxLine = 512;
constexpr std::size_t kMaxLines = 64;

[[noreturn]] void refuseAnswer(const std::string& why) {
    throw Error(ErrorKind::BadData, "no HTTP that can be read: " + why);
}

int statusOf(std::string_view line) {
    int status = 0;
    const std::string_view digits = line.substr(std::min<std::size_t>(line.find(' '), line.size()));
    if (!line.starts_with("HTTP/1.") || digits.size() < 4) refuseAnswer("it begins with something else");
    std::from_chars(digits.data() + 1, digits.data() + 4, status);
    if (status < 100 || status > 599) refuseAnswer("its status is none");
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
            moveToBody(left_);
            if (left_ == 0) state_ = State::Whole;
            return false;
        case State::UntilEnd:
            moveToBody(buffer_.size());
            return false;
        case State::ChunkSize:
            return takeChunkSize();
        case State::Chunk:
            moveToBody(left_);
            if (left_ != 0) return false;
            state_ = State::ChunkEnd;
            return true;
        case State::ChunkEnd:
            if (!takeLine(line)) return false;
            if (!line.empty()) refuseAnswer("a chunk does not end where it should");
            state_ = State::ChunkSize;
            return true;
        case State::Trailer:
            if (!takeLine(line)) return false;
            if (line.empty()) state_ = State::Whole;
            if (++lines_ > kMaxLines) refuseAnswer("too much follows its body");
            return true;
        case State::Whole:
            return false;
    }
    return false;
}

bool AnswerReader::takeHead() {
    const std::size_t end = headLength(buffer_);
    if (std::min(end, buffer_.size()) > bounds_.head_bytes) refuseAnswer("its head is too long");
    if (buffer_.size() >= 7 && !buffer_.starts_with("HTTP/1.")) refuseAnswer("it begins with something else");
    if (end == std::string::npos) return false;
    std::string head = buffer_.substr(0, end);
    buffer_.erase(0, end);
    const int status = statusOf(head);
    if (status < 200) {  // the real one follows
        if (++lines_ > kMaxLines) refuseAnswer("it never comes to its answer");
        return true;
    }
    lines_ = 0;
    answer_.status = status;
    answer_.head = std::move(head);
    chooseForm();
    return true;
}

void AnswerReader::chooseForm() {
    const std::string_view length = fieldOf(answer_.head, "Content-Length");
    const std::string_view coding = fieldOf(answer_.head, "Transfer-Encoding");
    state_ = State::UntilEnd;
    if (answer_.status == 204 || answer_.status == 304) {
        state_ = State::Whole;
    } else if (!coding.empty()) {
        if (!isSameWord(coding, "chunked")) refuseAnswer("it is coded in a way that is not known");
        state_ = State::ChunkSize;
    } else if (!length.empty()) {
        told_bytes_ = left_ = sizeIn(length, 10);
        state_ = State::Length;
    }
}

std::uint64_t AnswerReader::sizeIn(std::string_view text, int base) const {
    const auto size = numberIn(text, base);
    if (!size) refuseAnswer("its length is no number");
    if (*size > bounds_.body_bytes) refuseSize();
    return *size;
}

void AnswerReader::refuseSize() const {
    refuseAnswer("it is longer than " + base::formatSize(bounds_.body_bytes));
}

bool AnswerReader::takeLine(std::string& line) {
    const std::size_t end = buffer_.find('\n');
    if (std::min(end, buffer_.size()) > kMaxLine) refuseAnswer("a line of its body's form is too long");
    if (end == std::string::npos) return false;
    line = buffer_.substr(0, end);
    buffer_.erase(0, end + 1);
    if (line.ends_with('\r')) line.pop_back();
    return true;
}

bool AnswerReader::takeChunkSize() {
    std::string line;
    if (!takeLine(line)) return false;
    left_ = sizeIn(trimmed(std::string_view(line).substr(0, line.find(';'))), 16);
    state_ = left_ == 0 ? State::Trailer : State::Chunk;
    return true;
}

void AnswerReader::moveToBody(std::uint64_t bytes) {
    const auto moved = static_cast<std::size_t>(std::min<std::uint64_t>(bytes, buffer_.size()));
    if (moved > bounds_.body_bytes - body_bytes_) refuseSize();
    answer_.body.append(buffer_, 0, moved);
    buffer_.erase(0, moved);
    body_bytes_ += moved;
    left_ -= std::min<std::uint64_t>(left_, moved);
}

}  // namespace porchlight::http
