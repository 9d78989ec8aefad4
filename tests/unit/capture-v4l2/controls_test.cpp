/// Settings to controls; errors of a device that is none.
#include "capture-v4l2/controls.h"

#include "porchlight/assignments.h"
#include "support/catch.h"

namespace controls_test {

using namespace porchlight;
using namespace porchlight::v4l2;

namespace {

Settings left() {
    Settings settings;
    for (const char* name : {"brightness", "contrast", "saturation", "hue", "gamma", "gain", "sharpness",
                             "backlight_compensation", "exposure_ms", "white_balance_k", "focus"})
        settings.set(name, "-1");
    for (const char* name : {"autofocus", "power_line", "flip"}) settings.set(name, "leave");
    return settings;
}

std::string openFailure(const std::string& path, ErrorKind kind) {
    try {
        const Device device(path);
    } catch (const Error& error) {
        CHECK(error.kind() == kind);
        return error.what();
    }
    FAIL("opened " << path);
    return {};
}

}  // namespace

TEST_CASE("nothing is touched unless the owner says so") {
    CHECK(controlsOf(left()).empty());
}

TEST_CASE("automatics are switched before what they would overwrite") {
    Settings settings = left();
    settings.set("exposure_ms", "12.5");
    settings.set("white_balance_k", "4600");
    settings.set("brightness", "70");
    const auto controls = controlsOf(settings);
    REQUIRE(controls.size() == 5);
    CHECK(controls[0].id == V4L2_CID_EXPOSURE_AUTO);
    CHECK(controls[0].value == V4L2_EXPOSURE_MANUAL);
    CHECK(controls[1].id == V4L2_CID_EXPOSURE_ABSOLUTE);
    CHECK(controls[1].value == 125);  // of 100 us
    CHECK(controls[2].id == V4L2_CID_AUTO_WHITE_BALANCE);
    CHECK(controls[2].value == 0);
    CHECK(controls[3].value == 4600);
    CHECK(controls[4].id == V4L2_CID_BRIGHTNESS);
    CHECK(controls[4].is_percent);
    settings = left();
    settings.set("exposure_ms", "0");
    settings.set("flip", "both");
    CHECK(controlsOf(settings).size() == 3);
    CHECK(controlsOf(settings)[0].value == V4L2_EXPOSURE_APERTURE_PRIORITY);
}

TEST_CASE("percent of a control's range, on its steps") {
    CHECK(valueAt(0, -64, 64, 1) == -64);
    CHECK(valueAt(50, -64, 64, 1) == 0);
    CHECK(valueAt(100, -64, 64, 1) == 64);
    CHECK(valueAt(70, 0, 255, 1) == 178);
    CHECK(valueAt(49, 0, 100, 10) == 50);
    CHECK(valueAt(100, 0, 95, 10) <= 95);
    CHECK(valueAt(30, 5, 5, 1) == 5);
    CHECK(valueAt(100, 0, 3, 0) == 3);
}

TEST_CASE("controls by the driver's own names") {
    CHECK(controlName("White Balance, Automatic") == "white_balance_automatic");
    CHECK(controlName("LED1 Mode") == "led1_mode");
    const auto two = parseAssignments(" zoom_absolute=120, LED1 Mode=-1 ,");
    REQUIRE(two.size() == 2);
    CHECK(two[0] == std::pair<std::string, std::int64_t>{"zoom_absolute", 120});
    CHECK(two[1] == std::pair<std::string, std::int64_t>{"LED1 Mode", -1});
}

TEST_CASE("a value that the driver would move into its range in silence is refused with that range") {
    v4l2_queryctrl about{};
    about.type = V4L2_CTRL_TYPE_INTEGER;
    about.minimum = -10;
    about.maximum = 255;
    about.step = 5;
    CHECK(whyNotTaken(255, about).empty());
    CHECK(whyNotTaken(256, about) == "it takes -10 to 255 in steps of 5");
    CHECK(whyNotTaken(-11, about) == "it takes -10 to 255 in steps of 5");
    CHECK(whyNotTaken(4, about) == "it takes -10 to 255 in steps of 5");
    CHECK(whyNotTaken(INT64_C(1) << 40U, about).find("it takes") == 0);
    about.type = V4L2_CTRL_TYPE_MENU;
    about.minimum = 0;
    about.maximum = 2;
    CHECK(whyNotTaken(3, about) == "it takes 0 to 2");
    CHECK(whyNotTaken(1, about).empty());
    about.type = V4L2_CTRL_TYPE_BUTTON;
    CHECK(whyNotTaken(1, about).empty());
    CHECK_FALSE(whyNotTaken(INT64_C(1) << 40U, about).empty());
}

TEST_CASE("what is no camera is told so") {
    CHECK(openFailure("/dev/v4l/by-id/usb-none-video-index0", ErrorKind::Unavailable).find("plugged in?") !=
          std::string::npos);
    CHECK(openFailure("/dev/null", ErrorKind::Misconfigured).find("no V4L2 device") != std::string::npos);
    CHECK(openFailure("/etc/passwd", ErrorKind::Misconfigured).find("no V4L2 device") != std::string::npos);
    CHECK(openFailure("", ErrorKind::Unavailable).find("not there") != std::string::npos);
}

}  // namespace controls_test
