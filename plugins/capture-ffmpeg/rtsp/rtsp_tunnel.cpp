#include "rtsp_tunnel.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <utility>

#include "libav/libav.h"
#include "reach/challenge.h"
#include "reach/head.h"
#include "rtsp_message.h"

namespace porchlight::ffmpeg {
namespace {

constexpr int kMaxTries = 3;  ///< without a password, with it, with another nonce
constexpr std::size_t kMaxAnswer = 16U << 10U;
constexpr std::string_view kTunnelled = "application/x-rtsp-tunnelled";

/// Owns: both connections.
class RtspTunnel final : public Wire {
  public:
    /// `early`: what came behind the head of the answer.
    RtspTunnel(std::unique_ptr<Wire> down, std::unique_ptr<Wire> up, std::string early)
        : down_(std::move(down)), up_(std::move(up)), early_(std::move(early)) {}

    int receive(std::span<std::uint8_t> room, Deadline deadline) override {
        if (early_.empty()) return down_->receive(room, deadline);
        const std::size_t size = std::min(room.size(), early_.size());
        std::memcpy(room.data(), early_.data(), size);
        early_.erase(0, size);
        return static_cast<int>(size);
    }
    int send(std::string_view bytes, Deadline deadline) override {
        return up_->send(base64(bytes), deadline);
    }
    bool takesBytes() override { return up_->takesBytes(); }
    bool isCutOff() const noexcept override { return up_->isCutOff(); }

  private:
    std::unique_ptr<Wire> down_;
    std::unique_ptr<Wire> up_;
    std::string early_;
};

/// Opens the two. Lives as long as that takes.
class Digger {
  public:
    Digger(const ConnectWire& connect, const std::string& place, const std::string& path, RtspLogin& login,
           Monotonic::duration patience)
        : connect_(connect), place_(place), path_(path), login_(login), patience_(patience) {}

    int open(std::unique_ptr<Wire>& opened) {
        if (const int result = openDown(); result < 0) return result;
        std::unique_ptr<Wire> up;
        if (const int result = connect_(up); result < 0) return result;
        // Nobody has a length for what goes on; the one that every client tells is not looked at.
        const std::string more = "Content-Type: " + std::string(kTunnelled) +
                                 "\r\nContent-Length: 32767\r\nExpires: Sun, 9 Jan 1972 00:00:00 GMT\r\n";
        if (const int result = up->send(requestOf("POST", more), Deadline::in(patience_)); result < 0)
            return result;
        opened = std::make_unique<RtspTunnel>(std::move(down_), std::move(up), std::move(heard_));
        return 0;
    }

  private:
    int openDown();
    int hearHead(std::string& head);

    std::string requestOf(std::string_view method, const std::string& more) {
        return std::string(method) + " " + path_ + " HTTP/1.0\r\nHost: " + place_ +
               "\r\nUser-Agent: Porchlight\r\nx-sessioncookie: " + cookie_ +
               "\r\nPragma: no-cache\r\nCache-Control: no-cache\r\n" + more + login_.line(method, path_) +
               "\r\n";
    }

    const ConnectWire& connect_;
    const std::string& place_;
    const std::string& path_;
    RtspLogin& login_;
    const Monotonic::duration patience_;
    const std::string cookie_ = freshNonce().substr(0, 22);
    std::unique_ptr<Wire> down_;
    std::string heard_;  ///< of it, behind the head
};

int Digger::openDown() {
    std::string head;
    for (int asked = 0; asked < kMaxTries; ++asked) {
        heard_.clear();
        if (const int result = connect_(down_); result < 0) return result;
        const std::string request = requestOf("GET", "Accept: " + std::string(kTunnelled) + "\r\n");
        if (const int result = down_->send(request, Deadline::in(patience_)); result < 0) return result;
        if (const int result = hearHead(head); result < 0) return result;
        const std::string_view line = std::string_view(head).substr(0, head.find('\n'));
        const auto status = numberIn(line.substr(std::min(line.find(' ') + 1, line.size()), 3));
        if (!line.starts_with("HTTP/") || !status) return AVERROR(EPROTO);
        if (*status != 401) {
            if (*status == 200) login_.noteAdmitted();
            return averrorOf(static_cast<int>(*status));
        }
        if (!login_.take(head)) return averrorOf(401);
    }
    return averrorOf(401);
}

/// What follows it is in `heard_` then.
int Digger::hearHead(std::string& head) {
    const Deadline deadline = Deadline::in(patience_);
    std::size_t length = headLength(heard_);
    while (length == std::string_view::npos) {
        if (heard_.size() > kMaxAnswer) return AVERROR(EPROTO);
        std::uint8_t block[2048];
        const int size = down_->receive(block, deadline);
        if (size < 0) return size;
        heard_.append(reinterpret_cast<const char*>(block), static_cast<std::size_t>(size));
        length = headLength(heard_);
    }
    head = heard_.substr(0, length);
    heard_.erase(0, length);
    return 0;
}

}  // namespace

int openTunnel(const ConnectWire& connect, const std::string& place, const std::string& path,
               RtspLogin& login, Monotonic::duration patience, std::unique_ptr<Wire>& opened) {
    return Digger(connect, place, path, login, patience).open(opened);
}

}  // namespace porchlight::ffmpeg
