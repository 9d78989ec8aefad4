#include "rtsp_talk.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <system_error>
#include <utility>
#include <variant>

#include "libav/libav.h"

namespace porchlight::ffmpeg {
namespace {

constexpr seconds kAnswerLimit{10};
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
    return send(head + login_.line(method, uri) + fields + "\r\n");
}

int RtspTalk::awaitAnswer(RtspMessage& answer) {
    const Deadline deadline = Deadline::in(kAnswerLimit);
    while (true) {
        RtspPiece piece;
        if (const int result = hear(deadline, piece); result < 0) return result;
        if (const auto* packet = std::get_if<RtspPacket>(&piece)) {
            keep(*packet);
            continue;
        }
        answer = std::get<RtspMessage>(std::move(piece));
        if (answer.status >= 200) return 0;
    }
}

int RtspTalk::next(Deadline deadline, RtspPiece& piece) {
    if (early_.empty()) return hear(deadline, piece);
    given_ = std::move(early_.front());
    early_.pop_front();
    early_bytes_ -= given_.bytes();
    piece = RtspPacket{given_.channel, given_.data};
    return 0;
}

/// The next packet or answer that comes.
int RtspTalk::hear(Deadline deadline, RtspPiece& piece) {
    while (true) {
        if (is_cut_off_) return AVERROR(EPIPE);
        piece = cutter_.next();
        if (std::holds_alternative<RtspPacket>(piece)) return 0;
        if (std::holds_alternative<RtspBroken>(piece)) return AVERROR(EPROTO);
        const auto* message = std::get_if<RtspMessage>(&piece);
        const bool is_answer = message != nullptr && message->status != 0;
        if (is_answer && isToLast(*message)) return 0;
        if (is_answer) continue;
        const int result = message != nullptr ? refuse(*message) : receive(deadline);
        if (result < 0) return result;
    }
}

/// One that does not say what it answers is taken for it.
bool RtspTalk::isToLast(const RtspMessage& answer) const {
    const std::string_view told = answer.field("CSeq");
    unsigned number = 0;
    const auto [end, error] = std::from_chars(told.data(), told.data() + told.size(), number);
    return error != std::errc() || number == sequence_;
}

int RtspTalk::receive(Deadline deadline) {
    const auto room = cutter_.room();
    while (true) {
        if (waitFor(socket_, POLLIN, deadline, stop_) == 0) return stop_ ? AVERROR_EXIT : AVERROR(ETIMEDOUT);
        const ssize_t size = ::recv(socket_.fd(), room.data(), room.size(), MSG_DONTWAIT);
        if (size == 0) return AVERROR_EOF;
        if (size < 0 && (errno == EAGAIN || errno == EINTR)) continue;
        if (size < 0) return AVERROR(errno);
        cutter_.noteFilled(static_cast<std::size_t>(size));
        return 0;
    }
}

/// A camera that asks whether we live is told so; whatever else it asks, nobody does here.
int RtspTalk::refuse(const RtspMessage& request) {
    const bool is_question = request.head.starts_with("OPTIONS ");
    return send("RTSP/1.0 " + std::string(is_question ? "200 OK" : "501 Not Implemented") +
                "\r\nCSeq: " + std::string(request.field("CSeq")) + "\r\n\r\n");
}

int RtspTalk::send(const RtspPacket& packet) {
    const std::size_t size = packet.data.size();
    std::string bytes{'$', static_cast<char>(packet.channel), static_cast<char>(size >> 8U),
                      static_cast<char>(size & 0xFFU)};
    bytes.append(reinterpret_cast<const char*>(packet.data.data()), size);
    return send(bytes);
}

int RtspTalk::send(std::string_view bytes) {
    if (is_cut_off_) return AVERROR(EPIPE);
    const Deadline deadline = Deadline::in(kSendLimit);
    const std::size_t whole = bytes.size();
    while (!bytes.empty()) {
        const ssize_t size = ::send(socket_.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (size > 0) bytes.remove_prefix(static_cast<std::size_t>(size));
        if (size >= 0) continue;
        const int error = errno;
        const bool may_go_on = error == EAGAIN || error == EINTR;
        if (may_go_on && waitFor(socket_, POLLOUT, deadline, stop_) != 0) continue;
        is_cut_off_ = bytes.size() < whole;
        if (!may_go_on) return AVERROR(error);
        return stop_ ? AVERROR_EXIT : AVERROR(ETIMEDOUT);
    }
    return 0;
}

void RtspTalk::keep(const RtspPacket& packet) {
    Kept kept{packet.channel, {packet.data.begin(), packet.data.end()}};
    if (early_bytes_ + kept.bytes() > kMaxEarlyBytes) return;
    early_bytes_ += kept.bytes();
    early_.push_back(std::move(kept));
}

}  // namespace porchlight::ffmpeg
