/// Many files of cameras: one that is wrong harms no other.
#include <fstream>

#include "base/text.h"
#include "config/loader.h"
#include "reading.h"
#include "support/catch.h"
#include "support/folder.h"

namespace camera_files_test {

using namespace porchlight;
using namespace porchlight::config;
using namespace porchlight::config::testing;
using namespace std::chrono_literals;

TEST_CASE("a camera file with an error leaves the other cameras alone") {
    const auto folder = std::filesystem::temp_directory_path() / ("config-" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder / "cameras.d");
    std::ofstream(folder / "porchlight.yaml") << "data_dir: data\n";
    std::ofstream(folder / "cameras.d/a.yaml") << kSource;
    std::ofstream(folder / "cameras.d/b.yaml") << "source: {plugin: nonsense}\n";
    std::ofstream(folder / "cameras.d/c.yaml") << "name: a\n" << kSource;
    const auto result = load(folder / "porchlight.yaml", plugins());
    CHECK(result.problems.empty());
    CHECK(result.camera_problems.size() == 2);
    REQUIRE(result.config.cameras.size() == 3);
    CHECK(result.config.cameras[0].problem.empty());
    CHECK(result.config.cameras[1].problem.find("b.yaml:1:18") != std::string::npos);
    CHECK(result.config.data_dir == std::filesystem::absolute(folder) / "data");
    std::filesystem::remove_all(folder);
    CHECK_THROWS_AS(load(folder / "porchlight.yaml", plugins()), Error);
}

TEST_CASE("leftovers of editors are no cameras, and odd names of files harm no other camera") {
    const test::Folder folder;
    std::filesystem::create_directories(folder.path() / "cameras.d/folder.yaml");
    const auto write = [&](const std::string& name) { std::ofstream(folder.path() / name) << kSource; };
    std::ofstream(folder.path() / "porchlight.yaml") << "data_dir: data\n";
    for (const char* name : {"porch.yaml", "._porch.yaml", ".#porch.yaml", "porch.yaml~", "#porch.yaml#",
                             ".porch.yaml.swp", "Porch.yaml", "Garden.YAML"})
        write(std::string("cameras.d/") + name);
    write(
        "cameras.d/K\xfc"
        "che\x1b.yaml");
    const auto result = load(folder.path() / "porchlight.yaml", plugins());
    CHECK(result.problems.empty());
    std::vector<std::string> fit, unfit;
    for (const auto& camera : result.config.cameras)
        (camera.problem.empty() ? fit : unfit).push_back(camera.name);
    CHECK(fit == std::vector<std::string>{"porch"});
    CHECK(unfit == std::vector<std::string>{"garden", "k-che-", "porch-2", "folder"});
    for (const auto& problem : result.camera_problems)
        CHECK(base::firstUnprintable(problem.format()) == std::string::npos);
}

TEST_CASE("a camera of a taken name is shown under another one") {
    const test::Folder folder;
    std::filesystem::create_directories(folder.path() / "cameras.d");
    std::ofstream(folder.path() / "porchlight.yaml") << "data_dir: data\n";
    std::ofstream(folder.path() / "cameras.d/a.yaml") << kSource << "name: porch\n";
    std::ofstream(folder.path() / "cameras.d/b.yaml") << kSource << "name: porch\n";
    const auto result = load(folder.path() / "porchlight.yaml", plugins());
    REQUIRE(result.config.cameras.size() == 2);
    CHECK(result.config.cameras[0].problem.empty());
    CHECK(result.config.cameras[1].name == "b");
    CHECK(result.config.cameras[1].problem.find(
              "b.yaml:2:7: camera name 'porch' is used by a.yaml already") != std::string::npos);
}

}  // namespace camera_files_test
