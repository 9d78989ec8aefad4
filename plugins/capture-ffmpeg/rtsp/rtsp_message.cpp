#include "rtsp_message.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace porchlight::ffmpeg {
namespace {

constexpr std::size_t kBufferBytes = 256U << 10U;
constexpr std::size_t kLeastRoom = 64U << 10U;
constexpr std::size_t kPacketHead = 4;  ///< '$', channel, length

bool beginsPiece(std::uint8_t byte) noexcept {
    return byte == '$' || (byte >= 'A' && byte <= 'Z');
}

/// "RTSP/1.0 200 OK" -> 200, "OPTIONS * RTSP/1.0" -> 0; nothing: neither.
std::optional<int> statusOf(std::string_view first_line) noexcept {
    if (!first_line.starts_with("RTSP/"))
        return first_line.find(" RTSP/") == std::string_view::npos ? std::nullopt : std::optional(0);
    const std::size_t space = std::min(first_line.find(' '), first_line.size());
    const std::string_view rest = trimmed(first_line.substr(space));
    const auto status = numberIn(rest.substr(0, rest.find(' ')));
    return status && *status >= 100 && *status <= 999 ? std::optional(static_cast<int>(*status))
                                                      : std::nullopt;
}

}  // namespace

RtspCutter::RtspCutter() : buffer_(std::make_unique_for_overwrite<std::uint8_t[]>(kBufferBytes)) {}

/// What is left is less than a piece: at most a head with a body, or 64 KiB of a packet.
std::span<std::uint8_t> RtspCutter::room() noexcept {
    if (begin_ == end_ || kBufferBytes - end_ < kLeastRoom) {
        std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
        end_ -= std::exchange(begin_, 0);
    }
    return {buffer_.get() + end_, kBufferBytes - end_};
}

void RtspCutter::skipRubbish() noexcept {
    for (; begin_ < end_ && !beginsPiece(buffer_[begin_]); ++begin_)
        if (buffer_[begin_] != '\r' && buffer_[begin_] != '\n' && ++rubbish_ > kMaxRubbish) is_broken_ = true;
}

RtspPiece RtspCutter::broken() noexcept {
    is_broken_ = true;
    return RtspBroken{};
}

RtspPiece RtspCutter::next() {
    skipRubbish();
    if (is_broken_) return RtspBroken{};
    if (begin_ == end_) return std::monostate();
    const std::span<const std::uint8_t> rest{buffer_.get() + begin_, end_ - begin_};
    if (rest.front() == '$') return cutPacket(rest);
    return cutMessage({reinterpret_cast<const char*>(rest.data()), rest.size()});
}

RtspPiece RtspCutter::cutPacket(std::span<const std::uint8_t> rest) noexcept {
    if (rest.size() < kPacketHead) return std::monostate();
    const std::size_t length = static_cast<std::size_t>(rest[2]) << 8U | rest[3];
    if (rest.size() < kPacketHead + length) return std::monostate();
    begin_ += kPacketHead + length;
    rubbish_ = 0;
    return RtspPacket{rest[1], rest.subspan(kPacketHead, length)};
}

RtspPiece RtspCutter::cutMessage(std::string_view rest) {
    const std::size_t head = headLength(rest.substr(0, kMaxHead));
    if (head == std::string_view::npos)
        return rest.size() < kMaxHead ? RtspPiece(std::monostate()) : broken();
    RtspMessage message;
    message.head = rest.substr(0, head);
    const auto status = statusOf(rest.substr(0, rest.find_first_of("\r\n")));
    const std::string_view length = message.field("Content-Length");
    const auto told = length.empty() ? std::optional<std::uint64_t>(0) : numberIn(length);
    if (!status || !told || *told > kMaxBody) return broken();
    const auto body = static_cast<std::size_t>(*told);
    if (rest.size() < head + body) return std::monostate();
    message.status = *status;
    message.body = rest.substr(head, body);
    begin_ += head + body;
    rubbish_ = 0;
    return message;
}

}  // namespace porchlight::ffmpeg
