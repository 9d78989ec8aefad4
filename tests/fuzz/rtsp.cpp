/// Fuzzer of what an RTSP camera can send: pieces, and what is read in them.
///
/// First byte: the size of the pieces in which the rest comes (0: at once). However it is cut, the same
/// pieces must come out; whatever they hold is read without harm.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>
#include <variant>
#include <vector>

#include "capture-ffmpeg/reach/challenge.h"
#include "capture-ffmpeg/rtsp/description.h"
#include "capture-ffmpeg/rtsp/rtsp_message.h"
#include "capture-ffmpeg/stream/rtp_track.h"

namespace {

using namespace porchlight::ffmpeg;

/// Nothing of an answer may become another line of our request.
void checkAnswers(const std::string& head) {
    for (const Challenge& offer : challengesIn(head)) {
        const std::string line = answerTo(offer, {"viewer", "secret"}, {"SETUP", "rtsp://c/x", "1", 1});
        if (!line.empty() && line.find_first_of("\r\n") != line.size() - 2) std::abort();
    }
}

void checkDescription(const std::string& text) {
    std::vector<int> taken;
    for (const DescribedTrack& track : parseDescription(text).tracks) {
        if (controlUrl("rtsp://c/x", track.control).find_first_of(" \r\n") != std::string::npos) std::abort();
        if (taken.size() < 8) (void)RtpTrack(track.text, 0, taken);
    }
    std::sort(taken.begin(), taken.end());
    if (std::adjacent_find(taken.begin(), taken.end()) != taken.end()) std::abort();
}

std::string told(const RtspPiece& piece) {
    if (const auto* packet = std::get_if<RtspPacket>(&piece))
        return "$" + std::to_string(packet->channel) + std::string(packet->data.begin(), packet->data.end());
    const auto* message = std::get_if<RtspMessage>(&piece);
    if (message == nullptr) return "broken";
    checkAnswers(message->head);
    checkDescription(message->body);
    (void)redirectedUrl("rtsp://c/x", message->field("Location"));
    return std::to_string(message->status) + message->head + message->body;
}

std::string cut(const std::string& bytes, std::size_t step, bool knows_track) {
    RtspCutter cutter;
    if (knows_track) cutter.expect(0, "m=video 0 RTP/AVP 96\r\n");
    std::string out;
    for (std::size_t at = 0; at < bytes.size(); at += step) {
        const std::size_t size = std::min(step, bytes.size() - at);
        std::memcpy(cutter.room().data(), bytes.data() + at, size);
        cutter.noteFilled(size);
        for (RtspPiece piece = cutter.next(); !std::holds_alternative<std::monostate>(piece);
             piece = cutter.next()) {
            out += told(piece) + "|";
            if (std::holds_alternative<RtspBroken>(piece)) return out;
        }
    }
    return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size < 2 || size > 8192) return 0;
    const std::string bytes(reinterpret_cast<const char*>(data + 1), size - 1);
    for (const bool knows_track : {false, true}) {
        const std::string whole = cut(bytes, bytes.size(), knows_track);
        if (data[0] != 0 && cut(bytes, data[0], knows_track) != whole) std::abort();
    }
    return 0;
}
