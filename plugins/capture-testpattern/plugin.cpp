/// The stamp of the test scene.
#include "porchlight/plugin.h"
#include "source.h"

namespace {

using porchlight::SettingType;

constexpr porchlight::SettingSpec kSettings[] = {
    {"width", SettingType::Integer, 0, "px", 64, 4096, "1280", "step 2", "Width of the pictures."},
    {"height", SettingType::Integer, 0, "px", 64, 4096, "720", "step 2", "Height of the pictures."},
    {"fps", SettingType::Number, 0, "Hz", 0.1, 120, "15", "", "Pictures per second."},
    {"seed", SettingType::Integer, 0, "", 0, 1e9, "1", "", "Another seed, other visitors and other noise."},
    {"figure_every", SettingType::Duration, 0, "s", 0, 86400, "20s", "",
     "Time from one visitor to the next; the first comes after a quarter of it. 0s: nobody comes."},
    {"figure_for", SettingType::Duration, 0, "s", 0, 3600, "6s", "",
     "How long a visitor takes to walk through."},
    {"noise", SettingType::Integer, 0, "", 0, 20, "4", "",
     "Sensor noise: 0 none, 20 a cheap camera by night."},
    {"light", SettingType::Choice, 0, "", 0, 0, "day", "day|night|switching", "Light of the scene."},
    {"light_period", SettingType::Duration, 0, "s", 2, 86400, "60s", "",
     "With switching light: one day and one night together."},
};

}  // namespace

PORCHLIGHT_CAPTURE_PLUGIN("testpattern", "1.0", "A drawn scene with visitors, for trials and demonstrations",
                          "", kSettings, porchlight::testpattern::TestPatternSource,
                          .delivers = porchlight::kDeliversPictures)
