/// The stamp of the V4L2 capture plugin.
#include <linux/version.h>
#include <sys/utsname.h>

#include <cstdio>

#include "discover.h"
#include "porchlight/plugin.h"
#include "source.h"

#define PORCHLIGHT_TEXT_OF(x) #x
#define PORCHLIGHT_TEXT(x) PORCHLIGHT_TEXT_OF(x)

namespace {

using porchlight::SettingType;

constexpr porchlight::SettingSpec kSettings[] = {
    {"device", SettingType::Text, 1, "", 0, 0, "", "path",
     "The camera's node, best its lasting name: /dev/v4l/by-id/...-video-index0, or below by-path for "
     "twins."},
    {"format", SettingType::Choice, 0, "", 0, 0, "auto", "auto|mjpeg|yuyv|nv12|yuv420|h264|grey",
     "What the camera shall send; auto: H.264 if it has it, else what is fast enough and costs least."},
    {"width", SettingType::Integer, 0, "px", 0, 8192, "0", "needs height",
     "Width of the pictures, one that the camera has; 0: the largest up to 1280x720."},
    {"height", SettingType::Integer, 0, "px", 0, 8192, "0", "needs width",
     "Height of the pictures; 0 with width 0."},
    {"fps", SettingType::Number, 0, "Hz", 0.1, 240, "15", "",
     "Pictures per second; the nearest rate that the camera has and that is enough."},
    {"input", SettingType::Integer, 0, "", -1, 63, "-1", "",
     "Input of a capture card with several; -1: the one selected."},
    {"brightness", SettingType::Integer, 0, "percent", -1, 100, "-1", "",
     "Of the camera's range; -1: leave it as it is."},
    {"contrast", SettingType::Integer, 0, "percent", -1, 100, "-1", "",
     "Of the camera's range; -1: leave it as it is."},
    {"saturation", SettingType::Integer, 0, "percent", -1, 100, "-1", "",
     "Of the camera's range; -1: leave it as it is."},
    {"hue", SettingType::Integer, 0, "percent", -1, 100, "-1", "",
     "Of the camera's range; -1: leave it as it is."},
    {"gamma", SettingType::Integer, 0, "percent", -1, 100, "-1", "",
     "Of the camera's range; -1: leave it as it is."},
    {"gain", SettingType::Integer, 0, "percent", -1, 100, "-1", "",
     "Of the camera's range; -1: leave it as it is."},
    {"sharpness", SettingType::Integer, 0, "percent", -1, 100, "-1", "",
     "Of the camera's range; -1: leave it as it is."},
    {"backlight_compensation", SettingType::Integer, 0, "percent", -1, 100, "-1", "",
     "Of the camera's range; -1: leave it as it is."},
    {"exposure_ms", SettingType::Number, 0, "ms", -1, 10000, "-1", "step 0.1",
     "Exposure time; 0: automatic; below 0: leave it as it is."},
    {"white_balance_k", SettingType::Integer, 0, "K", -1, 20000, "-1", "",
     "Colour of the light; 0: automatic; -1: leave it as it is."},
    {"autofocus", SettingType::Choice, 0, "", 0, 0, "leave", "leave|off|on",
     "Whether the camera focuses by itself."},
    {"focus", SettingType::Integer, 0, "percent", -1, 100, "-1", "",
     "Of the camera's range, with autofocus off; -1: leave it as it is."},
    {"power_line", SettingType::Choice, 0, "", 0, 0, "leave", "leave|off|50hz|60hz|auto",
     "Against flicker of lamps."},
    {"flip", SettingType::Choice, 0, "", 0, 0, "leave", "leave|none|horizontal|vertical|both",
     "Mirror the picture, where the camera can."},
    {"controls", SettingType::Text, 0, "", 0, 0, "", "assignments",
     "Any other controls of the driver by name, as v4l2-ctl lists them: zoom_absolute=120, led1_mode=1."},
};

}  // namespace

PORCHLIGHT_CAPTURE_PLUGIN(
    "v4l2", "1.0", "USB and other V4L2 cameras",
    "kernel headers " PORCHLIGHT_TEXT(LINUX_VERSION_MAJOR) "." PORCHLIGHT_TEXT(LINUX_VERSION_PATCHLEVEL),
    kSettings, porchlight::v4l2::V4l2Source, .confinement = porchlight::Confinement::Device,
    .finds_cameras = 1)

extern "C" PORCHLIGHT_EXPORT void porchlight_plugin_runtime_versions(char* out, std::size_t size) noexcept {
    utsname system{};
    ::uname(&system);
    std::snprintf(out, size, "kernel %.80s", system.release);
}

PORCHLIGHT_DISCOVER(porchlight::v4l2::discover)
