/// The stamp of the faulty camera. Built with the tests, never installed.
#include "porchlight/plugin.h"
#include "source.h"

namespace {

using porchlight::SettingType;

constexpr porchlight::SettingSpec kSettings[] = {
    {"control", SettingType::Text, 1, "", 0, 0, "", "", "File of 128 bytes in which a test names the fault."},
    {"pictures", SettingType::Text, 1, "", 0, 0, "", "",
     "Folder with moving.h264, frozen.h264 and black.h264."},
    {"fps", SettingType::Number, 0, "Hz", 0.5, 1000, "15", "", "Pictures per second."},
};

}  // namespace

PORCHLIGHT_CAPTURE_PLUGIN("faulty", "1.0", "A camera with faults on demand, for tests", "", kSettings,
                          porchlight::faulty::FaultySource,
                          .confinement = porchlight::Confinement::DeviceWithPrograms,
                          .delivers = porchlight::kDeliversCoded)
