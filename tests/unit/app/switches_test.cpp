/// Run-time switches over a restart: the newer word of the owner counts.
#include "app/switches.h"

#include "support/catch.h"
#include "support/folder.h"

namespace switches_test {

using namespace porchlight;

namespace {

constexpr WallTime kAt{microseconds{1'790'000'000'000'000}};

config::CameraConfig cameraOf(const std::string& name) {
    config::CameraConfig camera;
    camera.name = name;
    camera.record.mode = config::RecordMode::Motion;
    return camera;
}

/// **Owns** a database with the cameras porch and yard.
struct World {
    World() {
        for (const auto& camera : cameras) store.ensureCamera(camera.name, "");
    }
    void put(const std::string& camera, const std::string& key, const std::string& value,
             const std::string& configured) {
        store.switches.set({camera, key, value, configured, "ada", kAt});
    }
    std::vector<camera::Switch> load() { return app::loadSwitches(store, cameras); }

    test::Folder folder;
    store::Store store{folder / "porchlight.db"};
    std::vector<config::CameraConfig> cameras{cameraOf("porch"), cameraOf("yard")};
};

}  // namespace

TEST_CASE("a switch counts again after a restart, with who set it and when") {
    World world;
    world.put("porch", "record", "continuous", "motion");
    world.put("yard", "detect", "off", "on");
    const auto loaded = world.load();
    REQUIRE(loaded.size() == 2);
    CHECK(loaded[0].camera == "porch");
    CHECK(loaded[0].value == "continuous");
    CHECK(loaded[0].by == "ada");
    CHECK(loaded[0].at == kAt);
    CHECK(app::recordModeOf(world.cameras[0], loaded) == config::RecordMode::Continuous);
    CHECK(app::recordModeOf(world.cameras[1], loaded) == config::RecordMode::Motion);
}

TEST_CASE(
    "where the configuration was changed since, the configuration counts, and the switch is forgotten") {
    World world;
    world.put("porch", "record", "off", "continuous");  // it says motion now
    world.put("porch", "enabled", "off", "on");
    const auto loaded = world.load();
    REQUIRE(loaded.size() == 1);
    CHECK(loaded[0].key == "enabled");
    CHECK(world.store.switches.all().size() == 1);
    CHECK(app::recordModeOf(world.cameras[0], loaded) == config::RecordMode::Motion);
}

TEST_CASE("a switch of a camera whose file is gone for now waits for it") {
    World world;
    world.put("yard", "detect", "off", "on");
    const auto yard = world.cameras.back();
    world.cameras.pop_back();
    CHECK(world.load().empty());
    world.cameras.push_back(yard);
    CHECK(world.load().size() == 1);
}

TEST_CASE("a mode that this version does not know is no mode") {
    const auto camera = cameraOf("porch");
    CHECK(app::recordModeOf(camera, {{"porch", "record", "sometimes", "motion", "ada", kAt}}) ==
          config::RecordMode::Motion);
}

}  // namespace switches_test
