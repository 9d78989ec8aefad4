#include "wire_look.h"

#include <poll.h>
#include <sys/socket.h>

#include "socket.h"

namespace porchlight::ffmpeg {
namespace {

constexpr std::size_t kMaxAnswer = 2048;

/// The path of the URL as libav asks for it, without what stands in front of the last @.
std::string request(const Address& address) {
    const std::string rest = address.url.substr(address.url.find("://") + 3);
    const std::string place = rest.substr(rest.rfind('@') == std::string::npos ? 0 : rest.rfind('@') + 1);
    return "DESCRIBE rtsp://" + place + " RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n";
}

}  // namespace

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
    const std::string text = request(address);
    if (::send(socket.fd(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
        return describeAnswer("", true);
    std::string answer;
    while (answer.find("\r\n") == std::string::npos && answer.size() < kMaxAnswer) {
        if (waitFor(socket, POLLIN | POLLRDHUP, deadline, stop) == 0) return describeAnswer(answer, false);
        char block[512];
        const ssize_t size = ::recv(socket.fd(), block, sizeof block, MSG_DONTWAIT);
        if (size <= 0) return describeAnswer(answer, true);
        answer.append(block, static_cast<std::size_t>(size));
    }
    return describeAnswer(answer, false);
}

}  // namespace porchlight::ffmpeg
