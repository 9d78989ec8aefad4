#include "onvif/proposal.h"

#include <algorithm>
#include <cstdio>
#include <utility>

namespace porchlight::onvif {
namespace {

constexpr int kLeastSubWidthPx = 320;  ///< what detect-motion reduces pictures to

bool isVideo(const Profile& profile) {
    return profile.codec == "h264" || profile.codec == "h265";
}

long pixels(const Profile& profile) {
    return static_cast<long>(profile.width_px) * profile.height_px;
}

/// Recorded as it comes is better than recorded anew; then the larger, then the smoother picture.
bool isBetterMain(const Profile& a, const Profile& b) {
    if (isVideo(a) != isVideo(b)) return isVideo(a);
    if (pixels(a) != pixels(b)) return pixels(a) > pixels(b);
    return a.rate_hz > b.rate_hz;
}

/// The smallest that is large enough; else the largest of the others.
bool isBetterSub(const Profile& a, const Profile& b) {
    const bool is_a_enough = a.width_px >= kLeastSubWidthPx;
    if (is_a_enough != (b.width_px >= kLeastSubWidthPx)) return is_a_enough;
    if (pixels(a) != pixels(b)) return is_a_enough == (pixels(a) < pixels(b));
    return isVideo(a) && !isVideo(b);
}

bool canBeSub(const Profile& profile, const Profile& main) {
    return &profile != &main && profile.stream != main.stream && pixels(profile) > 0 &&
           pixels(profile) < pixels(main) && (isVideo(profile) || profile.codec == "mjpeg");
}

std::string reasonForMain(const Profile& main, std::size_t streams) {
    if (!isVideo(main))
        return "no stream is H.264 or H.265: this one is encoded here, which costs a lot of the processor";
    return streams == 1 ? "the only stream" : "the largest picture that is recorded as it comes";
}

std::string reasonForSub(const Profile* sub) {
    if (sub == nullptr)
        return "no smaller stream: detection decodes the main one, which costs more of the processor";
    return sub->width_px >= kLeastSubWidthPx
               ? "the smallest picture that detection sees enough in"
               : "smaller than detection would like, but the largest of the small ones";
}

Proposal proposeFor(const std::string& source, const std::vector<const Profile*>& streams) {
    Proposal out;
    out.source = source;
    for (const Profile* one : streams)
        if (out.main == nullptr || isBetterMain(*one, *out.main)) out.main = one;
    for (const Profile* one : streams)
        if (canBeSub(*one, *out.main) && (out.sub == nullptr || isBetterSub(*one, *out.sub))) out.sub = one;
    out.main_reason = reasonForMain(*out.main, streams.size());
    out.sub_reason = reasonForSub(out.sub);
    return out;
}

std::string codecForPeople(const std::string& codec) {
    static constexpr std::pair<const char*, const char*> kNames[] = {{"", "a codec it does not tell"},
                                                                     {"h264", "H.264"},
                                                                     {"h265", "H.265"},
                                                                     {"mjpeg", "JPEG"},
                                                                     {"mpeg4", "MPEG4"}};
    for (const auto& [name, told] : kNames)
        if (codec == name) return told;
    return codec;
}

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4g", value);
    return text;
}

}  // namespace

std::vector<Proposal> propose(const std::vector<Profile>& profiles) {
    std::vector<std::string> sources;
    for (const Profile& profile : profiles)
        if (!profile.stream.empty() &&
            std::find(sources.begin(), sources.end(), profile.source) == sources.end())
            sources.push_back(profile.source);
    std::vector<Proposal> out;
    for (const std::string& source : sources) {
        std::vector<const Profile*> streams;
        for (const Profile& profile : profiles)
            if (profile.source == source && !profile.stream.empty()) streams.push_back(&profile);
        out.push_back(proposeFor(source, streams));
    }
    return out;
}

std::string describe(const Profile& profile) {
    std::string out = codecForPeople(profile.codec);
    if (!profile.codec_profile.empty()) out += " " + profile.codec_profile;
    if (pixels(profile) > 0)
        out += " " + std::to_string(profile.width_px) + "x" + std::to_string(profile.height_px);
    if (profile.rate_hz > 0) out += ", " + number(profile.rate_hz) + " fps";
    if (profile.keyframe_interval > 0) out += ", GOP " + std::to_string(profile.keyframe_interval);
    if (profile.keyframe_interval > 0 && profile.rate_hz > 0)
        out += " (" + number(profile.keyframe_interval / profile.rate_hz) + " s)";
    if (profile.bit_rate_kbit_s > 0) out += ", " + std::to_string(profile.bit_rate_kbit_s) + " kbit/s";
    return out;
}

}  // namespace porchlight::onvif
