#include "rtsp_talk.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <optional>
#include <system_error>
#include <utility>
#include <variant>

#include "libav/libav.h"

namespace porchlight::ffmpeg {
namespace {

constexpr seconds kRightOneLimit{1};  ///< behind an answer that says it is to another request, or rubbish
constexpr seconds kSendLimit{2};
constexpr int kMaxAsked = 3;  ///< without a password, with it, with another nonce
constexpr std::size_t kMaxEarlyBytes = 1U << 20U;

}  // namespace

int RtspTalk::ask(std::string_view method, const std::string& uri, const std::string& fields,
                  RtspMessage& answer) {
    for (int asked = 0; asked < kMaxAsked; ++asked) {
        answer = {};
        if (const int result = tell(method, uri, fields); result < 0) return result;
        if (const int result = awaitAnswer(answer); result < 0) return result;
        if (answer.status != 401) {
            login_.noteAdmitted();
            return 0;
        }
        if (!login_.take(answer.head)) return 0;
    }
    return 0;
}

int RtspTalk::tell(std::string_view method, const std::string& uri, const std::string& fields) {
    const std::string head = std::string(method) + " " + uri +
                             " RTSP/1.0\r\nCSeq: " + std::to_string(++sequence_) +
                             "\r\nUser-Agent: Porchlight\r\n";
    return wire_->send(head + login_.line(method, uri) + fields + "\r\n", Deadline::in(kSendLimit));
}

int RtspTalk::awaitAnswer(RtspMessage& answer) {
    const Deadline whole = Deadline::in(patience_);
    std::optional<RtspMessage> doubtful;
    Monotonic::time_point doubted_at{};
    while (true) {
        if (doubtful && Monotonic::now() >= doubted_at + kRightOneLimit) {
            counts_ = false;
            answer = *std::move(doubtful);
            return 0;
        }
        RtspPiece piece;
        const int result = hear(Deadline(std::min(whole.at(), Monotonic::now() + kRightOneLimit)), piece);
        const bool is_over = result == AVERROR_EOF || result == AVERROR(ETIMEDOUT);
        if (is_over && !did_hear_ && cutter_.rubbish() > 0) return AVERROR(EPROTO);  // it speaks, but no RTSP
        if (result == AVERROR(ETIMEDOUT) && !whole.isPast()) continue;
        if (result < 0) return result;
        did_hear_ = true;
        if (const auto* packet = std::get_if<RtspPacket>(&piece)) {
            keep(*packet);
            continue;
        }
        RtspMessage heard = std::get<RtspMessage>(std::move(piece));
        if (heard.status < 200) continue;
        if (isToLast(heard)) {
            answer = std::move(heard);
            return 0;
        }
        if (!doubtful) doubted_at = Monotonic::now();
        doubtful = std::move(heard);
    }
}

int RtspTalk::next(Deadline deadline, RtspPiece& piece) {
    while (early_.empty()) {
        const int result = hear(deadline, piece);
        const auto* answer = std::get_if<RtspMessage>(&piece);
        if (result < 0 || answer == nullptr || isToLast(*answer)) return result;
    }
    given_ = std::move(early_.front());
    early_.pop_front();
    early_bytes_ -= given_.bytes();
    piece = RtspPacket{given_.channel, given_.data};
    return 0;
}

/// The next packet or answer that comes.
int RtspTalk::hear(Deadline deadline, RtspPiece& piece) {
    while (true) {
        if (wire_->isCutOff()) return AVERROR(EPIPE);
        piece = cutter_.next();
        if (std::holds_alternative<RtspPacket>(piece)) return 0;
        if (std::holds_alternative<RtspBroken>(piece)) return AVERROR(EPROTO);
        const auto* message = std::get_if<RtspMessage>(&piece);
        if (message != nullptr && message->status != 0) return 0;
        const int result = message != nullptr ? refuse(*message) : receive(deadline);
        if (result < 0) return result;
    }
}

/// One that does not say what it answers is taken for it, and so is each one of a camera that does not count.
bool RtspTalk::isToLast(const RtspMessage& answer) const {
    if (!counts_) return true;
    const std::string_view told = answer.field("CSeq");
    unsigned number = 0;
    const auto [end, error] = std::from_chars(told.data(), told.data() + told.size(), number);
    return error != std::errc() || number == sequence_;
}

int RtspTalk::receive(Deadline deadline) {
    const int size = wire_->receive(cutter_.room(), deadline);
    if (size < 0) return size;
    cutter_.noteFilled(static_cast<std::size_t>(size));
    return 0;
}

/// A camera that asks whether we live is told so; whatever else it asks, nobody does here. One that reads
/// nothing is told nothing.
int RtspTalk::refuse(const RtspMessage& request) {
    if (!wire_->takesBytes()) return 0;
    const bool is_question = request.head.starts_with("OPTIONS ");
    const std::string answer = "RTSP/1.0 " + std::string(is_question ? "200 OK" : "501 Not Implemented") +
                               "\r\nCSeq: " + std::string(request.field("CSeq")) + "\r\n\r\n";
    return wire_->send(answer, Deadline::in(kSendLimit));
}

void RtspTalk::keep(const RtspPacket& packet) {
    Kept kept{packet.channel, {packet.data.begin(), packet.data.end()}};
    if (early_bytes_ + kept.bytes() > kMaxEarlyBytes) return;
    early_bytes_ += kept.bytes();
    early_.push_back(std::move(kept));
}

}  // namespace porchlight::ffmpeg
