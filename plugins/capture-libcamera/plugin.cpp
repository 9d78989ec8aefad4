/// The stamp of the libcamera capture plugin.
#include <cstdio>

#include "discover.h"
#include "porchlight/plugin.h"
#include "source.h"

namespace {

using porchlight::SettingType;

constexpr porchlight::SettingSpec kSettings[] = {
    {"camera", SettingType::Text, 0, "", 0, 0, "", "",
     "The camera's id as `porchlight sources` shows it; empty: by model, or the first one found."},
    {"model", SettingType::Text, 0, "", 0, 0, "", "",
     "Model of the sensor, e.g. imx708: taken when the id is not there (ids change with kernels)."},
    {"width", SettingType::Integer, 0, "px", 0, 4608, "0", "step 2|needs height",
     "Width of the recorded pictures, one that the camera has; 0: the nearest to 1280x720."},
    {"height", SettingType::Integer, 0, "px", 0, 3496, "0", "step 2|needs width",
     "Height of the recorded pictures; 0 with width 0."},
    {"fps", SettingType::Number, 0, "Hz", 0.1, 120, "15", "", "Pictures per second."},
    {"format", SettingType::Choice, 0, "", 0, 0, "auto", "auto|yuv420|nv12|yuyv|mjpeg|rgb",
     "Pixel format; auto takes one that needs no conversion."},
    {"low_width", SettingType::Integer, 0, "px", 0, 1280, "320", "step 2",
     "Width of the second, small output used for detection where the camera has one, never wider than the "
     "first; 0: none."},
    {"buffers", SettingType::Integer, 0, "", 2, 8, "4", "",
     "Frame buffers; fewer are taken where memory is short."},
    {"orientation", SettingType::Choice, 0, "", 0, 0, "0", "0|180|mirror|flip",
     "Turns the pictures; an error where the camera cannot."},
    {"exposure_time", SettingType::Duration, 0, "s", 0, 60, "0s", "", "Fixed exposure time; 0s: automatic."},
    {"gain", SettingType::Number, 0, "", 0, 64, "0", "", "Fixed analogue gain; 0: automatic."},
    {"exposure_value", SettingType::Number, 0, "", -8, 8, "0", "",
     "Brighter or darker than the automatic exposure would be, in stops."},
    {"brightness", SettingType::Number, 0, "", -1, 1, "0", "", "Added to the brightness; 0: as it is."},
    {"contrast", SettingType::Number, 0, "", 0, 32, "1", "", "Contrast; 1: as it is."},
    {"saturation", SettingType::Number, 0, "", 0, 32, "1", "", "Saturation; 1: as it is, 0: grey."},
    {"sharpness", SettingType::Number, 0, "", 0, 16, "1", "", "Sharpness; 1: as it is."},
    {"autofocus", SettingType::Choice, 0, "", 0, 0, "auto", "auto|off|manual",
     "auto: continuous where the camera has it; manual: lens_position; off: left alone."},
    {"lens_position", SettingType::Number, 0, "1/m", 0, 32, "0", "needs autofocus=manual",
     "Focus with autofocus: manual, in dioptres; 0: infinity."},
    {"hdr", SettingType::Choice, 0, "", 0, 0, "off", "off|single|multi|night",
     "High dynamic range; an error where the camera does not offer it."},
};

#define PORCHLIGHT_TEXT_(x) #x
#define PORCHLIGHT_TEXT(x) PORCHLIGHT_TEXT_(x)
#define PORCHLIGHT_LIBCAMERA_VERSION                                           \
    "libcamera " PORCHLIGHT_TEXT(LIBCAMERA_VERSION_MAJOR) "." PORCHLIGHT_TEXT( \
        LIBCAMERA_VERSION_MINOR) "." PORCHLIGHT_TEXT(LIBCAMERA_VERSION_PATCH)

}  // namespace

PORCHLIGHT_CAPTURE_PLUGIN("libcamera", "1.0", "Raspberry Pi cameras and others known to libcamera",
                          PORCHLIGHT_LIBCAMERA_VERSION, kSettings,
                          porchlight::libcamera_source::LibcameraSource,
                          // It runs unsigned tuning modules as programs of their own.
                          .confinement = porchlight::Confinement::DeviceWithPrograms,
                          .delivers = porchlight::kDeliversPictures | porchlight::kDeliversJpeg,
                          .finds_cameras = 1)

extern "C" PORCHLIGHT_EXPORT void porchlight_plugin_runtime_versions(char* out, std::size_t size) noexcept {
    std::snprintf(out, size, "libcamera %s", porchlight::libcamera_source::Manager::version().c_str());
}

PORCHLIGHT_DISCOVER(porchlight::libcamera_source::discover)
