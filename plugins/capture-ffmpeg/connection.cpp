#include "connection.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "reach/digest.h"
#include "reach/failure.h"

namespace porchlight::ffmpeg {
namespace {

constexpr std::int64_t kAnalyseUs = 1'000'000;
constexpr std::int64_t kProbeBytes = 2 << 20;  ///< one keyframe of a 4K camera
constexpr seconds kAskLimit{3};
constexpr seconds kPlayEvery{10};

/// As libavformat calls it.
const char* nameOf(RtspWay way, Transport wish) noexcept {
    if (way.is_udp) return "udp";
    return wish == Transport::Http ? "http" : "tcp";
}

void limitProbing(Options& options) {
    options.set("probesize", kProbeBytes);
    options.set("analyzeduration", kAnalyseUs);
}

}  // namespace

Connection::Connection(InputOptions options, const std::atomic<bool>& stop)
    : options_(std::move(options)), stop_(stop), guard_(stop) {
    if (!options_.address.isNetwork()) checkFile(options_.address);
    open();
}

Error Connection::steeredAway(const std::string& place) const {
    return {ErrorKind::Misconfigured, "open " + options_.address.shown + ": the camera refers to " + place +
                                          ", another machine, where nobody follows it; if its pictures are "
                                          "there, write that address as url"};
}

void Connection::throwOpenError(int averror) const {
    if (!guard_.refused().empty()) throw steeredAway(guard_.refused());
    if (own_ && !own_->session().steeredTo().empty()) throw steeredAway(own_->session().steeredTo());
    if (options_.transport == Transport::Http) throwOpenFailure(options_.address, averror);
    throwOpenFailure(options_.address, averror, stop_);
}

void Connection::open() {
    guard_.watch();
    if (options_.address.kind == Address::Kind::Rtsp) return openRtsp();
    if (const int result = tryOpen({}); result < 0) throwOpenError(result);
}

void Connection::openRtsp() {
    const std::string& url = options_.address.url;
    way_ = firstWay(url, options_.transport, options_.wants_sound);
    std::vector<RtspWay> tried;
    for (int result = tryRtsp(way_); result < 0; result = tryRtsp(way_)) {
        if (result == AVERROR(EPROTONOSUPPORT) && own_ && own_->session().isLoginOurs())
            throwTransportRefused(options_.address, own_->session().askedFor());
        if (own_ && !own_->session().isDescribed()) throwOpenError(result);  // no other way answers otherwise
        tried.push_back(way_);
        const auto next = planNextWay(tried, result, options_.transport);
        if (!next || stop_ || !guard_.refused().empty()) {
            if (way_.is_udp && options_.transport == Transport::Auto) noteFailedOverUdp(url);
            throwOpenError(result);
        }
        if (next->has_sound)
            refused_sound_.clear();  // it was the transport
        else if (way_.has_sound)
            refused_sound_ = refusalOf(result);
        way_ = *next;
    }
    if (own_ && !own_->session().refusedSound().empty()) refused_sound_ = own_->session().refusedSound();
    const bool is_tcp_only = own_ && own_->session().isLoginOurs();
    if (options_.transport == Transport::Auto && !is_tcp_only) trial_.emplace(url, way_.is_udp);
}

/// Over TCP by a session of our own, where the camera and it understand each other; else by libavformat's. ->
/// an averror, or 0
int Connection::tryRtsp(RtspWay way) {
    const Address& address = options_.address;
    context_.reset();
    own_.reset();
    const bool is_ours_alone = options_.never_basic;
    if (!is_ours_alone && (way.is_udp || isLeftToLibavformat(address.url))) return tryOpen(way);
    const int result = tryOwnRtsp(way);
    if (result == 0 || !mayBeOurs(result)) return result;
    own_.reset();
    const int other = tryOpen(way);
    const bool may_pass = result == AVERROR_HTTP_SERVER_ERROR;  // as a session of before that is not over yet
    if (other == 0 && !may_pass) leaveToLibavformat(address.url);
    return other;
}

/// Whether the failure may be one of our session, and libavformat may do better: it makes no sense, or it
/// refuses what comes behind its description.
bool Connection::mayBeOurs(int averror) const {
    const RtspSession& session = own_->session();
    if (options_.never_basic || stop_ || !session.isLoginFree() || session.isLoginOurs()) return false;
    if (averror == AVERROR_INVALIDDATA || averror == AVERROR(EPROTO)) return true;
    return session.isDescribed() && averror != AVERROR(EPROTONOSUPPORT) && !refusalOf(averror).empty();
}

int Connection::tryOwnRtsp(RtspWay way) {
    Options dictionary;
    limitProbing(dictionary);
    own_ = std::make_unique<OwnRtsp>(options_.address, options_.hosts, options_.timeout, stop_,
                                     options_.transport == Transport::Http);
    if (options_.never_basic) own_->neverAnswerBasic();
    const int result = own_->open(way.has_sound, dictionary, context_);
    ignored_options_ = dictionary.names();
    return result;
}

/// What an HTTP camera answers, to be read from. `result`: an averror, or 0.
AVIOContext* Connection::openHttp(Options& options, int& result) {
    const Address& address = options_.address;
    const AVIOInterruptCB interrupt{HostGuard::interrupt, &guard_};
    AVIOContext* io = nullptr;
    context_.reset();  // a file that begins again: it read from the answer that goes now
    jpegs_.reset();
    tape_.reset();
    result = avio_open2(&io, address.url.c_str(), AVIO_FLAG_READ, &interrupt, options.inOut());
    if (result == AVERROR_HTTP_UNAUTHORIZED) {
        const std::string header = ownHeader(address, options_.hosts, Deadline::in(kAskLimit), stop_);
        if (header.empty()) return nullptr;
        Options with_header;
        with_header.set("timeout", options_.timeout.count());
        with_header.set("headers", header.c_str());
        result = avio_open2(&io, withoutLogin(address.url).c_str(), AVIO_FLAG_READ, &interrupt,
                            with_header.inOut());
    }
    if (result < 0) return nullptr;
    answer_.reset(io);
    const std::string type = contentType(*io);
    if (!isJpegStream(type) && (type != "video/mp2t" || avio_size(io) > 0)) return io;
    if (!isJpegStream(type)) {
        tape_ = std::make_unique<ArrivalTape>(std::move(answer_));
        return tape_->io();
    }
    if (!type.starts_with("multipart/") && avio_size(io) > 0)
        throw Error(ErrorKind::Misconfigured,
                    "open " + address.shown +
                        ": the answer is one picture, not a stream; the plugin still "
                        "asks for such again and again");
    jpegs_ = std::make_unique<JpegStream>(std::move(answer_));
    return jpegs_->io();
}

/// -> an averror, or 0
int Connection::tryOpen(RtspWay way) {
    Options dictionary;
    limitProbing(dictionary);
    if (options_.address.isNetwork()) dictionary.set("timeout", options_.timeout.count());
    if (options_.address.kind == Address::Kind::Rtsp) {
        dictionary.set("rtsp_transport", nameOf(way, options_.transport));
        dictionary.set("allowed_media_types", way.has_sound ? "video+audio" : "video");
        if (way.is_udp)
            dictionary.set("max_delay", 200'000);  // wait for packets out of order; default 500 ms
    }
    int result = 0;
    AVIOContext* io = options_.address.kind == Address::Kind::Http ? openHttp(dictionary, result) : nullptr;
    if (result < 0) return result;
    AVFormatContext* context = avformat_alloc_context();
    if (context == nullptr)
        throw Error(ErrorKind::Exhausted, "open " + options_.address.shown + ": out of memory");
    context->interrupt_callback = {onFirst, this};
    opening_ = way.is_udp ? context : nullptr;
    context->pb = io;
    sieve_.begin();
    const AVInputFormat* format = jpegs_ ? av_find_input_format("mpjpeg") : nullptr;
    result = avformat_open_input(&context, options_.address.url.c_str(), format, dictionary.inOut());
    opening_ = nullptr;
    if (result < 0) return result;  // libav freed the context
    context_.reset(context);
    ignored_options_ = dictionary.names();
    if (way.is_udp) {
        // What libav has opened keeps the callback that it was opened with.
        context_->interrupt_callback.callback = betweenPackets;
        // Behind a redirect the conversation asks as the packets do, and must not hear that there is nothing
        // to read.
        if (options_.address.url == context_->url) sieve_.attach(context_->nb_streams);
    }
    return 0;
}

/// For AVIOInterruptCB: of the first thing that libav opens for itself, which is the conversation with an
/// RTSP camera. What it opens after that over UDP has the next one.
int Connection::onFirst(void* self) noexcept {
    auto& connection = *static_cast<Connection*>(self);
    if (AVFormatContext* context = std::exchange(connection.opening_, nullptr); context != nullptr)
        context->interrupt_callback.callback = beforeRead;
    return HostGuard::interrupt(&connection.guard_);
}

/// The same, of the sockets of packets. 1: there is nothing to read.
int Connection::beforeRead(void* self) noexcept {
    auto& connection = *static_cast<Connection*>(self);
    return HostGuard::interrupt(&connection.guard_) != 0 || connection.sieve_.sift() ? 1 : 0;
}

/// The same, of the whole. 1: ends the reading of packets.
int Connection::betweenPackets(void* self) noexcept {
    auto& connection = *static_cast<Connection*>(self);
    if (HostGuard::interrupt(&connection.guard_) != 0) return 1;
    connection.sieve_.sift();
    return connection.sieve_.hasNewSource() ? 1 : 0;
}

/// The source of the session's packets is another one: libav forgets the numbers of the old one when it asks
/// the camera to play, which does so already. A camera whose source changes on and on is not asked each time:
/// libav drops what it takes for late, and a stream that is silent for that is opened anew. -> an averror, or
/// 0
int Connection::playOn() {
    if (!sieve_.takeNewSource()) return 0;
    const auto now = Monotonic::now();
    if (now < play_again_at_) return 0;
    play_again_at_ = now + kPlayEvery;
    return std::min(av_read_play(context_.get()), 0);
}

int Connection::read(AVPacket& packet) {
    int result = AVERROR(EAGAIN);
    const auto mayGoOn = [&] { return !stop_.load() && guard_.refused().empty(); };
    while ((result == AVERROR(EAGAIN) || (result == AVERROR_EXIT && way_.is_udp)) && mayGoOn()) {
        result = playOn();
        if (result == 0) result = av_read_frame(context_.get(), &packet);
    }
    if (result < 0 && !guard_.refused().empty()) throw steeredAway(guard_.refused());
    if (result == AVERROR(EPROTO) && own_ && !own_->session().isLoginOurs())
        leaveToLibavformat(options_.address.url);
    if (result == 0 && trial_) trial_->notePacket();
    return result;
}

}  // namespace porchlight::ffmpeg
