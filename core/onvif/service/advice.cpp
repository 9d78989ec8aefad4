#include "onvif/service/advice.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "onvif/proposal.h"

namespace porchlight::onvif {
namespace {

constexpr double kLongKeyframes_s = 4;
constexpr double kWantedPixelsPerSecond = 640.0 * 360 * 10;  ///< what detection needs
constexpr double kLeastShare = 3;                            ///< below it nothing is worth a sentence

double pixelsPerSecond(const Profile& profile) {
    return profile.rate_hz * profile.width_px * profile.height_px;
}

std::string inDigits(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.3g", value);
    return text;
}

std::string pictureOf(const Profile& profile) {
    return std::to_string(profile.width_px) + "x" + std::to_string(profile.height_px) + " at " +
           inDigits(profile.rate_hz) + "/s";
}

void add(std::string& text, const std::string& sentence) {
    text += (text.empty() ? "" : " ") + sentence;
}

void adviseKeyframes(const Profile& main, std::string& out) {
    if (main.rate_hz <= 0 || main.keyframe_interval <= 0) return;
    const double interval_s = main.keyframe_interval / main.rate_hz;
    if (interval_s > kLongKeyframes_s)
        add(out, "The main stream has a keyframe every " + inDigits(interval_s) + " s: one every 2 s (GOP " +
                     std::to_string(std::lround(main.rate_hz * 2)) +
                     ") lets live pictures begin sooner and needs less memory for the time before an event.");
}

void adviseSub(const Profile& detected, bool is_main, std::string& out) {
    const double share = pixelsPerSecond(detected) / kWantedPixelsPerSecond;
    if (share < kLeastShare) return;
    const std::string saved = std::to_string(std::lround(100 * (1 - 1 / share))) + " %";
    if (is_main)
        add(out, "There is no smaller stream, so detection decodes " + pictureOf(detected) +
                     ": a second one of 640x360 at 10/s would save " + saved + " of that.");
    else
        add(out, "The sub stream of " + pictureOf(detected) + ": 640x360 at 10/s would save " + saved +
                     " of decoding it.");
}

}  // namespace

std::string adviceOn(std::vector<Profile> profiles) {
    for (Profile& profile : profiles)
        profile.stream = profile.token;  // which differ, whatever their addresses
    const auto proposals = propose(profiles);
    std::string out;
    if (proposals.empty()) return out;
    const Profile& main = *proposals.front().main;
    const Profile* sub = proposals.front().sub;
    if (main.codec != "h264" && main.codec != "h265")
        add(out,
            "No stream is H.264 or H.265, so it is encoded here: one that is would save most of the work.");
    adviseKeyframes(main, out);
    adviseSub(sub != nullptr ? *sub : main, sub == nullptr, out);
    return out;
}

}  // namespace porchlight::onvif
