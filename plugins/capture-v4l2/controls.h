/// Brightness and the like, as declared settings.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "device.h"
#include "porchlight/settings.h"

namespace porchlight::v4l2 {

/// One value for one control of the driver.
struct ControlValue {
    std::uint32_t id = 0;
    std::int64_t value = 0;  ///< raw, or percent of the control's range
    bool is_percent = false;
    std::string setting;  ///< for messages
};

/// What the settings ask for, in the order in which it must be set: what switches automatics first. Pure.
/// Throws Error(Misconfigured) for what does not parse.
std::vector<ControlValue> controlsOf(const Settings& settings);

/// Why the control cannot be set to this value as it is: "it takes 0 to 255"; empty when it can. Pure.
std::string whyNotTaken(std::int64_t value, const v4l2_queryctrl& about);

/// `percent` of [minimum, maximum], on a step. Pure.
std::int64_t valueAt(std::int64_t percent, std::int64_t minimum, std::int64_t maximum,
                     std::int64_t step) noexcept;

/// "White Balance, Automatic" -> "white_balance_automatic", as v4l2-ctl writes names. Pure.
std::string controlName(std::string_view title);

/// Sets them. Throws Error(Misconfigured) naming the controls that there are, and ranges.
void applyControls(const Device& device, const Settings& settings);

}  // namespace porchlight::v4l2
