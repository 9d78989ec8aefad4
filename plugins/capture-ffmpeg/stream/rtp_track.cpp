#include "rtp_track.h"

#include <algorithm>
#include <charconv>
#include <string_view>

namespace porchlight::ffmpeg {
namespace {

constexpr int kFirstFree = 96;  ///< of the types that mean what a description says (RFC 3551)
constexpr int kLastFree = 127;

/// The first type of "m=video 0 RTP/AVP 96 97"; 0 where there is none.
int typeIn(std::string_view media_line) noexcept {
    for (int word = 0; word < 3; ++word)
        media_line.remove_prefix(std::min(media_line.find(' '), media_line.size() - 1) + 1);
    int type = 0;
    std::from_chars(media_line.data(), media_line.data() + media_line.size(), type);
    return type >= 0 && type <= kLastFree ? type : 0;
}

int freeType(int wish, std::vector<int>& taken) {
    const auto is_taken = [&taken](int type) {
        return std::find(taken.begin(), taken.end(), type) != taken.end();
    };
    int type = wish;
    if (is_taken(type)) type = kFirstFree;
    while (is_taken(type)) ++type;
    taken.push_back(type);
    return type;
}

/// "a=rtpmap:96 H264/90000" with another type; lines of other types are none. What is about no type stays.
std::string retyped(std::string_view line, int type, int given) {
    for (const std::string_view name : {"a=rtpmap:", "a=fmtp:", "a=framesize:"}) {
        if (!line.starts_with(name)) continue;
        const std::string_view rest = line.substr(name.size());
        const std::string_view number = rest.substr(0, rest.find(' '));
        if (number != std::to_string(type)) return {};
        return std::string(name) + std::to_string(given) + std::string(rest.substr(number.size())) + "\r\n";
    }
    if (!line.starts_with("a=") || line.starts_with("a=control:") || line.starts_with("a=range:")) return {};
    return std::string(line) + "\r\n";
}

}  // namespace

bool isReport(std::span<const std::uint8_t> packet) noexcept {
    return packet.size() >= 2 && packet[1] >= 192 && packet[1] <= 223;
}

RtpTrack::RtpTrack(std::string_view description, int its_channel, std::vector<int>& taken)
    : channel(its_channel) {
    while (!description.empty()) {
        std::string_view line = description.substr(0, description.find('\n'));
        description.remove_prefix(std::min(description.size(), line.size() + 1));
        if (line.ends_with('\r')) line.remove_suffix(1);
        if (!line.starts_with("m=")) {
            text += retyped(line, type, given_type);
            continue;
        }
        type = typeIn(line);
        given_type = freeType(type, taken);
        text =
            std::string(line.substr(0, line.find(' '))) + " 0 RTP/AVP " + std::to_string(given_type) + "\r\n";
    }
}

}  // namespace porchlight::ffmpeg
