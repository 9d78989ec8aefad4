// Which configured camera a found one is.
#include "config/configured_as.h"

#include <filesystem>

#include "support/catch.h"
#include "support/folder.h"

namespace configured_as_test {

using namespace porchlight;
using namespace porchlight::config;

namespace {

CameraConfig camera(const std::string& name, const std::string& plugin, const std::string& setting,
                    const std::string& value) {
    CameraConfig out;
    out.name = name;
    out.source.plugin = plugin;
    out.source.settings.set(setting, value);
    return out;
}

plugin::FoundSource found(const std::string& plugin, const std::string& setting, const std::string& value) {
    plugin::FoundSource out;
    out.plugin = plugin;
    out.camera.settings = {{setting, value}};
    return out;
}

}  // namespace

TEST_CASE("a found camera is the configured one under each name of its device node, and on its host") {
    const test::Folder folder;
    const std::filesystem::path link = folder / "usb-camera";
    std::filesystem::create_symlink("/dev/null", link);
    Config config;
    config.cameras = {camera("desk", "v4l2", "device", link.string()),
                      camera("yard", "ffmpeg", "url", "rtsp://user:secret@192.0.2.7/main")};
    CHECK(configuredAs(config, found("v4l2", "device", "/dev/null")) == "desk");
    CHECK(configuredAs(config, found("v4l2", "device", link.string())) == "desk");
    CHECK(configuredAs(config, found("v4l2", "device", "/dev/zero")).empty());
    CHECK(configuredAs(config, found("v4l2", "device", (folder / "gone").string())).empty());
    CHECK(configuredAs(config, found("libcamera", "device", "/dev/null")).empty());
    CHECK(configuredAs(config, found("ffmpeg", "url", "rtsp://192.0.2.7:554/other")) == "yard");
    CHECK(configuredAs(config, found("ffmpeg", "url", "rtsp://192.0.2.8/main")).empty());
}

}  // namespace configured_as_test
