/// Answers of the services that command a camera, and what is advised of its settings.
#include "onvif/service/advice.h"
#include "onvif/service/movement.h"
#include "onvif/service/switches.h"
#include "support/catch.h"

namespace service_test {

using namespace porchlight;
using namespace porchlight::onvif;

namespace {

Profile profile(const std::string& token, int width, int height, double rate, int interval = 20) {
    Profile out;
    out.token = token;
    out.source = "v";
    out.codec = "h264";
    out.width_px = width;
    out.height_px = height;
    out.rate_hz = rate;
    out.keyframe_interval = interval;
    return out;
}

}  // namespace

TEST_CASE("speeds are shares of the camera's own range") {
    const SpeedRange range{-50, 100};
    CHECK(range.of(1) == 100);
    CHECK(range.of(-0.5F) == -25);
    CHECK(range.of(7) == 100);
    CHECK(range.of(std::numeric_limits<float>::quiet_NaN()) == 0);
}

TEST_CASE("what moves is read of the right node, and nonsense is left out") {
    const Node answer = parseXml(
        R"(<GetNodesResponse><PTZNode token="a"><HomeSupported>true</HomeSupported></PTZNode>
<PTZNode token="b"><SupportedPTZSpaces>
<ContinuousPanTiltVelocitySpace><XRange><Min>-2</Min><Max>2</Max></XRange>
<YRange><Min>1</Min><Max>x</Max></YRange></ContinuousPanTiltVelocitySpace>
</SupportedPTZSpaces><MaximumNumberOfPresets>1e99</MaximumNumberOfPresets></PTZNode></GetNodesResponse>)");
    const Motors motors = motorsIn(answer, "b");
    CHECK(motors.pans);
    CHECK_FALSE(motors.zooms);
    CHECK_FALSE(motors.has_home);
    CHECK(motors.pan.high == 2);
    CHECK(motors.tilt.low == -1);  // as most have it
    CHECK(motors.most_presets == 0);
    CHECK(motorsIn(answer, "").has_home);
    CHECK_FALSE(motorsIn(parseXml("<a/>"), "b").pans);
}

TEST_CASE("lists of presets and outputs are bounded and printable") {
    std::string many;
    for (int i = 0; i < 200; ++i)
        many += "<Preset token=\"" + std::to_string(i) +
                "\"><Name>x&#x80;</Name></Preset><RelayOutputs token=\"" + std::to_string(i) + "\"/>";
    const Node answer = parseXml("<a>" + many + "<Preset/></a>");
    CHECK(presetsIn(answer).size() == kMaxPresets);
    CHECK(outputsIn(answer).size() == kMaxOutputs);
}

TEST_CASE("infrared is on where the filter against it is off") {
    const auto read = [](const std::string& filter) {
        return infraredIn(parseXml("<GetImagingSettingsResponse><ImagingSettings><IrCutFilter>" + filter +
                                   "</IrCutFilter></ImagingSettings></GetImagingSettingsResponse>"));
    };
    CHECK(read("OFF") == "on");
    CHECK(read("ON") == "off");
    CHECK(read("Auto") == "auto");
    CHECK(read("Sometimes").empty());
}

TEST_CASE("settings that cost something are named, and others are not") {
    CHECK(adviceOn({}).empty());
    CHECK(adviceOn({profile("main", 2560, 1440, 25, 50), profile("sub", 640, 360, 10)}).empty());
    CHECK(adviceOn({profile("main", 2560, 1440, 25, 250), profile("sub", 640, 360, 10)}) ==
          "The main stream has a keyframe every 10 s: one every 2 s (GOP 50) lets live pictures begin sooner "
          "and needs less memory for the time before an event.");
    CHECK(adviceOn({profile("main", 2560, 1440, 25), profile("sub", 1280, 720, 25)}) ==
          "The sub stream of 1280x720 at 25/s: 640x360 at 10/s would save 90 % of decoding it.");
    CHECK(
        adviceOn({profile("only", 1920, 1080, 25)}) ==
        "There is no smaller stream, so detection decodes 1920x1080 at 25/s: a second one of 640x360 at 10/s "
        "would save 96 % of that.");
    CHECK(adviceOn({profile("only", 0, 0, 0, 0)}).empty());
}

}  // namespace service_test
