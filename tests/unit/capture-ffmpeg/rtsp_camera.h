/// A small RTSP camera on loopback, which says what a test wants, and a session with it.
#pragma once

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "capture-ffmpeg/libav/libav.h"
#include "capture-ffmpeg/rtsp/rtsp_session.h"
#include "support/loopback_port.h"

namespace rtsp_camera {

using namespace porchlight;
using namespace porchlight::ffmpeg;
using namespace std::chrono_literals;

inline const std::string kDescription =
    "v=0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\na=control:track0\r\n"
    "m=audio 0 RTP/AVP 0 96\r\na=control:track1\r\n";

inline bool says(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

inline const std::string kRtpHead =
    "\x80\x60 of RTP\n";  ///< as much of it as tells that it is one, of both tracks

inline std::string packetOf(int channel, const std::string& text) {
    const std::string data = kRtpHead + text;
    std::string out{'$', static_cast<char>(channel), static_cast<char>(data.size() >> 8U),
                    static_cast<char>(data.size() & 0xFFU)};
    return out + data;
}

/// An answer to `request`. `fields`: more lines of its head.
inline std::string answerOf(const std::string& request, int status, const std::string& fields = "",
                            const std::string& body = "") {
    const std::size_t sequence = request.find("CSeq: ");
    const std::string length = body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n";
    return "RTSP/1.0 " + std::to_string(status) + " So\r\n" +
           request.substr(sequence, request.find("\r\n", sequence) + 2 - sequence) + fields + length +
           "\r\n" + body;
}

/// A camera without oddities.
inline std::string usualAnswer(const std::string& request) {
    if (request.starts_with("OPTIONS")) return answerOf(request, 200, "Public: SETUP, GET_PARAMETER\r\n");
    if (request.starts_with("DESCRIBE")) return answerOf(request, 200, "", kDescription);
    if (request.starts_with("SETUP")) return answerOf(request, 200, "Session: AB;timeout=60\r\n");
    return answerOf(request, 200);
}

/// Listens, and answers each request, one client after the other; an empty answer hangs up. Owns its thread.
class Camera {
  public:
    using Answer = std::function<std::string(const std::string&)>;

    explicit Camera(Answer answer = usualAnswer) : answer_(std::move(answer)) {
        thread_ = std::thread([this] { serve(); });
    }
    ~Camera() {
        is_over_ = true;
        thread_.join();
    }
    Camera(const Camera&) = delete;
    Camera& operator=(const Camera&) = delete;

    Address address() const {
        return parseAddress("rtsp://viewer:secret@127.0.0.1:" + std::to_string(port_.number()) + "/main");
    }

    /// All requests.
    std::vector<std::string> heard() {
        const std::lock_guard lock(mutex_);
        return heard_;
    }
    std::size_t countOf(const std::string& part) {
        const auto all = heard();
        return static_cast<std::size_t>(
            std::count_if(all.begin(), all.end(), [&](const std::string& one) { return says(one, part); }));
    }

  private:
    bool isReadable(int socket) const {
        pollfd entry{socket, POLLIN, 0};
        return ::poll(&entry, 1, 20) > 0;
    }
    void serve() {
        while (!is_over_) {
            if (!isReadable(port_.fd())) continue;
            const int client = port_.accept();
            talk(client);
            ::close(client);
        }
    }
    void talk(int client) {
        std::string bytes;
        while (!is_over_) {
            if (!isReadable(client)) continue;
            char block[4096];
            const ssize_t size = ::recv(client, block, sizeof block, 0);
            if (size <= 0) return;
            bytes.append(block, static_cast<std::size_t>(size));
            did_hang_up_ = false;
            while (takeOne(client, bytes)) {
            }
            if (did_hang_up_) return;
        }
    }
    bool takeOne(int client, std::string& bytes) {
        const std::size_t end = bytes.find("\r\n\r\n");
        if (end == std::string::npos) return false;
        const std::string request = bytes.substr(0, end + 4);
        bytes.erase(0, end + 4);
        note(request);
        if (request.starts_with("RTSP/")) return true;  // an answer to a question of ours
        const std::string text = answer_(request);
        did_hang_up_ = text.empty();
        (void)::send(client, text.data(), text.size(), MSG_NOSIGNAL);
        return !did_hang_up_;
    }
    void note(std::string what) {
        const std::lock_guard lock(mutex_);
        heard_.push_back(std::move(what));
    }

    const Answer answer_;
    const test::LoopbackPort port_;
    std::atomic<bool> is_over_{false};
    bool did_hang_up_ = false;  ///< its thread only
    std::mutex mutex_;
    std::vector<std::string> heard_;
    std::thread thread_;
};

/// One session with it.
struct Visit {
    explicit Visit(const Camera& camera, Monotonic::duration silence = 5s)
        : session(camera.address(), {"127.0.0.1"}, silence, stop) {}

    /// "CHANNEL DATA" of the next packet, or the averror.
    std::string next() {
        RtspPacket packet;
        const int result = session.next(packet);
        if (result < 0) return std::to_string(result);
        const std::string data(reinterpret_cast<const char*>(packet.data.data()), packet.data.size());
        return std::to_string(packet.channel) + " " + data.substr(kRtpHead.size());
    }
    std::atomic<bool> stop{false};
    RtspSession session;
};

/// Offers SHA-256. `more`: of its parameters.
inline std::string challenge(const std::string& nonce, const std::string& more = "") {
    return "WWW-Authenticate: Digest realm=\"x\", nonce=\"" + nonce + "\", qop=\"auth\", algorithm=SHA-256" +
           more + "\r\n";
}

}  // namespace rtsp_camera
