/// The plugin's stamp and settings.
#include <cstdio>
#include <opencv2/core/utility.hpp>
#include <opencv2/core/version.hpp>

#include "motion_detector.h"
#include "porchlight/plugin.h"

using porchlight::SettingType;

constexpr porchlight::SettingSpec kSettings[] = {
    {"sensitivity", SettingType::Integer, 0, "", 1, 100, "60", "",
     "How faint a change counts; higher sees more, and more that is nothing."},
    {"min_area_percent", SettingType::Number, 0, "percent", 0.01, 50, "0.12", "",
     "Smallest share of the picture that has to move."},
    {"threshold", SettingType::Integer, 0, "", 0, 80, "0", "",
     "Grey levels a quiet pixel must change by; 0: derived from sensitivity."},
    {"confirm_pictures", SettingType::Integer, 0, "", 1, 4, "3", "",
     "In how many of the last four pictures something has to move before it counts."},
    {"global_change_percent", SettingType::Number, 0, "percent", 10, 100, "45", "",
     "A larger share that changes at once is taken for light or a moved camera, not for motion."},
    {"absorb", SettingType::Duration, 0, "s", 2, 600, "30s", "",
     "Time after which something that stands still becomes part of the background."},
    {"width_px", SettingType::Integer, 0, "px", 64, 1280, "320", "", "Width the picture is reduced to."},
    {"zones", SettingType::Zones, 0, "", 0, 0, "", "",
     "Motion counts only inside these areas; empty: everywhere."},
    {"masks", SettingType::Zones, 0, "", 0, 0, "", "",
     "Motion inside these areas is ignored (a tree, a street)."},
};

PORCHLIGHT_DETECT_PLUGIN("motion", "1.0", "Motion against a learnt background", "OpenCV " CV_VERSION,
                         kSettings, porchlight::motion::MotionDetector)

extern "C" PORCHLIGHT_EXPORT void porchlight_plugin_runtime_versions(char* out, std::size_t size) noexcept {
    std::snprintf(out, size, "OpenCV %s", cv::getVersionString().c_str());
}
