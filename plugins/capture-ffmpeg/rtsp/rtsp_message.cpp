#include "rtsp_message.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <utility>

namespace porchlight::ffmpeg {
namespace {

constexpr std::size_t kBufferBytes = 256U << 10U;
constexpr std::size_t kLeastRoom = 64U << 10U;
constexpr std::size_t kPacketHead = 4;   ///< '$', channel, length
constexpr std::size_t kLeastPacket = 8;  ///< bytes of RTCP; of RTP 12
constexpr unsigned kRtpVersion = 2;
constexpr std::size_t kMaxFirstLine = 2U << 10U;
constexpr std::size_t kLeastMethod = 3;
constexpr std::size_t kMaxMethod = 20;

/// Of ASCII, as methods have them: GET_PARAMETER.
bool isMethodLetter(char c) noexcept {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_';
}

/// What no line has; its end is one, too.
bool endsLine(unsigned char c) noexcept {
    return (c < ' ' && c != '\t' && c != '\r') || c == 0x7f;
}

/// "OPTIONS ", as far as it is there.
bool mayBeMethod(std::string_view text) noexcept {
    text = text.substr(0, kMaxMethod + 1);
    const auto found = std::find_if_not(text.begin(), text.end(), isMethodLetter);
    const auto letters = static_cast<std::size_t>(found - text.begin());
    if (letters == text.size()) return letters <= kMaxMethod;
    return letters >= kLeastMethod && text[letters] == ' ';
}

/// "RTSP/1.0 200 OK" -> 200, "OPTIONS * RTSP/1.0" -> 0; nothing: neither.
std::optional<int> statusOf(std::string_view first_line) noexcept {
    if (!first_line.starts_with("RTSP/")) {
        const bool is_request = mayBeMethod(first_line) && trimmed(first_line).ends_with(" RTSP/1.0");
        return is_request ? std::optional(0) : std::nullopt;
    }
    const std::size_t version_end = first_line.find_first_not_of("0123456789.", 5);
    const std::string_view rest = trimmed(first_line.substr(std::min(version_end, first_line.size())));
    const auto status = numberIn(rest.substr(0, rest.find(' ')));
    return status && *status >= 100 && *status <= 999 ? std::optional(static_cast<int>(*status))
                                                      : std::nullopt;
}

/// Whether its first line is one of a message, as far as it is there.
bool mayBeMessage(std::string_view text) noexcept {
    text = text.substr(0, kMaxFirstLine);
    if (!text.starts_with("RTSP/") && !mayBeMethod(text)) return false;
    const auto found = std::find_if(text.begin(), text.end(), endsLine);
    if (found == text.end()) return text.size() < kMaxFirstLine;
    return *found == '\n' && statusOf(text.substr(0, static_cast<std::size_t>(found - text.begin())));
}

/// Whether it is a packet of RTP or RTCP, or an empty one, as far as it is there. "$$" and two zeros are a
/// stray '$' before a short packet of channel 0.
bool mayBePacket(std::span<const std::uint8_t> rest) noexcept {
    if (rest.size() < kPacketHead) return true;
    const std::size_t length = static_cast<std::size_t>(rest[2]) << 8U | rest[3];
    if (length == 0) return rest[1] != '$';
    return length >= kLeastPacket && (rest.size() == kPacketHead || rest[kPacketHead] >> 6U == kRtpVersion);
}

/// The number with which "420 bytes" begins; one that is too large becomes the largest.
std::optional<std::uint64_t> leadingNumber(std::string_view text) noexcept {
    return numberIn(text.substr(0, text.find_first_not_of("0123456789")));
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

/// What begins no piece.
void RtspCutter::skipByte() noexcept {
    const std::uint8_t byte = buffer_[begin_++];
    if (byte != '\r' && byte != '\n' && ++rubbish_ > kMaxRubbish) is_broken_ = true;
}

RtspPiece RtspCutter::broken() noexcept {
    is_broken_ = true;
    return RtspBroken{};
}

RtspPiece RtspCutter::next() {
    for (; begin_ < end_ && !is_broken_; skipByte()) {
        const std::span<const std::uint8_t> rest{buffer_.get() + begin_, end_ - begin_};
        if (rest.front() == '$') {
            if (mayBePacket(rest)) return cutPacket(rest);
            continue;
        }
        const std::string_view text{reinterpret_cast<const char*>(rest.data()), rest.size()};
        if (!mayBeMessage(text)) continue;
        if (auto piece = cutMessage(text)) return *std::move(piece);
    }
    return is_broken_ ? RtspPiece(RtspBroken{}) : RtspPiece(std::monostate());
}

RtspPiece RtspCutter::cutPacket(std::span<const std::uint8_t> rest) noexcept {
    if (rest.size() < kPacketHead) return std::monostate();
    const std::size_t length = static_cast<std::size_t>(rest[2]) << 8U | rest[3];
    if (rest.size() < kPacketHead + length) return std::monostate();
    begin_ += kPacketHead + length;
    rubbish_ = 0;
    return RtspPacket{rest[1], rest.subspan(kPacketHead, length)};
}

/// Nothing: it makes no sense.
std::optional<RtspPiece> RtspCutter::cutMessage(std::string_view rest) {
    const std::size_t length = headLength(rest.substr(0, kMaxHead));
    if (length == std::string_view::npos)
        return rest.size() < kMaxHead ? std::optional<RtspPiece>(std::monostate()) : std::nullopt;
    const std::string_view head = rest.substr(0, length);
    const auto status = statusOf(head.substr(0, head.find('\n')));
    const std::string_view field = fieldOf(head, "Content-Length");
    const auto told = field.empty() ? std::optional<std::uint64_t>(0) : leadingNumber(field);
    if (!status || !told) return std::nullopt;
    if (*told > kMaxBody) return broken();
    const auto body = static_cast<std::size_t>(*told);
    if (rest.size() < length + body) return std::monostate();
    begin_ += length + body;
    rubbish_ = 0;
    return RtspMessage{*status, std::string(head), std::string(rest.substr(length, body))};
}

}  // namespace porchlight::ffmpeg
