#include "rtp_track.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>

#include "porchlight/head.h"

namespace porchlight::ffmpeg {
namespace {

constexpr int kFirstOpen = 35;  ///< of the types that mean nothing by themselves (RFC 3551)
constexpr int kFirstFree = 96;  ///< of those that a description gives a meaning
constexpr int kLastFree = 127;
constexpr std::string_view kBlanks = " \t";
constexpr std::string_view kMap = "a=rtpmap:";

/// Cuts the first word off, with the blanks before and behind it. -> it
std::string_view takeWord(std::string_view& text) noexcept {
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    const std::string_view word = text.substr(0, text.find_first_of(kBlanks));
    text.remove_prefix(word.size());
    text.remove_prefix(std::min(text.find_first_not_of(kBlanks), text.size()));
    return word;
}

/// "096" is 96.
std::optional<int> typeIn(std::string_view word) noexcept {
    int type = -1;
    std::from_chars(word.data(), word.data() + word.size(), type);
    return type >= 0 && type <= kLastFree ? std::optional(type) : std::nullopt;
}

/// "a=rtpmap:96 H264/90000": what is said about a type.
struct Attribute {
    std::string_view name;  ///< with the colon
    std::optional<int> type;
    std::string_view value;
};

std::optional<Attribute> attributeIn(std::string_view line) noexcept {
    for (const std::string_view name :
         {kMap, std::string_view("a=fmtp:"), std::string_view("a=framesize:")}) {
        if (!line.starts_with(name)) continue;
        std::string_view value = line.substr(name.size());
        const auto type = typeIn(takeWord(value));
        return Attribute{name, type, value};
    }
    return std::nullopt;
}

/// The type that a track's lines describe: the one it announces, or the only one where that stays open.
int describedType(std::string_view description, int announced) noexcept {
    int count = 0;
    int other = announced;
    while (!description.empty()) {
        const auto attribute = attributeIn(takeLine(description));
        if (!attribute || attribute->name != kMap || !attribute->type) continue;
        if (*attribute->type == announced) return announced;
        other = *attribute->type;
        ++count;
    }
    return count == 1 && announced >= kFirstOpen ? other : announced;
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

/// A line as the demuxer is told it; nothing: it is about a type that is neither `announced` nor `described`.
/// What is about no type stays.
std::string toldLine(std::string_view line, int announced, int described, int given) {
    if (const auto attribute = attributeIn(line)) {
        if (attribute->type != announced && attribute->type != described) return {};
        return std::string(attribute->name) + std::to_string(given) + " " + std::string(attribute->value) +
               "\r\n";
    }
    if (!line.starts_with("a=") || line.starts_with("a=control:") || line.starts_with("a=range:")) return {};
    return std::string(line) + "\r\n";
}

}  // namespace

RtpTrack::RtpTrack(std::string_view description, int its_channel, std::vector<int>& taken)
    : channel(its_channel) {
    int described = 0;
    while (!description.empty()) {
        std::string_view line = takeLine(description);
        if (!line.starts_with("m=")) {
            text += toldLine(line, type, described, given_type);
            continue;
        }
        line.remove_prefix(2);
        const std::string_view kind = takeWord(line);
        for (int word = 0; word < 2; ++word) takeWord(line);  // port, protocol
        type = typeIn(takeWord(line)).value_or(0);
        described = describedType(description, type);
        given_type = freeType(type, taken);
        text = "m=" + std::string(kind) + " 0 RTP/AVP " + std::to_string(given_type) + "\r\n";
    }
}

}  // namespace porchlight::ffmpeg
