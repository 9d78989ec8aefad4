#include "rtsp_session.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <utility>
#include <variant>

#include "libav/libav.h"
#include "porchlight/host_lookup.h"
#include "reach/tls_wire.h"
#include "rtsp_tunnel.h"

namespace porchlight::ffmpeg {
namespace {

constexpr seconds kReachLimit{10};
constexpr int kMaxRedirects = 5;
constexpr std::size_t kMaxTracks = 8;
constexpr seconds kUsualTimeout{60};  // RFC 2326, 12.37
constexpr int kLongestTimeout = 3600;

/// What the camera refused; to give another transport than was asked for is 461, too.
std::string refusedStatus(int status) {
    return std::to_string(status / 100 == 2 ? 461 : status);
}

std::optional<int> wholeNumber(std::string_view text) noexcept {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end != text.data() ? std::optional(value) : std::nullopt;
}

/// Where the packets come: as the camera says, or as it was asked; nothing: not over this connection.
std::optional<int> channelIn(std::string_view transport, int asked) noexcept {
    if (!transport.empty() && !beginsWithWord(transport, "RTP/AVP/TCP")) return std::nullopt;
    const std::string_view told = parameterOf(transport, "interleaved");
    if (told.empty()) return asked;
    const auto channel = wholeNumber(told);
    return channel && *channel >= 0 && *channel <= 254 ? channel : std::nullopt;
}

}  // namespace

RtspSession::RtspSession(Address address, std::vector<std::string> hosts, Monotonic::duration silence,
                         const std::atomic<bool>& stop, bool is_tunnelled)
    : address_(std::move(address)),
      hosts_(std::move(hosts)),
      silence_(silence),
      stop_(stop),
      is_tunnelled_(is_tunnelled),
      login_(loginOf(address_.url)),
      http_login_(loginOf(address_.url)),
      timeout_(kUsualTimeout) {}

RtspSession::~RtspSession() {
    if (session_.empty()) return;
    try {
        talk_->tell("TEARDOWN", base_, sessionField());
    } catch (...) {  // no memory: the camera finds out by itself
        return;
    }
}

int RtspSession::open(bool wants_sound) {
    RtspMessage answer;
    if (const int result = describe(answer); result < 0) return result;
    const Description description = parseDescription(answer.body);
    if (!takeSession(answer.field("Session"))) return AVERROR(EPROTO);
    is_described_ = true;
    base_ = redirectedUrl(url_, answer.field("Content-Base"));
    base_ = withoutLogin(base_.empty() ? url_ : base_);
    if (isRtspUrl(description.control)) base_ = withoutLogin(controlUrl(base_, description.control));
    if (const int result = setUp(description, wants_sound); result < 0) return result;
    return play();
}

int RtspSession::describe(RtspMessage& answer) {
    url_ = withoutLogin(address_.url);
    for (int followed = 0; followed <= kMaxRedirects; ++followed) {
        if (const int result = connect(); result < 0) return result;
        if (const int result = talk_->ask("OPTIONS", url_, {}, answer); result < 0) return result;
        if (answer.status == 401)
            return averrorOf(answer.status);  // nobody asks again with a refused password
        has_get_parameter_ = answer.field("Public").find("GET_PARAMETER") != std::string_view::npos;
        const int result = talk_->ask("DESCRIBE", url_, "Accept: application/sdp\r\n", answer);
        if (result < 0) return result;
        if (answer.status / 100 != 3) return averrorOf(answer.status);
        const std::string there = redirectedUrl(url_, answer.field("Location"));
        if (there.empty()) return AVERROR_INVALIDDATA;
        url_ = withoutLogin(there);
    }
    return AVERROR(ELOOP);
}

/// Through HTTP each redirect begins a tunnel of its own.
int RtspSession::connect() {
    const std::size_t path = std::min(url_.find_first_of("/?#", url_.find("://") + 3), url_.size());
    const Address place = parseAddress(url_.substr(0, path));
    if ((place.scheme != "rtsp" && place.scheme != "rtsps") || place.port <= 0) return AVERROR_INVALIDDATA;
    if (address_.scheme == "rtsps" && place.scheme != "rtsps") return AVERROR(EACCES);
    const bool is_ipv6 = place.host.find(':') != std::string::npos;
    const std::string shown =
        (is_ipv6 ? "[" + place.host + "]:" : place.host + ":") + std::to_string(place.port);
    if (!isOurs(place.host)) {
        steered_to_ = shown;
        return AVERROR(EACCES);
    }
    const auto connect = [&](std::unique_ptr<Wire>& wire) { return connectTo(place, wire); };
    std::unique_ptr<Wire> wire;
    const std::string way =
        path < url_.size() && url_[path] == '/' ? url_.substr(path) : "/" + url_.substr(path);
    const int result =
        is_tunnelled_ ? openTunnel(connect, shown, way, http_login_, silence_, wire) : connect(wire);
    if (result < 0) return result;
    talk_.emplace(std::move(wire), login_, silence_);
    return 0;
}

int RtspSession::connectTo(const Address& place, std::unique_ptr<Wire>& wire) {
    const Deadline deadline = Deadline::in(kReachLimit);
    Socket socket = connectToOneOf(hosts_, place, deadline, stop_);
    if (socket.fd() < 0) return stop_ ? AVERROR_EXIT : AVERROR(-socket.fd());
    if (place.scheme == "rtsps") return openTls(std::move(socket), place.host, deadline, stop_, wire);
    wire = std::make_unique<TcpWire>(std::move(socket), stop_);
    return 0;
}

bool RtspSession::isOurs(const std::string& host) const {
    if (host == address_.host) return true;
    const std::vector<std::string> found =
        lookUpHost(host, "open " + address_.shown + ": redirected: ", stop_);
    return std::any_of(found.begin(), found.end(), [this](const std::string& one) {
        return std::find(hosts_.begin(), hosts_.end(), one) != hosts_.end();
    });
}

/// Sound that is refused costs no picture; of the pictures, one track must be given.
int RtspSession::setUp(const Description& description, bool wants_sound) {
    int refused = 0;
    bool has_pictures = false;
    for (const DescribedTrack& track : description.tracks) {
        const bool is_video = isSameWord(track.kind, "video");
        const bool is_wanted = is_video || (wants_sound && isSameWord(track.kind, "audio"));
        if (!is_wanted || tracks_.size() >= kMaxTracks) continue;
        RtspMessage answer;
        const RtspLogin before = login_;
        const int result = setUp(track, answer);
        if (answer.status == 401 && !is_video && before.isAdmitted()) login_.comeBackTo(before);
        if (result < 0 && (answer.status == 0 || result == AVERROR(EPROTO))) return result;
        has_pictures |= is_video && result == 0;
        if (result < 0 && is_video) refused = result;
        if (result < 0 && !is_video) refused_sound_ = refusedStatus(answer.status);
    }
    if (refused < 0 && !has_pictures) return refused;
    return tracks_.empty() ? AVERROR_INVALIDDATA : 0;
}

/// `answer`: its status stays 0 where none came.
int RtspSession::setUp(const DescribedTrack& track, RtspMessage& answer) {
    const int asked = tracks_.empty() ? 0 : (tracks_.back().channel + 2) % 256;
    const std::string channels = std::to_string(asked) + "-" + std::to_string(asked + 1);
    const std::string fields =
        "Transport: RTP/AVP/TCP;unicast;interleaved=" + channels + "\r\n" + sessionField();
    const std::string url = withoutLogin(controlUrl(base_, track.control));
    const int result = talk_->ask("SETUP", url, fields, answer);
    if (result < 0) return result;
    if (const int refused = averrorOf(answer.status); refused < 0) return refused;
    if (!takeSession(answer.field("Session"))) return AVERROR(EPROTO);
    const auto channel = channelIn(answer.field("Transport"), asked);
    const bool is_taken = std::any_of(tracks_.begin(), tracks_.end(), [&channel](const RtspTrack& other) {
        return channel && std::abs(*channel - other.channel) <= 1;
    });
    if (!channel || is_taken) return AVERROR(EPROTONOSUPPORT);
    talk_->expect(*channel, track.text);
    tracks_.push_back({track.text, *channel});
    return 0;
}

int RtspSession::play() {
    RtspMessage answer;
    const int result = talk_->ask("PLAY", base_, "Range: npt=0.000-\r\n" + sessionField(), answer);
    if (result < 0) return result;
    heard_at_ = Monotonic::now();
    keep_alive_at_ = heard_at_ + timeout_ / 2;
    return averrorOf(answer.status);
}

/// "ABC;timeout=60". False: it would be more than a field of our requests.
bool RtspSession::takeSession(std::string_view field) {
    const std::string_view name = trimmed(field.substr(0, field.find(';')));
    if (std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
        return false;
    if (name.empty()) return true;
    if (session_.empty()) session_ = name;  // some name each track anew, and mean the first
    if (const auto told = wholeNumber(parameterOf(field, "timeout")))
        timeout_ = *told > 0 ? seconds(std::clamp(*told, 2, kLongestTimeout)) : kUsualTimeout;
    return true;
}

int RtspSession::next(RtspPacket& packet) {
    while (true) {
        if (Monotonic::now() >= keep_alive_at_) {
            keep_alive_at_ = Monotonic::now() + timeout_ / 2;
            if (const int result = keepAlive(); result < 0) return result;
        }
        RtspPiece piece;
        const auto silent_at = heard_at_ + silence_;
        const int result = talk_->next(Deadline(std::min(keep_alive_at_, silent_at)), piece);
        if (result == AVERROR(ETIMEDOUT) && Monotonic::now() < silent_at) continue;
        if (result < 0) return result;
        if (const auto* found = std::get_if<RtspPacket>(&piece)) {
            heard_at_ = Monotonic::now();
            packet = *found;
            return 0;
        }
        if (const int answered = takeAnswer(std::get<RtspMessage>(piece)); answered < 0) return answered;
    }
}

int RtspSession::keepAlive() {
    return talk_->tell(has_get_parameter_ ? "GET_PARAMETER" : "OPTIONS", base_, sessionField());
}

/// To what keeps the session alive: the nonce may be over, or the camera may not know what it announced.
int RtspSession::takeAnswer(const RtspMessage& answer) {
    if (answer.status < 200) return 0;
    if (answer.status == 401) return login_.take(answer.head) ? keepAlive() : 0;
    login_.noteAdmitted();
    const bool is_unknown = answer.status == 405 || answer.status == 501;
    return is_unknown && std::exchange(has_get_parameter_, false) ? keepAlive() : 0;
}

}  // namespace porchlight::ffmpeg
