// Reads single answers of the device and media services.
#include <charconv>
#include <cmath>

#include "base/secret/secrets.h"
#include "base/text.h"
#include "onvif/camera.h"
#include "porchlight/head.h"

namespace porchlight::onvif {
namespace {

constexpr std::size_t kMaxText = 96;
constexpr double kMaxKeyframeInterval = 100'000;

/// What people see of a camera's words.
std::string shown(std::string_view text) {
    return base::printable(base::hideSecrets(text.substr(0, kMaxText)));
}

/// Numbers as cameras write them: "25", "25.000000", "12.5"; 0 where it is none or beyond `most`.
double numberIn(std::string_view text, double most) {
    double number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_one = failure == std::errc{} && end == text.data() + text.size();
    return is_one && std::isfinite(number) && number > 0 && number <= most ? number : 0;
}

int wholeIn(std::string_view text, double most) {
    return static_cast<int>(std::lround(numberIn(text, most)));
}

/// One name for each codec; what is not known keeps its own, in small letters.
std::string codecOf(std::string_view told) {
    static constexpr std::pair<const char*, const char*> kNames[] = {{"H.264", "h264"}, {"AVC", "h264"},
                                                                     {"H.265", "h265"}, {"HEVC", "h265"},
                                                                     {"JPEG", "mjpeg"}, {"MPV4-ES", "mpeg4"}};
    for (const auto& [name, codec] : kNames)
        if (isSameWord(told, name)) return codec;
    return lower(shown(told));
}

void readEncoder(const Node& encoder, Profile& profile) {
    profile.codec = codecOf(encoder.textAt("Encoding"));
    profile.width_px = wholeIn(encoder.textAt("Resolution/Width"), 32768);
    profile.height_px = wholeIn(encoder.textAt("Resolution/Height"), 32768);
    profile.rate_hz = numberIn(encoder.textAt("RateControl/FrameRateLimit"), 1000);
    if (const double interval = numberIn(encoder.textAt("RateControl/EncodingInterval"), 1000); interval > 1)
        profile.rate_hz /= interval;
    profile.bit_rate_kbit_s = wholeIn(encoder.textAt("RateControl/BitrateLimit"), 1e7);
    // Media 2 has both as attributes, Media 1 as elements of the codec.
    profile.codec_profile = shown(encoder.attribute("Profile"));
    profile.keyframe_interval = wholeIn(encoder.attribute("GovLength"), kMaxKeyframeInterval);
    for (const char* codec : {"H264", "H265", "MPEG4"}) {
        const Node* own = encoder.find(codec);
        if (own == nullptr || !isSameWord(codec, profile.codec)) continue;
        profile.keyframe_interval = wholeIn(own->textAt("GovLength"), kMaxKeyframeInterval);
        for (const char* name : {"H264Profile", "H265Profile", "Mpeg4Profile"})
            if (profile.codec_profile.empty()) profile.codec_profile = shown(own->textAt(name));
    }
}

}  // namespace

Services servicesIn(const Node& answer, const ServiceAddress& reached) {
    static constexpr struct {
        std::string_view space;
        const char* path;  ///< in GetCapabilities
        std::optional<ServiceAddress> Services::*service;
    } kRows[] = {
        {kMedia1, "Capabilities/Media", &Services::media1},
        {kMedia2, "Capabilities/Extension/Media2", &Services::media2},
        {kEvents, "Capabilities/Events", &Services::events},
        {kPtz, "Capabilities/PTZ", &Services::ptz},
        {kImaging, "Capabilities/Imaging", &Services::imaging},
        {kDeviceIo, "Capabilities/Extension/DeviceIO", &Services::device_io},
    };
    Services out;
    for (const auto& row : kRows) {
        for (const Node& service : answer.children)
            if (service.textAt("Namespace") == row.space)
                out.*row.service = serviceAt(reached, service.textAt("XAddr"));
        if (const Node* service = answer.find(row.path))
            out.*row.service = serviceAt(reached, service->textAt("XAddr"));
    }
    return out;
}

Device deviceIn(const Node& answer) {
    return {shown(answer.textAt("Manufacturer")), shown(answer.textAt("Model")),
            shown(answer.textAt("FirmwareVersion")), shown(answer.textAt("SerialNumber")),
            shown(answer.textAt("HardwareId"))};
}

std::vector<Profile> profilesIn(const Node& answer) {
    std::vector<Profile> out;
    for (const Node& node : answer.children) {
        const std::string_view token = node.attribute("token");
        if (node.name != "Profiles" || token.empty() || token.size() > kMaxToken ||
            out.size() >= kMaxProfiles)
            continue;
        Profile profile;
        profile.token = token;
        profile.name = shown(node.textAt("Name"));
        const Node* encoder = nullptr;
        for (const char* path : {"Configurations/VideoEncoder", "VideoEncoderConfiguration"})
            if (encoder == nullptr) encoder = node.find(path);
        for (const char* path :
             {"Configurations/VideoSource/SourceToken", "VideoSourceConfiguration/SourceToken"})
            if (profile.source.empty()) profile.source = node.textAt(path).substr(0, kMaxToken);
        for (const char* path : {"Configurations/PTZ", "PTZConfiguration"})
            if (const Node* ptz = node.find(path)) {
                profile.has_ptz = true;
                profile.ptz_node = ptz->textAt("NodeToken").substr(0, kMaxToken);
            }
        if (encoder == nullptr) continue;  // sound or metadata alone
        readEncoder(*encoder, profile);
        out.push_back(std::move(profile));
    }
    return out;
}

std::string addressIn(const Node& answer) {
    for (const char* path : {"MediaUri/Uri", "Uri"})
        if (const std::string_view told = answer.textAt(path); !told.empty()) return std::string(told);
    return {};
}

}  // namespace porchlight::onvif
