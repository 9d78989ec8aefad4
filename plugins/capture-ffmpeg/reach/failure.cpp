#include "failure.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>

#include "libav/libav.h"
#include "porchlight/source_error.h"
#include "socket.h"

namespace porchlight::ffmpeg {
namespace {

constexpr std::size_t kMaxAnswer = 2048;
constexpr seconds kWireLook{2};

std::string describe(int averror) {
    char text[AV_ERROR_MAX_STRING_SIZE] = {};
    av_strerror(averror, text, sizeof text);
    return text;
}

Error notAVideo(const Address& address, const std::string& what) {
    if (!address.isNetwork())
        return {ErrorKind::Misconfigured, what + "not a video (no known container in it)"};
    // libav says "invalid data" also when an RTSP server accepts and then stays silent or hangs up.
    if (address.kind == Address::Kind::Rtsp)
        return {ErrorKind::Unavailable, what + "the camera gave no valid RTSP answer; is the port right?"};
    return {ErrorKind::Misconfigured, what + "the answer is not a video; check the path of the URL"};
}

/// A failed step of RTSP that libav has one word for, whatever the camera said.
bool isUnclear(const Address& address, int averror) noexcept {
    const bool is_vague = averror == AVERROR_INVALIDDATA || averror == AVERROR_STREAM_NOT_FOUND ||
                          averror == AVERROR_EOF || averror == AVERROR(EPIPE) ||
                          averror == AVERROR(ECONNRESET) || averror == AVERROR(EIO) ||
                          averror == AVERROR(EPROTO);
    return is_vague && address.scheme == "rtsp" && address.port > 0;
}

/// As libav asks, without user and password.
std::string request(const Address& address) {
    return "DESCRIBE " + withoutLogin(address.url) +
           " RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n";
}

std::string whyNoBytes(const Address& address) {
    if (address.scheme != "https" && address.scheme != "rtsps") return describe(AVERROR(EIO));
    return "no encrypted connection could be made: does the camera speak TLS at this port?";
}

}  // namespace

void throwOpenFailure(const Address& address, int averror) {
    const std::string what = "open " + address.shown + ": ";
    switch (averror) {
        case AVERROR_HTTP_UNAUTHORIZED:
            throw SourceError(SourceFault::AuthRefused, what + "auth refused (401): check user and password");
        case AVERROR_HTTP_FORBIDDEN:
            throw SourceError(SourceFault::AuthRefused,
                              what + "auth refused (403): this account may not view the stream");
        case AVERROR_HTTP_NOT_FOUND:
            throw SourceError(SourceFault::NotFound, what + "not found (404): check the path of the URL");
        case AVERROR_HTTP_BAD_REQUEST:
        case AVERROR_HTTP_OTHER_4XX:
            throw Error(ErrorKind::Misconfigured,
                        what + "the camera refused the request (4xx): check URL and transport");
        case AVERROR_HTTP_SERVER_ERROR:
            throw Error(ErrorKind::Unavailable, what + "the camera reports an internal error (5xx)");
        case AVERROR(ECONNREFUSED):
            throw Error(ErrorKind::Unavailable,
                        what + "connection refused: is the camera on, and the port right?");
        case AVERROR(ETIMEDOUT):
            throw Error(ErrorKind::Unavailable, what + "no answer in time: is the camera on and reachable?");
        case AVERROR(EHOSTUNREACH):
        case AVERROR(ENETUNREACH):
            throw Error(ErrorKind::Unavailable, what + "no route to the camera: check the network");
        case AVERROR(EPROTONOSUPPORT):
            throw Error(ErrorKind::Misconfigured,
                        what +
                            "the camera takes RTP in no way that the setting transport allows (461); auto "
                            "allows TCP and UDP");
        case AVERROR_PROTOCOL_NOT_FOUND:
            throw Error(ErrorKind::NotSupported,
                        what + "the scheme " + address.scheme + ":// is not supported by this libavformat");
        case AVERROR_INVALIDDATA:
        case AVERROR_STREAM_NOT_FOUND:
            throw notAVideo(address, what);
        case AVERROR(ENOMEM):
        case AVERROR(EMFILE):
        case AVERROR(ENFILE):
            throw Error(ErrorKind::Exhausted, what + describe(averror));
        case AVERROR(ELOOP):
            throw Error(ErrorKind::Misconfigured,
                        what +
                            "the camera refers from one address to the next without end: check the path of "
                            "the URL");
        case AVERROR(EINVAL):
            throw Error(ErrorKind::Misconfigured,
                        what + "libavformat refuses this URL: is the port a number?");
        case AVERROR(EACCES):
            throw Error(ErrorKind::Misconfigured, what + "no permission to read it");
        case AVERROR_EOF:
            throw address.isNetwork()
                ? Error(ErrorKind::Unavailable, what + "the camera closed the connection")
                : notAVideo(address, what);
        case AVERROR(EIO):
            throw Error(ErrorKind::Unavailable, what + whyNoBytes(address));
        default:
            throw Error(ErrorKind::Unavailable, what + describe(averror));
    }
}

void throwTransportRefused(const Address& address, std::string_view asked) {
    throw SourceError(SourceFault::AuthRefused,
                      "open " + address.shown + ": the camera asks for " +
                          (asked.empty() ? "a password in a way" : std::string(asked)) +
                          ", which is answered over RTP in TCP only, and refuses that (461)");
}

void throwOpenFailure(const Address& address, int averror, const std::atomic<bool>& stop) {
    if (!isUnclear(address, averror) || stop) throwOpenFailure(address, averror);
    throw Error(ErrorKind::Unavailable,
                "open " + address.shown + ": " + lookAtWire(address, Deadline::in(kWireLook), stop));
}

Error readFailure(const Address& address, int averror) {
    const std::string what = "read " + address.shown + ": ";
    switch (averror) {
        case AVERROR_EOF:
            return {ErrorKind::Unavailable, what + "the camera closed the connection"};
        case AVERROR(ETIMEDOUT):
            return {ErrorKind::Unavailable, what + "the camera stopped sending"};
        case AVERROR_INVALIDDATA:
            return {ErrorKind::BadData, what + "damaged data"};
        case AVERROR(EIO):  // libavformat's word for the end of an answer over HTTP
            return {ErrorKind::Unavailable, what + "the connection to the camera ended"};
        case AVERROR(ENOMEM):
            return {ErrorKind::Exhausted, what + "out of memory"};
        default:
            return {ErrorKind::Unavailable, what + describe(averror)};
    }
}

std::string describeAnswer(const std::string& answer, bool did_hang_up) {
    const std::string taken = "the camera takes the connection and ";
    if (answer.empty()) return taken + (did_hang_up ? "hangs up without a word" : "says nothing");
    if (answer.starts_with("HTTP/")) return "an HTTP server answers there: is the port right?";
    if (!answer.starts_with("RTSP/")) return "what answers there is no RTSP server: is the port right?";
    const std::string code = answer.size() >= 12 ? answer.substr(9, 3) : "";
    if (code == "401")
        return "the camera asks for user and password (401), then hangs up on them, or answers what is not "
               "understood";
    if (code == "200") return "the camera answers, but what it says of its stream is not understood";
    const bool is_code = code.size() == 3 && code.find_first_not_of("0123456789") == std::string::npos;
    return "the camera answers with " + (is_code ? code : "nonsense") + ", then the connection broke";
}

std::string lookAtWire(const Address& address, Deadline deadline, const std::atomic<bool>& stop) {
    const Socket socket = connectTo(address, stop);
    if (socket.fd() < 0) return "the camera closed the connection, and now takes none";
    const Heard heard = ask(socket, request(address), "\r\n", kMaxAnswer, deadline, stop);
    return describeAnswer(heard.text, heard.did_hang_up);
}

}  // namespace porchlight::ffmpeg
