#include "onvif/service/movement.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "base/secret/secrets.h"
#include "base/text.h"

namespace porchlight::onvif {
namespace {

constexpr std::size_t kMaxName = 64;

float floatIn(std::string_view text, float otherwise) {
    float number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failure == std::errc{} && !text.empty() && std::isfinite(number) ? number : otherwise;
}

SpeedRange rangeIn(const Node& space, const char* axis) {
    const Node* range = space.find(axis);
    if (range == nullptr) return {};
    const SpeedRange out{floatIn(range->textAt("Min"), -1), floatIn(range->textAt("Max"), 1)};
    return out.low < 0 && out.high > 0 ? out : SpeedRange{};
}

std::string inTenThousandths(float number) {
    char text[32];
    std::snprintf(text, sizeof text, "%.4f", static_cast<double>(number));
    return text;
}

std::string schemaElement(const std::string& name, const std::string& attributes) {
    return "<" + name + " xmlns=\"" + std::string(kSchema) + "\" " + attributes + "/>";
}

[[noreturn]] void refuseTo(const char* what) {
    throw Error(ErrorKind::NotSupported, std::string("the camera cannot ") + what);
}

/// Not all cameras read fractions.
seconds wholeSeconds(milliseconds lasts) {
    if (lasts.count() <= 0) return kLongestMove;
    return std::clamp(std::chrono::ceil<seconds>(lasts), seconds{1}, kLongestMove);
}

}  // namespace

float SpeedRange::of(float share) const noexcept {
    if (!std::isfinite(share)) return 0;
    const float within = std::clamp(share, -1.0F, 1.0F);
    return within < 0 ? -within * low : within * high;
}

Motors motorsIn(const Node& answer, std::string_view node) {
    const Node* found = nullptr;
    for (const Node& one : answer.children)
        if (one.name == "PTZNode" && (found == nullptr || one.attribute("token") == node)) found = &one;
    Motors out;
    if (found == nullptr) return out;
    if (const Node* space = found->find("SupportedPTZSpaces/ContinuousPanTiltVelocitySpace")) {
        out.pans = true;
        out.pan = rangeIn(*space, "XRange");
        out.tilt = rangeIn(*space, "YRange");
    }
    if (const Node* space = found->find("SupportedPTZSpaces/ContinuousZoomVelocitySpace")) {
        out.zooms = true;
        out.zoom = rangeIn(*space, "XRange");
    }
    out.has_home = found->textAt("HomeSupported") == "true" || found->textAt("HomeSupported") == "1";
    out.most_presets =
        static_cast<int>(std::clamp(floatIn(found->textAt("MaximumNumberOfPresets"), 0), 0.0F, 10'000.0F));
    return out;
}

std::vector<CameraItem> presetsIn(const Node& answer) {
    std::vector<CameraItem> out;
    for (const Node& one : answer.children) {
        const std::string_view token = one.attribute("token");
        if (one.name != "Preset" || token.empty() || token.size() > kMaxToken || out.size() >= kMaxPresets)
            continue;
        out.push_back({std::string(token),
                       base::printable(base::hideSecrets(one.textAt("Name").substr(0, kMaxName))), false});
    }
    return out;
}

std::optional<Movement> Movement::of(Client& client, const Services& services,
                                     const std::vector<Profile>& profiles) {
    const auto profile =
        std::find_if(profiles.begin(), profiles.end(), [](const Profile& one) { return one.has_ptz; });
    if (!services.ptz || profile == profiles.end()) return std::nullopt;
    Movement out;
    out.service_ = *services.ptz;
    out.profile_ = profile->token;
    try {
        out.motors_ = motorsIn(client.call(out.service_, {kPtz, "GetNodes", ""}), profile->ptz_node);
    } catch (const OnvifError& error) {
        if (!isOfOneQuestion(error.refusal())) throw;
        out.motors_.pans = out.motors_.zooms = true;
    }
    return out;
}

Operation Movement::asked(const char* name, const std::string& arguments) const {
    return {kPtz, name, xmlElement("ProfileToken", xmlText(profile_)) + arguments};
}

std::vector<CameraItem> Movement::presets(Client& client) const {
    return presetsIn(client.call(service_, asked("GetPresets", "")));
}

bool Movement::move(Client& client, const CameraCommand& command) {
    std::string speeds;
    if (motors_.pans)
        speeds +=
            schemaElement("PanTilt", "x=\"" + inTenThousandths(motors_.pan.of(command.pan)) + "\" y=\"" +
                                         inTenThousandths(motors_.tilt.of(command.tilt)) + "\"");
    else if (command.pan != 0 || command.tilt != 0)
        refuseTo("pan and tilt");
    if (motors_.zooms)
        speeds += schemaElement("Zoom", "x=\"" + inTenThousandths(motors_.zoom.of(command.zoom)) + "\"");
    else if (command.zoom != 0)
        refuseTo("zoom");
    const std::string velocity = xmlElement("Velocity", speeds);
    if (takes_timeout_) {
        const std::string lasts = "PT" + std::to_string(wholeSeconds(command.lasts).count()) + "S";
        try {
            client.call(service_, asked("ContinuousMove", velocity + xmlElement("Timeout", lasts)));
            return true;
        } catch (const OnvifError& error) {
            if (error.refusal() != Refusal::Fault) throw;
        }
    }
    client.call(service_, asked("ContinuousMove", velocity));
    takes_timeout_ = false;
    return false;
}

void Movement::stop(Client& client) const {
    client.call(service_, asked("Stop", "<PanTilt>true</PanTilt><Zoom>true</Zoom>"));
}

void Movement::perform(Client& client, const CameraCommand& command) const {
    const std::string token = xmlElement("PresetToken", xmlText(command.token));
    switch (command.action) {
        case CameraAction::GoToPreset:
            client.call(service_, asked("GotoPreset", token));
            return;
        case CameraAction::SavePreset:
            client.call(service_, asked("SetPreset", xmlElement("PresetName", xmlText(command.name)) +
                                                         (command.token.empty() ? "" : token)));
            return;
        case CameraAction::RemovePreset:
            client.call(service_, asked("RemovePreset", token));
            return;
        case CameraAction::GoHome:
            client.call(service_, asked("GotoHomePosition", ""));
            return;
        case CameraAction::SetHome:
            client.call(service_, asked("SetHomePosition", ""));
            return;
        default:
            refuseTo(nameOf(command.action));
    }
}

}  // namespace porchlight::onvif
