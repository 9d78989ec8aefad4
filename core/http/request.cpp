#include "http/request.h"

#include <algorithm>
#include <charconv>

#include "porchlight/head.h"

namespace porchlight::http {
namespace {

constexpr std::size_t kMaxFields = 100;
constexpr std::size_t kMaxBlankBytes = 16;
constexpr std::size_t kMaxChunkOverheadBytes = 16U << 10U;
constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

[[noreturn]] void refuse(const std::string& text) {
    throw HttpError(400, "bad_request", text);
}

bool isToken(std::string_view text) {
    static const std::string allowed = std::string(kLetters) + "!#$%&'*+-.^_`|~";
    return !text.empty() && text.find_first_not_of(allowed) == std::string_view::npos;
}

bool isHost(std::string_view text) {
    static const std::string allowed = std::string(kLetters) + "-._~:[]%";
    return text.find_first_not_of(allowed) == std::string_view::npos;
}

bool isText(std::string_view text) noexcept {
    return std::none_of(text.begin(), text.end(), [](char c) {
        const auto byte = static_cast<unsigned char>(c);
        return (byte < 0x20 && c != '\t') || byte == 0x7f;
    });
}

bool isNumber(std::string_view text) noexcept {
    return !text.empty() && text.size() <= 9 &&
           text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// The next line without its CRLF; a bare CR or LF is no line end.
std::string_view nextLine(std::string_view& text) {
    const auto end = text.find("\r\n");
    const std::string_view line = text.substr(0, end);
    if (end == std::string_view::npos || line.find('\n') != std::string_view::npos ||
        line.find('\r') != std::string_view::npos)
        refuse("a line does not end with CR LF");
    text.remove_prefix(end + 2);
    return line;
}

void readRequestLine(std::string_view line, RequestHead& head) {
    const auto first = line.find(' ');
    const auto second = line.find(' ', first == std::string_view::npos ? first : first + 1);
    if (second == std::string_view::npos) refuse("not a request line");
    head.method = line.substr(0, first);
    head.target = line.substr(first + 1, second - first - 1);
    head.version = line.substr(second + 1);
    if (!isToken(head.method)) refuse("the method is no word");
    if (head.version != "HTTP/1.1" && head.version != "HTTP/1.0")
        refuse("only versions 1.1 and 1.0 of HTTP are understood");
    if (!isText(head.target) || head.target.find('\t') != std::string::npos)
        refuse("the path holds control characters");
    if (head.target.empty() || head.target.front() != '/')
        throw HttpError(400, "bad_path", "the path must begin with /");
}

void readField(std::string_view line, RequestHead& head) {
    if (head.fields.size() == kMaxFields) refuse("too many header fields");
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) refuse("a header field without a colon");
    const std::string_view name = line.substr(0, colon);
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (!isToken(name))
        refuse("the name of a header field is no word");  // also for a space before the colon, a folded line
    if (!isText(value)) refuse("a header field holds control characters");
    head.fields.emplace_back(name, value);
}

/// What makes the end of a body uncertain is refused: the rest could be read as another request.
void checkFraming(const RequestHead& head) {
    const auto hosts = head.count("Host");
    if (hosts > 1 || (hosts == 0 && head.version == "HTTP/1.1")) refuse("needs exactly one Host");
    if (!isHost(head.get("Host"))) refuse("Host is no name");
    const auto lengths = head.count("Content-Length");
    const auto encodings = head.count("Transfer-Encoding");
    if (lengths + encodings > 1) throw HttpError(400, "bad_framing", "more than one length of the body");
    if (lengths == 1 && !isNumber(head.get("Content-Length")))
        throw HttpError(400, "bad_framing", "Content-Length is not a number");
    if (encodings == 1 && head.version == "HTTP/1.0")
        throw HttpError(400, "bad_framing", "version 1.0 knows no chunks");
    if (encodings == 1 && !isSameWord(head.get("Transfer-Encoding"), "chunked"))
        throw HttpError(501, "bad_framing", "only chunked is understood");
}

/// Behind the empty line; npos while it has not come. A bare LF ends the search, so that parseHead can refuse
/// it.
std::size_t endOfHead(std::string_view text, std::size_t from) noexcept {
    const auto strict = text.find("\r\n\r\n", from);
    const auto bare = text.find("\n\n", from);
    if (strict == std::string_view::npos && bare == std::string_view::npos) return std::string_view::npos;
    return std::min(strict == std::string_view::npos ? strict : strict + 4,
                    bare == std::string_view::npos ? bare : bare + 2);
}

}  // namespace

std::string RequestHead::get(std::string_view name) const {
    for (const auto& [key, value] : fields)
        if (isSameWord(key, name)) return value;
    return {};
}

std::size_t RequestHead::count(std::string_view name) const {
    return static_cast<std::size_t>(std::count_if(
        fields.begin(), fields.end(), [&](const auto& field) { return isSameWord(field.first, name); }));
}

bool RequestHead::keepsAlive() const {
    const std::string connection = get("Connection");
    return version == "HTTP/1.1" ? !isSameWord(connection, "close") : isSameWord(connection, "keep-alive");
}

RequestHead parseHead(std::string_view text) {
    RequestHead head;
    readRequestLine(nextLine(text), head);
    for (auto line = nextLine(text); !line.empty(); line = nextLine(text)) readField(line, head);
    checkFraming(head);
    return head;
}

bool RequestReader::look() {
    if (is_complete_) return true;
    try {
        if (!head_) lookAtHead();
        if (head_ && head_->isChunked())
            lookAtChunks();
        else if (head_)
            is_complete_ = buffer_.size() >= length_;
    } catch (const HttpError& error) {
        refusal_ = error;
        is_complete_ = true;
    }
    return is_complete_;
}

void RequestReader::lookAtHead() {
    const auto begin = std::min(buffer_.find_first_not_of("\r\n"), buffer_.size());
    buffer_.erase(0, begin);  // empty lines before a request are to be ignored
    blank_bytes_ += begin;
    if (blank_bytes_ > kMaxBlankBytes) refuse("empty lines instead of a request");
    if (!buffer_.empty() && !isToken(std::string_view(buffer_).substr(0, 1))) refuse("not a request line");
    const std::size_t end = endOfHead(buffer_, std::min(searched_, buffer_.size()));
    searched_ = buffer_.size() < 3 ? 0 : buffer_.size() - 3;
    if (end == std::string::npos ? buffer_.size() > kMaxHeadBytes : end > kMaxHeadBytes)
        throw HttpError(400, "bad_request", "the header is too long");
    if (end == std::string::npos) return;
    RequestHead head = parseHead(std::string_view(buffer_).substr(0, end));
    buffer_.erase(0, end);
    blank_bytes_ = 0;
    if (head.count("Content-Length") > 0) length_ = std::stoul(head.get("Content-Length"));
    if (length_ > kMaxBodyBytes) throw HttpError(413, "too_large", "the body is larger than 64 KiB");
    wants_continue_ = isSameWord(head.get("Expect"), "100-continue") && (length_ > 0 || head.isChunked());
    head_ = std::move(head);
}

bool RequestReader::takeLine(std::string& line) {
    const auto end = buffer_.find('\n');
    const std::size_t size = end == std::string::npos ? buffer_.size() : end + 1;
    if (overhead_bytes_ + size > kMaxChunkOverheadBytes)
        throw HttpError(400, "bad_framing", "the chunks say too much");
    if (end == std::string::npos) return false;
    if (end == 0 || buffer_[end - 1] != '\r')
        throw HttpError(400, "bad_framing", "a line does not end with CR LF");
    line = buffer_.substr(0, end - 1);
    buffer_.erase(0, end + 1);
    overhead_bytes_ += size;
    return true;
}

void RequestReader::lookAtChunks() {
    std::string line;
    while (true) {
        if (chunk_left_ > 0) {
            if (buffer_.size() < chunk_left_) return;
            if (buffer_.compare(chunk_left_ - 2, 2, "\r\n") != 0)
                throw HttpError(400, "bad_framing", "a chunk is longer than it said");
            body_.append(buffer_, 0, chunk_left_ - 2);
            buffer_.erase(0, std::exchange(chunk_left_, 0));
        }
        if (!takeLine(line)) return;
        if (is_in_trailer_ && line.empty()) {
            is_complete_ = true;
            return;
        }
        if (is_in_trailer_) continue;
        const std::string_view digits = std::string_view(line).substr(0, line.find(';'));
        std::size_t size = 0;
        const auto [stop, error] = std::from_chars(digits.data(), digits.data() + digits.size(), size, 16);
        if (error != std::errc() || stop != digits.data() + digits.size() || digits.empty())
            throw HttpError(400, "bad_framing", "the size of a chunk is no number");
        if (size > kMaxBodyBytes - body_.size())
            throw HttpError(413, "too_large", "the body is larger than 64 KiB");
        if (size == 0)
            is_in_trailer_ = true;
        else
            chunk_left_ = size + 2;
    }
}

Request RequestReader::take() {
    if (refusal_) throw *refusal_;
    Request request{std::move(*head_), std::move(body_)};
    if (!request.head.isChunked()) {
        request.body = buffer_.substr(0, length_);
        buffer_.erase(0, length_);
    }
    std::string rest = std::move(buffer_);
    *this = RequestReader();
    buffer_ = std::move(rest);
    return request;
}

}  // namespace porchlight::http
