#include "rtsp_message.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "libav/libav.h"
#include "libav/rtp.h"

namespace porchlight::ffmpeg {
namespace {

constexpr std::size_t kBufferBytes = 256U << 10U;
constexpr std::size_t kLeastRoom = 64U << 10U;
constexpr std::size_t kPacketHead = 4;            ///< '$', channel, length
constexpr std::size_t kLeastPacket = 8;           ///< bytes of RTCP; of RTP 12
constexpr std::size_t kMaxStranger = 16U << 10U;  ///< bytes of a packet of no track
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

/// As the head of a packet tells it, which is there.
std::size_t lengthOf(std::span<const std::uint8_t> packet) noexcept {
    return static_cast<std::size_t>(packet[2]) << 8U | packet[3];
}

/// Whether it is a packet of RTP or RTCP, or an empty one, as far as it is there. "$$" and two zeros are a
/// stray '$' before a short packet of channel 0.
bool mayBePacket(std::span<const std::uint8_t> rest) noexcept {
    if (rest.size() < kPacketHead) return true;
    const std::size_t length = lengthOf(rest);
    if (length == 0) return rest[1] != '$';
    return length >= kLeastPacket && (rest.size() == kPacketHead || rest[kPacketHead] >> 6U == kRtpVersion);
}

/// What stands behind a packet: another, an answer, a request that cameras send, a line's end.
bool mayFollow(std::uint8_t byte) noexcept {
    return std::string_view("$ROSG\r\n").find(static_cast<char>(byte)) != std::string_view::npos;
}

/// "m=video 0 RTP/AVP 96 97" -> 96, 97; "a=rtpmap:96 H264/90000" -> 96.
void addTypes(std::string_view line, std::vector<int>& types) {
    constexpr std::string_view kMap = "a=rtpmap:";
    const std::size_t profile = line.starts_with("m=") ? line.find("RTP/") : std::string_view::npos;
    if (line.starts_with(kMap))
        line.remove_prefix(kMap.size());
    else if (profile != std::string_view::npos)
        line.remove_prefix(std::min(line.find_first_of(" \t", profile), line.size()));
    else
        return;
    for (line = trimmed(line); !line.empty(); line = trimmed(line)) {
        const std::size_t end = std::min(line.find_first_of(" \t"), line.size());
        const auto type = numberIn(line.substr(0, end));
        if (!type) return;
        if (*type <= 127) types.push_back(static_cast<int>(*type));
        line.remove_prefix(end);
    }
}

/// The number with which "420 bytes" begins; one that is too large becomes the largest.
std::optional<std::uint64_t> leadingNumber(std::string_view text) noexcept {
    return numberIn(text.substr(0, text.find_first_not_of("0123456789")));
}

}  // namespace

int averrorOf(int status) noexcept {
    if (status / 100 == 2) return 0;
    switch (status) {
        case 400:
            return AVERROR_HTTP_BAD_REQUEST;
        case 401:
            return AVERROR_HTTP_UNAUTHORIZED;
        case 403:
            return AVERROR_HTTP_FORBIDDEN;
        case 404:
            return AVERROR_HTTP_NOT_FOUND;
        case 461:
            return AVERROR(EPROTONOSUPPORT);
        default:
            if (status / 100 == 4) return AVERROR_HTTP_OTHER_4XX;
            return status / 100 == 5 ? AVERROR_HTTP_SERVER_ERROR : AVERROR_INVALIDDATA;
    }
}

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

void RtspCutter::expect(int channel, std::string_view description) {
    Expected& one = expected_.emplace_back();
    one.channel = channel;
    while (!description.empty()) addTypes(trimmed(takeLine(description)), one.types);
}

/// Its head is there, and the first two bytes behind it.
bool RtspCutter::isExpected(std::span<const std::uint8_t> rest) const noexcept {
    return std::any_of(expected_.begin(), expected_.end(), [rest](const Expected& one) {
        if (rest[1] != one.channel && rest[1] != one.channel + 1) return false;
        const auto data = rest.subspan(kPacketHead);
        return isReport(data) ||
               std::find(one.types.begin(), one.types.end(), data[1] & 0x7F) != one.types.end();
    });
}

/// What begins with '$'. The answer is the same however the bytes come.
RtspCutter::Guess RtspCutter::guess(std::span<const std::uint8_t> rest) const noexcept {
    if (!mayBePacket(rest)) return Guess::Rubbish;
    if (rest.size() < kPacketHead) return Guess::MoreNeeded;
    const std::size_t length = lengthOf(rest);
    if (expected_.empty() || length == 0) return Guess::Packet;
    if (rest.size() < kPacketHead + 2) return Guess::MoreNeeded;
    if (isExpected(rest)) return Guess::Packet;
    if (length > kMaxStranger) return Guess::Rubbish;
    if (rest.size() <= kPacketHead + length) return Guess::MoreNeeded;
    return mayFollow(rest[kPacketHead + length]) ? Guess::Packet : Guess::Rubbish;
}

RtspPiece RtspCutter::broken() noexcept {
    is_broken_ = true;
    return RtspBroken{};
}

RtspPiece RtspCutter::next() {
    for (; begin_ < end_ && !is_broken_; skipByte()) {
        const std::span<const std::uint8_t> rest{buffer_.get() + begin_, end_ - begin_};
        if (rest.front() == '$') {
            const Guess found = guess(rest);
            if (found == Guess::Packet) return cutPacket(rest);
            if (found == Guess::MoreNeeded) return std::monostate();
            continue;
        }
        const std::string_view text{reinterpret_cast<const char*>(rest.data()), rest.size()};
        if (!mayBeMessage(text)) continue;
        if (auto piece = cutMessage(text)) return *std::move(piece);
    }
    return is_broken_ ? RtspPiece(RtspBroken{}) : RtspPiece(std::monostate());
}

RtspPiece RtspCutter::cutPacket(std::span<const std::uint8_t> rest) noexcept {
    const std::size_t length = lengthOf(rest);
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
