#include "http/websocket.h"

#include <Poco/String.h>
#include <openssl/evp.h>

#include <algorithm>

#include "base/text.h"
#include "http/http_error.h"

namespace porchlight::http {
namespace {

constexpr milliseconds kControlBudget{2'000};
constexpr std::string_view kGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
constexpr std::size_t kMaxControlBytes = 125;

[[noreturn]] void refuse(const char* what) {
    throw HttpError(400, "bad_websocket", std::string("a WebSocket client sent ") + what);
}

bool isControl(unsigned opcode) noexcept {
    return opcode >= 8;
}

FrameReader::Kind kindOf(unsigned opcode) {
    switch (opcode) {
        case 1:
            return FrameReader::Kind::Text;
        case 2:
            return FrameReader::Kind::Bytes;
        case 8:
            return FrameReader::Kind::Close;
        case 9:
            return FrameReader::Kind::Ping;
        case 10:
            return FrameReader::Kind::Pong;
        default:
            refuse("a frame of an unknown kind");
    }
}

unsigned opcodeOf(FrameReader::Kind kind) noexcept {
    return kind <= FrameReader::Kind::Bytes ? static_cast<unsigned>(kind) : static_cast<unsigned>(kind) + 5;
}

/// Whether a header that lists names has this one.
bool lists(const std::string& header, const std::string& name) {
    const auto names = base::split(header, ',');
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& one) { return Poco::icompare(Poco::trim(one), name) == 0; });
}

}  // namespace

std::optional<FrameReader::Head> FrameReader::head() const {
    if (buffer_.size() < 2) return std::nullopt;
    const auto byte = [this](std::size_t at) { return static_cast<unsigned char>(buffer_[at]); };
    Head out;
    out.opcode = byte(0) & 0x0fU;
    out.is_last = (byte(0) & 0x80U) != 0;
    if ((byte(0) & 0x70U) != 0) refuse("a frame with reserved bits");
    if ((byte(1) & 0x80U) == 0) refuse("a frame without a mask");
    out.size_bytes = byte(1) & 0x7fU;
    if (isControl(out.opcode) && (!out.is_last || out.size_bytes > kMaxControlBytes))
        refuse("a long control frame");
    if (out.size_bytes == 127) refuse("a message that is too long");
    const std::size_t more = out.size_bytes == 126 ? 2 : 0;
    if (buffer_.size() < 2 + more + 4) return std::nullopt;
    if (more > 0) out.size_bytes = static_cast<std::size_t>(byte(2)) << 8U | byte(3);
    out.payload_at = 2 + more + 4;
    if (out.size_bytes > kMaxMessageBytes) refuse("a message that is too long");
    return out;
}

std::string FrameReader::takePayload(const Head& head) {
    const std::string mask = buffer_.substr(head.payload_at - 4, 4);
    std::string out = buffer_.substr(head.payload_at, head.size_bytes);
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<char>(out[i] ^ mask[i % 4]);
    buffer_.erase(0, head.payload_at + head.size_bytes);
    return out;
}

std::optional<FrameReader::Message> FrameReader::next() {
    while (const auto found = head()) {
        if (buffer_.size() < found->payload_at + found->size_bytes) return std::nullopt;
        if (isControl(found->opcode)) return Message{kindOf(found->opcode), takePayload(*found)};
        if ((found->opcode == 0) != open_.has_value()) refuse("frames in a wrong order");
        if (!open_) open_ = Message{kindOf(found->opcode), {}};
        if (open_->data.size() + found->size_bytes > kMaxMessageBytes) refuse("a message that is too long");
        open_->data += takePayload(*found);
        if (!found->is_last) continue;
        Message out = std::move(*open_);
        open_.reset();
        return out;
    }
    return std::nullopt;
}

constexpr int kMaxAtOnce = 1000;  ///< frames that say nothing, in what came at once

std::string frameHead(FrameReader::Kind kind, std::size_t size_bytes) {
    std::string out(1, static_cast<char>(0x80U | opcodeOf(kind)));
    const int length_bytes = size_bytes <= kMaxControlBytes ? 0 : size_bytes <= 0xffff ? 2 : 8;
    out += static_cast<char>(length_bytes == 0 ? size_bytes : length_bytes == 2 ? 126 : 127);
    for (int i = length_bytes - 1; i >= 0; --i)
        out += static_cast<char>(static_cast<std::uint64_t>(size_bytes) >> (8 * i) & 0xffU);
    return out;
}

std::string acceptanceOf(const std::string& key) {
    const std::string text = key + std::string(kGuid);
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (::EVP_Digest(text.data(), text.size(), digest, &size, ::EVP_sha1(), nullptr) != 1)
        throw Error(ErrorKind::Internal, "SHA-1 is not there");
    unsigned char encoded[2 * EVP_MAX_MD_SIZE];
    const int length = ::EVP_EncodeBlock(encoded, digest, static_cast<int>(size));
    return {reinterpret_cast<const char*>(encoded), static_cast<std::size_t>(length)};
}

WebSocket::WebSocket(Exchange& exchange) : exchange_(exchange) {
    if (!lists(exchange.headerList("Upgrade"), "websocket") ||
        !lists(exchange.headerList("Connection"), "upgrade"))
        throw HttpError(
            426, "websocket_needed",
            "this address speaks WebSocket; a proxy before it must pass on Upgrade and Connection");
    if (exchange.header("Sec-WebSocket-Version") != "13")
        throw HttpError(426, "websocket_needed", "this address speaks WebSocket of version 13");
    const std::string key = exchange.header("Sec-WebSocket-Key");
    if (key.size() != 24) throw HttpError(400, "bad_websocket", "the header Sec-WebSocket-Key is none");
    exchange.switchProtocol("websocket", "Sec-WebSocket-Accept: " + acceptanceOf(key) + "\r\n");
}

void WebSocket::send(FrameReader::Kind kind, std::string_view head, Exchange::Bytes body,
                     milliseconds budget) {
    std::string out = frameHead(kind, head.size() + body.size());
    out += head;
    out.append(reinterpret_cast<const char*>(body.data()), body.size());  // one record of TLS, not two
    exchange_.sendPart(bytesOf(out), budget);
}

std::optional<std::string> WebSocket::receive() {
    try {
        if (auto text = nextText()) return text;
        exchange_.receive(reader_.buffer());  // only once all that came before was taken: it stays small
        if (auto text = nextText()) return text;
    } catch (const HttpError& error) {
        close(1002);
        throw ClientGone(error.what());
    }
    keepAlive();
    return std::nullopt;
}

std::optional<std::string> WebSocket::nextText() {
    for (int i = 0; i < kMaxAtOnce; ++i) {
        auto message = reader_.next();
        if (!message) return std::nullopt;
        heard_at_ = Monotonic::now();
        if (message->kind == FrameReader::Kind::Text) return std::move(message->data);
        if (message->kind == FrameReader::Kind::Bytes) refuse("bytes where text is spoken");
        if (message->kind == FrameReader::Kind::Ping)
            send(FrameReader::Kind::Pong, message->data, {}, kControlBudget);
        if (message->kind == FrameReader::Kind::Close) {
            send(FrameReader::Kind::Close, message->data.substr(0, 2), {}, kControlBudget);
            throw ClientGone("the client said goodbye");
        }
    }
    throw ClientGone("the client sends control frames and nothing else");
}

void WebSocket::keepAlive() {
    const auto now = Monotonic::now();
    if (now - heard_at_ > kSilenceMax) throw ClientGone("the client has been silent for too long");
    if (now - heard_at_ < kPingAfter || now - pinged_at_ < kPingAfter) return;
    pinged_at_ = now;
    send(FrameReader::Kind::Ping, {}, {}, kControlBudget);
}

void WebSocket::close(std::uint16_t code) {
    const char text[] = {static_cast<char>(code >> 8U), static_cast<char>(code & 0xffU)};
    send(FrameReader::Kind::Close, {text, 2}, {}, kControlBudget);
}

}  // namespace porchlight::http
