#include "plugin/setting_range.h"

#include "support/catch.h"

namespace setting_range_test {

using namespace porchlight;
using plugin::rangeOf;

TEST_CASE("what a plugin's setting may be is said in the notation of the configuration") {
    CHECK(rangeOf({"width", SettingType::Integer, 0, "px", 64, 4096, "1280", "", ""}) == "64 to 4096 px");
    CHECK(rangeOf({"min_area_percent", SettingType::Number, 0, "percent", 0.01, 50, "0.12", "", ""}) ==
          "0.01 to 50 percent");
    CHECK(rangeOf({"count", SettingType::Integer, 0, "", 0, 0, "1", "", ""}) == "a number");
    CHECK(rangeOf({"absorb", SettingType::Duration, 0, "s", 2, 600, "30s", "", ""}) == "2s to 10m");
    CHECK(rangeOf({"transport", SettingType::Choice, 0, "", 0, 0, "tcp", "tcp|udp", ""}) == "tcp | udp");
    CHECK(rangeOf({"loop", SettingType::Boolean, 0, "", 0, 0, "true", "", ""}) == "true | false");
    CHECK(rangeOf({"zones", SettingType::Zones, 0, "", 0, 0, "", "", ""}) == "areas: [{name, polygon}]");
    CHECK(rangeOf({"device", SettingType::Text, 1, "", 0, 0, "", "", ""}) == "text");
}

}  // namespace setting_range_test
