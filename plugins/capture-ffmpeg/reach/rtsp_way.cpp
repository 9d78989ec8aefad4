#include "rtsp_way.h"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <map>
#include <utility>

#include "libav/libav.h"
#include "porchlight/mutex.h"

namespace porchlight::ffmpeg {
namespace {

constexpr std::chrono::seconds kSilent{3};  ///< without a packet: not the way
constexpr int kSilentTrials = 2;
constexpr std::size_t kMaxKnown = 64;  ///< a worker has two

struct Known {
    bool is_udp = false;
    bool is_proven = false;  ///< packets came
    bool is_left = false;    ///< to libavformat, over TCP
    int silent = 0;          ///< trials in a row over TCP in which none came
};

Mutex known_mutex;

std::map<std::string, Known>& known() PORCHLIGHT_REQUIRES(known_mutex) {
    static std::map<std::string, Known> by_url;
    return by_url;
}

Known& entryOf(const std::string& url) PORCHLIGHT_REQUIRES(known_mutex) {
    if (known().size() >= kMaxKnown && known().count(url) == 0) known().clear();
    return known()[url];
}

/// A camera that starts slowly, or whose radio fails just now, gives nothing over TCP, too.
void noteSilence(const std::string& url, bool is_udp) {
    const LockGuard lock(known_mutex);
    Known& now = entryOf(url);
    if (now.is_proven) return;
    now.silent = is_udp ? 0 : now.silent + 1;
    now.is_udp = now.silent >= kSilentTrials;
}

bool didTry(const std::vector<RtspWay>& tried, RtspWay way) {
    return std::find(tried.begin(), tried.end(), way) != tried.end();
}

/// 461, which libav tells by this name when the first track is refused.
bool isTransportRefused(int averror) noexcept {
    return averror == AVERROR(EPROTONOSUPPORT);
}

/// What some answer to a transport that they never heard of.
bool mayBeTransport(int averror) noexcept {
    return averror == AVERROR_HTTP_BAD_REQUEST || averror == AVERROR_HTTP_OTHER_4XX;
}

}  // namespace

RtspWay firstWay(const std::string& url, Transport wish, bool wants_sound) {
    if (wish != Transport::Auto) return {wish == Transport::Udp, wants_sound};
    const LockGuard lock(known_mutex);
    const auto found = known().find(url);
    return {found != known().end() && found->second.is_udp, wants_sound};
}

std::string refusalOf(int averror) {
    switch (averror) {
        case AVERROR(EPROTONOSUPPORT):
            return "461";
        case AVERROR_HTTP_NOT_FOUND:
            return "404";
        case AVERROR_HTTP_FORBIDDEN:
            return "403";
        case AVERROR_HTTP_BAD_REQUEST:
            return "400";
        case AVERROR_HTTP_OTHER_4XX:
            return "4xx";
        case AVERROR_HTTP_SERVER_ERROR:
            return "5xx";
        default:
            return "";
    }
}

std::optional<RtspWay> planNextWay(const std::vector<RtspWay>& tried, int averror, Transport wish) {
    if (refusalOf(averror).empty() || tried.empty()) return std::nullopt;
    const RtspWay last = tried.back();
    const RtspWay other{!last.is_udp, last.has_sound};
    if (isTransportRefused(averror) && wish == Transport::Auto && !didTry(tried, other)) return other;
    const RtspWay silent{tried.front().is_udp, false};
    if (last.has_sound && !didTry(tried, silent))
        return RtspWay{isTransportRefused(averror) ? silent.is_udp : last.is_udp, false};
    const RtspWay elsewhere{!tried.front().is_udp, tried.front().has_sound};
    if (mayBeTransport(averror) && wish == Transport::Auto && !didTry(tried, elsewhere)) return elsewhere;
    return std::nullopt;
}

bool isLeftToLibavformat(const std::string& url) {
    const LockGuard lock(known_mutex);
    const auto found = known().find(url);
    return found != known().end() && found->second.is_left;
}

void leaveToLibavformat(const std::string& url) {
    const LockGuard lock(known_mutex);
    entryOf(url).is_left = true;
}

void noteFailedOverUdp(const std::string& url) {
    noteSilence(url, true);
}

WayTrial::~WayTrial() {
    if (is_decided_ || Monotonic::now() - since_ < kSilent) return;
    try {
        noteSilence(url_, is_udp_);
    } catch (...) {  // no memory: it is found out once more
        return;
    }
}

void WayTrial::notePacket() {
    if (std::exchange(is_decided_, true)) return;
    const LockGuard lock(known_mutex);
    Known& now = entryOf(url_);
    now.is_udp = is_udp_;
    now.is_proven = true;
    now.silent = 0;
}

}  // namespace porchlight::ffmpeg
