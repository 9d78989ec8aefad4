#include "controls.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace porchlight::libcamera_source {
namespace {

using libcamera::ControlType;
using libcamera::ControlValue;

// Values of the enumerations AfMode and HdrMode, the same in all releases that have them.
constexpr double kAfManual = 0;
constexpr double kAfContinuous = 2;

std::optional<double> numberOf(const ControlValue& value) {
    if (value.isArray()) return std::nullopt;
    switch (value.type()) {
        case libcamera::ControlTypeBool:
            return value.get<bool>() ? 1 : 0;
        case libcamera::ControlTypeByte:
            return value.get<std::uint8_t>();
        case libcamera::ControlTypeInteger32:
            return value.get<std::int32_t>();
        case libcamera::ControlTypeInteger64:
            return static_cast<double>(value.get<std::int64_t>());
        case libcamera::ControlTypeFloat:
            return static_cast<double>(value.get<float>());
        default:
            return std::nullopt;
    }
}

std::optional<ControlValue> valueOf(ControlType type, double number) {
    switch (type) {
        case libcamera::ControlTypeBool:
            return ControlValue(number != 0);
        case libcamera::ControlTypeByte:
            return ControlValue(static_cast<std::uint8_t>(std::lround(number)));
        case libcamera::ControlTypeInteger32:
            return ControlValue(static_cast<std::int32_t>(std::lround(number)));
        case libcamera::ControlTypeInteger64:
            return ControlValue(static_cast<std::int64_t>(std::llround(number)));
        case libcamera::ControlTypeFloat:
            return ControlValue(static_cast<float>(number));
        default:
            return std::nullopt;
    }
}

std::string textOf(double value) {
    std::string text = std::to_string(value);
    text.erase(text.find_last_not_of('0') + 1);
    return text.ends_with('.') ? text.substr(0, text.size() - 1) : text;
}

double hdrModeOf(std::string_view name) {
    if (name == "multi") return 2;
    if (name == "single") return 3;
    return 4;  // night
}

}  // namespace

ControlWishes::ControlWishes(const libcamera::Camera& camera) : camera_(camera), list_(camera.controls()) {}

const libcamera::ControlId* ControlWishes::find(const std::string& name) const {
    for (const auto& [id, info] : camera_.controls())
        if (id->name() == name) return id;
    return nullptr;
}

bool ControlWishes::set(const char* setting, const std::string& control, double value) {
    const libcamera::ControlId* const id = find(control);
    if (id == nullptr) return false;
    const libcamera::ControlInfo& info = camera_.controls().at(id->id());
    const auto lowest = numberOf(info.min());
    const auto highest = numberOf(info.max());
    if (lowest && highest && *lowest < *highest && (value < *lowest || value > *highest))
        throw Error(ErrorKind::Misconfigured, std::string("setting ") + setting + ": " + control +
                                                  " of camera '" + camera_.id() + "' takes " +
                                                  info.toString() + ", not " + textOf(value));
    const auto number = valueOf(id->type(), value);
    if (!number) return false;
    list_.set(id->id(), *number);
    return true;
}

std::string ControlWishes::offered() const {
    std::string text;
    for (const auto& [id, info] : camera_.controls()) text += (text.empty() ? "" : ", ") + id->name();
    return text.empty() ? "no controls at all" : text;
}

void ControlWishes::wish(const char* setting, const std::string& control, double value) {
    if (!set(setting, control, value))
        throw Error(ErrorKind::Misconfigured, std::string("setting ") + setting + ": camera '" +
                                                  camera_.id() + "' has no control " + control + "; it has " +
                                                  offered());
}

bool ControlWishes::setRate(double rate_hz) {
    const libcamera::ControlId* const id = find("FrameDurationLimits");
    if (id == nullptr || rate_hz <= 0) return false;
    const auto frame_us = static_cast<std::int64_t>(std::llround(1e6 / rate_hz));
    const std::int64_t limits[2] = {frame_us, frame_us};
    list_.set(id->id(), ControlValue(libcamera::Span<const std::int64_t, 2>(limits)));
    return true;
}

void ControlWishes::takeExposure(const Settings& settings) {
    const double exposure_us = static_cast<double>(settings.duration("exposure_time").count());
    const double gain = settings.number("gain");
    if (exposure_us > 0) {
        wish("exposure_time", "ExposureTime", exposure_us);
        if (find("ExposureTimeMode") != nullptr) set("exposure_time", "ExposureTimeMode", 1);
    }
    if (gain > 0) {
        wish("gain", "AnalogueGain", gain);
        if (find("AnalogueGainMode") != nullptr) set("gain", "AnalogueGainMode", 1);
    }
    // Older releases know one switch for both; it is thrown only when nothing is left to be automatic.
    const bool is_gain_settled = gain > 0 || find("AnalogueGain") == nullptr;
    if (exposure_us > 0 && is_gain_settled && find("ExposureTimeMode") == nullptr)
        set("exposure_time", "AeEnable", 0);
    if (const double value = settings.number("exposure_value"); value != 0)
        wish("exposure_value", "ExposureValue", value);
}

void ControlWishes::takeFocus(const Settings& settings) {
    const std::string_view mode = settings.text("autofocus");
    if (mode == "auto") {
        if (find("AfMode") != nullptr)
            set("autofocus", "AfMode", kAfContinuous);  // a camera without a focus drive has nothing to miss
    } else if (mode == "manual") {
        wish("autofocus", "AfMode", kAfManual);
        wish("lens_position", "LensPosition", settings.number("lens_position"));
    }
}

void ControlWishes::take(const Settings& settings) {
    takeExposure(settings);
    takeFocus(settings);
    const struct {
        const char* setting;
        const char* control;
        double neutral;
    } simple[] = {{"brightness", "Brightness", 0},
                  {"contrast", "Contrast", 1},
                  {"saturation", "Saturation", 1},
                  {"sharpness", "Sharpness", 1}};
    for (const auto& [setting, control, neutral] : simple)
        if (const double value = settings.number(setting); value != neutral) wish(setting, control, value);
    if (const std::string_view hdr = settings.text("hdr"); hdr != "off")
        wish("hdr", "HdrMode", hdrModeOf(hdr));
}

}  // namespace porchlight::libcamera_source
