#include "controls.h"

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <cmath>
#include <cstring>

#include "porchlight/assignments.h"

namespace porchlight::v4l2 {
namespace {

struct Percent {
    const char* setting;
    std::uint32_t id;
};
constexpr Percent kPercents[] = {
    {"brightness", V4L2_CID_BRIGHTNESS}, {"contrast", V4L2_CID_CONTRAST},
    {"saturation", V4L2_CID_SATURATION}, {"hue", V4L2_CID_HUE},
    {"gamma", V4L2_CID_GAMMA},           {"gain", V4L2_CID_GAIN},
    {"sharpness", V4L2_CID_SHARPNESS},   {"backlight_compensation", V4L2_CID_BACKLIGHT_COMPENSATION},
};

struct Named {
    std::string name;
    v4l2_queryctrl about;
};

std::vector<Named> allOf(const Device& device) {
    std::vector<Named> all;
    v4l2_queryctrl query{};
    query.id = V4L2_CTRL_FLAG_NEXT_CTRL;
    while (all.size() < 256 && device.tryCall(VIDIOC_QUERYCTRL, &query) == 0) {
        if (query.type != V4L2_CTRL_TYPE_CTRL_CLASS && (query.flags & V4L2_CTRL_FLAG_DISABLED) == 0)
            all.push_back({controlName(reinterpret_cast<const char*>(query.name)), query});
        query.id |= V4L2_CTRL_FLAG_NEXT_CTRL;
    }
    return all;
}

std::string namesOf(const std::vector<Named>& all) {
    std::string out;
    for (const Named& control : all) out += (out.empty() ? "" : ", ") + control.name;
    return out.empty() ? "none" : out;
}

/// Drivers move what they cannot set into their range, in silence: so that is judged before.
void apply(const Device& device, const v4l2_queryctrl& about, std::int64_t value,
           const std::string& setting) {
    std::string why = whyNotTaken(value, about);
    if (why.empty()) {
        v4l2_control control{about.id, static_cast<__s32>(value)};
        const int failed = device.tryCall(VIDIOC_S_CTRL, &control);
        if (failed == 0) return;
        if (failed == ENODEV) throw device.failure(("set " + setting).c_str(), failed);
        why = std::strerror(failed);
    }
    throw Error(ErrorKind::Misconfigured, "setting " + setting + ": " + device.path() + " does not take " +
                                              std::to_string(value) + ": " + why);
}

void addExposure(const Settings& settings, std::vector<ControlValue>& out) {
    const double exposure_ms = settings.number("exposure_ms");
    if (exposure_ms < 0) return;
    const bool is_automatic = exposure_ms < 0.05;
    // Webcams know "aperture priority" for automatic; the driver's menu decides which of the two it takes.
    out.push_back({V4L2_CID_EXPOSURE_AUTO,
                   is_automatic ? V4L2_EXPOSURE_APERTURE_PRIORITY : V4L2_EXPOSURE_MANUAL, false,
                   "exposure_ms"});
    if (!is_automatic)
        out.push_back({V4L2_CID_EXPOSURE_ABSOLUTE, std::llround(exposure_ms * 10), false, "exposure_ms"});
}

void addChoice(const Settings& settings, const char* name, std::uint32_t id,
               std::initializer_list<std::pair<const char*, std::int64_t>> meanings,
               std::vector<ControlValue>& out) {
    for (const auto& [text, value] : meanings)
        if (settings.text(name) == text) out.push_back({id, value, false, name});
}

}  // namespace

std::int64_t valueAt(std::int64_t percent, std::int64_t minimum, std::int64_t maximum,
                     std::int64_t step) noexcept {
    if (maximum <= minimum) return minimum;
    const std::int64_t steps = step > 1 ? step : 1;
    const std::int64_t offset = (maximum - minimum) * std::clamp<std::int64_t>(percent, 0, 100) / 100;
    return minimum + (offset + steps / 2) / steps * steps > maximum
               ? maximum
               : minimum + (offset + steps / 2) / steps * steps;
}

std::string controlName(std::string_view title) {
    std::string name;
    for (const char letter : title) {
        if (std::isalnum(static_cast<unsigned char>(letter)))
            name += static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
        else if (!name.empty() && name.back() != '_')
            name += '_';
    }
    while (name.ends_with('_')) name.pop_back();
    return name;
}

std::string whyNotTaken(std::int64_t value, const v4l2_queryctrl& about) {
    const bool is_number = about.type == V4L2_CTRL_TYPE_INTEGER || about.type == V4L2_CTRL_TYPE_BOOLEAN ||
                           about.type == V4L2_CTRL_TYPE_MENU;
    if (!is_number) return value == static_cast<__s32>(value) ? "" : "it is no number of 32 bits";
    const bool has_steps = about.type == V4L2_CTRL_TYPE_INTEGER && about.step > 1;
    const bool is_inside = value >= about.minimum && value <= about.maximum;
    if (is_inside && (!has_steps || (value - about.minimum) % about.step == 0)) return "";
    return "it takes " + std::to_string(about.minimum) + " to " + std::to_string(about.maximum) +
           (has_steps ? " in steps of " + std::to_string(about.step) : "");
}

std::vector<ControlValue> controlsOf(const Settings& settings) {
    std::vector<ControlValue> out;
    addExposure(settings, out);
    const std::int64_t white_balance_k = settings.integer("white_balance_k");
    if (white_balance_k >= 0) {
        out.push_back({V4L2_CID_AUTO_WHITE_BALANCE, white_balance_k == 0 ? 1 : 0, false, "white_balance_k"});
        if (white_balance_k > 0)
            out.push_back({V4L2_CID_WHITE_BALANCE_TEMPERATURE, white_balance_k, false, "white_balance_k"});
    }
    const std::int64_t focus = settings.integer("focus");
    addChoice(settings, "autofocus", V4L2_CID_FOCUS_AUTO, {{"off", 0}, {"on", 1}}, out);
    if (focus >= 0) out.push_back({V4L2_CID_FOCUS_ABSOLUTE, focus, true, "focus"});
    for (const Percent& entry : kPercents) {
        const std::int64_t percent = settings.integer(entry.setting);
        if (percent >= 0) out.push_back({entry.id, percent, true, entry.setting});
    }
    addChoice(settings, "power_line", V4L2_CID_POWER_LINE_FREQUENCY,
              {{"off", 0}, {"50hz", 1}, {"60hz", 2}, {"auto", 3}}, out);
    addChoice(settings, "flip", V4L2_CID_HFLIP,
              {{"none", 0}, {"horizontal", 1}, {"vertical", 0}, {"both", 1}}, out);
    addChoice(settings, "flip", V4L2_CID_VFLIP,
              {{"none", 0}, {"horizontal", 0}, {"vertical", 1}, {"both", 1}}, out);
    return out;
}

void applyControls(const Device& device, const Settings& settings) {
    const auto wanted = controlsOf(settings);
    const auto by_name = parseAssignments(settings.text("controls"));
    if (wanted.empty() && by_name.empty()) return;
    const auto all = allOf(device);
    const auto missing = [&](const std::string& setting) {
        return Error(ErrorKind::Misconfigured, "setting " + setting + ": " + device.path() +
                                                   " has no such control; it has " + namesOf(all));
    };
    for (const ControlValue& control : wanted) {
        const auto found =
            std::find_if(all.begin(), all.end(), [&](const Named& n) { return n.about.id == control.id; });
        if (found == all.end()) throw missing(control.setting);
        const auto& about = found->about;
        apply(device, about,
              control.is_percent ? valueAt(control.value, about.minimum, about.maximum, about.step)
                                 : control.value,
              control.setting);
    }
    for (const auto& [name, value] : by_name) {
        const auto found =
            std::find_if(all.begin(), all.end(),
                         [n = controlName(name)](const Named& candidate) { return candidate.name == n; });
        if (found == all.end()) throw missing("controls: " + name);
        apply(device, found->about, value, "controls: " + name);
    }
}

}  // namespace porchlight::v4l2
