#include "camera/unit/switches.h"

#include "listener.h"
#include "support/catch.h"
#include "support/fake_clock.h"

namespace switches_test {

using namespace porchlight;
using namespace porchlight::camera;

namespace {

/// Where switches live, and what was saved of them.
struct House {
    House() {
        camera.name = "porch";
        options.save_switch = [this](const Switch& entry) { saved.push_back(entry); };
    }

    config::CameraConfig camera;
    FleetOptions options;
    test::FakeClock clock;
    testing::DeafListener listener;
    std::vector<Switch> saved;
    Site site{camera, options, clock, listener};
};

Switch entryOf(const std::string& camera, const std::string& key, const std::string& value) {
    return {camera, key, value, "", "anna", {}};
}

std::vector<std::string> keysOf(const Switches& switches) {
    Status status;
    switches.describe(status);
    std::vector<std::string> out;
    for (const auto& entry : status.switches) out.push_back(entry.key + "=" + entry.value);
    return out;
}

}  // namespace

TEST_CASE("what was switched before a restart is in force after it; others' and unknown switches are not") {
    House house;
    house.options.switches = {entryOf("porch", "enabled", "off"), entryOf("drive", "detect", "off"),
                              entryOf("porch", "record", "continuous"), entryOf("porch", "colour", "red")};
    const Switches switches(house.site);
    CHECK(!switches.isEnabled());
    CHECK(switches.disabledBy() == "anna");
    CHECK(switches.isDetectOn() == house.camera.detect.is_enabled);
    CHECK(switches.recordMode() == config::RecordMode::Continuous);
    CHECK(keysOf(switches) == std::vector<std::string>{"enabled=off", "record=continuous"});
    CHECK(house.saved.empty());
}

TEST_CASE("a switch is kept while it says other than the configuration, and each is saved with its user") {
    House house;
    house.camera.record.mode = config::RecordMode::Motion;
    Switches switches(house.site);
    CHECK(!switches.setEnabled(true, "anna"));
    CHECK(!switches.setDetect(house.camera.detect.is_enabled, "anna"));
    CHECK(!switches.setRecordMode(config::RecordMode::Motion, "anna"));
    CHECK(house.saved.empty());
    CHECK(switches.setRecordMode(config::RecordMode::Off, "bert"));
    CHECK(!switches.wantsFragments());
    CHECK(switches.setEnabled(false, "bert"));
    CHECK(keysOf(switches) == std::vector<std::string>{"enabled=off", "record=off"});
    CHECK(switches.setRecordMode(config::RecordMode::Motion, "anna"));
    CHECK(switches.setEnabled(true, "anna"));
    CHECK(switches.disabledBy().empty());
    CHECK(keysOf(switches).empty());
    REQUIRE(house.saved.size() == 4);
    CHECK(house.saved.front().configured == "motion");
    CHECK(house.saved.front().by == "bert");
    CHECK(house.saved.back().value == house.saved.back().configured);  // over: forgotten by who saves
}

}  // namespace switches_test
