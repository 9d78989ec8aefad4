/// The configuration that is shipped: good, complete, and the same as the code.
#include <fstream>

#include "config/loader.h"
#include "config/yaml/document.h"
#include "reading.h"
#include "support/catch.h"
#include "support/folder.h"

namespace shipped_test {

using namespace porchlight;
using namespace porchlight::config;
using namespace porchlight::config::testing;
using namespace std::chrono_literals;

TEST_CASE("the shipped configuration is good and says the code's defaults") {
    const std::filesystem::path shipped =
        std::filesystem::path(PORCHLIGHT_SOURCE_DIR) / "config/porchlight.yaml";
    const auto result = load(shipped, plugins());
    for (const auto& problem : result.problems) FAIL(problem.format());
    for (const auto& problem : result.camera_problems) FAIL(problem.format());
    const Config defaults;
    CHECK(result.config.data_dir == defaults.data_dir);
    CHECK(result.config.log_level == defaults.log_level);
    CHECK(result.config.web == defaults.web);
    CHECK(result.config.storage == defaults.storage);
    CHECK(result.config.alerts.empty());
    REQUIRE(result.config.cameras.size() == 1);
    const CameraConfig& camera = result.config.cameras[0];
    Problems none;
    const CameraConfig otherwise =
        parseCamera("name: example\n" + std::string(kSource), "example.yaml", plugins(), none);
    CHECK(none.empty());
    CHECK(camera.record == otherwise.record);
    CHECK(camera.health == otherwise.health);
    CHECK(camera.detect.rate_hz == otherwise.detect.rate_hz);
    CHECK(camera.detect.event_gap == otherwise.detect.event_gap);
}

TEST_CASE("the shipped configuration shows every setting of every alert and record plugin with its default") {
    Problems problems;
    const std::string text = test::readAll(PORCHLIGHT_SOURCE_DIR "/config/porchlight.yaml");
    for (const auto kind : {PluginKind::Alert, PluginKind::Record})
        for (const auto& name : plugins().names(kind))
            for (const auto& setting : plugins().find(kind, name)->settings) {
                INFO(name << "." << setting.name);
                const std::string value = setting.default_value[0] != 0 ? setting.default_value : "\"\"";
                CHECK(text.find("\n  " + std::string(setting.name) + ": " + value) != std::string::npos);
            }
}

}  // namespace shipped_test
