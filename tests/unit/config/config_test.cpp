#include <unistd.h>

#include <fstream>

#include "base/text.h"
#include "config/loader.h"
#include "support/catch.h"

using namespace porchlight;
using namespace porchlight::config;
using namespace std::chrono_literals;

namespace {

const plugin::Catalogue& plugins() {
    static const plugin::Catalogue catalogue{std::filesystem::path(PORCHLIGHT_PLUGIN_DIR)};
    return catalogue;
}

std::string problemsOfMain(const std::string& text) {
    Problems problems;
    parseMain(text, "porchlight.yaml", plugins(), problems);
    std::string out;
    for (const auto& problem : problems) out += problem.format() + "\n";
    return out;
}

std::string problemsOfCamera(const std::string& text) {
    Problems problems;
    parseCamera(text, "porch.yaml", plugins(), problems);
    std::string out;
    for (const auto& problem : problems) out += problem.format() + "\n";
    return out;
}

constexpr const char* kSource = "source: {plugin: testpattern}\n";

}  // namespace

TEST_CASE("the shipped configuration is good and says the code's defaults") {
    const std::filesystem::path shipped = std::filesystem::path(PORCHLIGHT_SOURCE_DIR) / "config/porchlight.yaml";
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
    const CameraConfig otherwise = parseCamera("name: example\n" + std::string(kSource), "example.yaml", plugins(), none);
    CHECK(none.empty());
    CHECK(camera.record == otherwise.record);
    CHECK(camera.health == otherwise.health);
    CHECK(camera.detect.rate_hz == otherwise.detect.rate_hz);
    CHECK(camera.detect.event_gap == otherwise.detect.event_gap);
}

TEST_CASE("the shipped configuration shows every setting of every alert and record plugin with its default") {
    Problems problems;
    std::ifstream in(std::filesystem::path(PORCHLIGHT_SOURCE_DIR) / "config/porchlight.yaml");
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    for (const auto kind : {PluginKind::Alert, PluginKind::Record})
        for (const auto& name : plugins().names(kind))
            for (const auto& setting : plugins().find(kind, name)->settings) {
                INFO(name << "." << setting.name);
                const std::string value = setting.default_value[0] != 0 ? setting.default_value : "\"\"";
                CHECK(text.find("\n  " + std::string(setting.name) + ": " + value) != std::string::npos);
            }
}

TEST_CASE("wrong configuration is told with file, line, column and the nearest name") {
    struct Case {
        const char* text;
        const char* expected;
    };
    const Case cases[] = {
        {"wbe: {port: 80}\n", "porchlight.yaml:1:1: unknown key wbe (did you mean web?)"},
        {"web:\n  port: 8443\n  prot: 1\n", "porchlight.yaml:3:3: unknown key web.prot (did you mean port?)"},
        {"web: {port: 70000}\n", "porchlight.yaml:1:13: web.port must be a whole number from 1 to 65535, not '70000'"},
        {"web: {port: https}\n", "web.port must be a whole number"},
        {"web: 5\n", "porchlight.yaml:1:6: web must be a mapping"},
        {"web: {tls: off}\n", "web.tls off is only accepted with bind: 127.0.0.1"},
        {"web: {url: porch.local}\n", "web.url must begin with http:// or https://"},
        {"storage: {max_age: soon}\n", "storage.max_age must be a duration"},
        {"storage: {max_bytes: lots}\n", "storage.max_bytes must be a size"},
        {"log_level: infos\n", "(did you mean info?)"},
        {"mqtt: {enabled: perhaps}\n", "mqtt.enabled must be true or false"},
        {"mqtt: {hots: a}\n", "unknown key mqtt.hots (did you mean host?)"},
        {"recorder: {plugin: fmp5}\n", "(did you mean fmp4?)"},
        {"web: [\n", "is no valid YAML"},
    };
    for (const auto& [text, expected] : cases) {
        INFO(text);
        const std::string found = problemsOfMain(text);
        INFO(found);
        CHECK(found.find(expected) != std::string::npos);
    }
    CHECK(problemsOfMain("").empty());
}

TEST_CASE("wrong cameras are told the same way") {
    const auto told = [](const std::string& text, const char* expected) {
        INFO(text);
        const std::string found = problemsOfCamera(text);
        INFO(found);
        CHECK(found.find(expected) != std::string::npos);
    };
    told("name: Porch\n" + std::string(kSource), "name must be 1 to 40 of a-z, 0-9 and -, not 'Porch'");
    told("title: x\n", "source is needed");
    told("source: {plugin: ffmpeg}\n", "source needs url");
    told("source: {plugin: ffmpge, url: x}\n", "porch.yaml:1:18: source.plugin 'ffmpge' is not an installed capture plugin (did you mean ffmpeg?)");
    told("source: {plugin: testpattern, widht: 3}\n", "unknown key source.widht (did you mean width?)");
    told("source: {plugin: testpattern, width: 3}\n", "source.width must be a whole number from 64");
    told(std::string(kSource) + "record: {mode: always}\n", "record.mode must be one of off, motion, continuous");
    told(std::string(kSource) + "record: {pre_rol: 3s}\n", "did you mean pre_roll?");
    told(std::string(kSource) + "detect: {zones: [{name: path, polygon: [[0, 0], [2, 0], [1, 1]]}]}\n", "shares of the picture from 0 to 1");
    told(std::string(kSource) + "detect: {zones: [{polygon: [[0, 0], [1, 0], [1, 1]]}]}\n", "name is needed");
    told(std::string(kSource) + "health: {system_reboot: maybe}\n", "system_reboot");
    told(std::string(kSource) + "health: {thresholds: {excellent: 60}}\n", "must fall");
    told(std::string(kSource) + "health: {owner_action: {command: reboot}}\n", "must be a list");
    told(std::string(kSource) + "health: {owner_action: {command: [power-cycle, porch]}}\n", "whole path");
}

TEST_CASE("how long a source may take to open depends on what it is, unless the owner says so") {
    const auto healthOf = [](const std::string& text) {
        Problems problems;
        const auto camera = parseCamera(text, "cameras.d/porch.yaml", plugins(), problems);
        for (const auto& problem : problems) FAIL(problem.format());
        return camera.health;
    };
    const std::string network = "source: {plugin: ffmpeg, url: \"rtsp://192.0.2.10/main\"}\n";
    const std::string device = "source: {plugin: testpattern}\n";
    CHECK(healthOf(network).open_timeout == std::chrono::seconds(10));
    CHECK(healthOf(network + "health: {frame_timeout: 20s}\n").open_timeout == std::chrono::seconds(20));
    CHECK(healthOf(network + "health: {open_timeout: 4s}\n").open_timeout == std::chrono::seconds(4));
    CHECK(healthOf(device).open_timeout == std::chrono::seconds(5));
    CHECK(healthOf(device + "health: {frame_timeout: 1s}\n").open_timeout == std::chrono::seconds(2));
    CHECK(healthOf(network).cpu_limit_cores == 1.2);
    CHECK(healthOf(device).cpu_limit_cores == 2.2);
    CHECK(healthOf(device + "record: {mode: \"off\"}\nhealth: {cpu_limit: 0.5}\n").cpu_limit_cores == 0.5);
}

TEST_CASE("a camera reads with its settings in canonical form") {
    Problems problems;
    const auto camera = parseCamera(
        "title: Front door\n"
        "source: {plugin: ffmpeg, url: \"rtsp://u:p@192.0.2.10/main\", sub_url: \"rtsp://u:p@192.0.2.10/sub\"}\n"
        "detect: {plugin: motion, sensitivity: 70, fps: 5, zones: [{name: path, polygon: [[0.1, 0.5], [0.9, 0.5], [0.9, 1]]}], masks: []}\n"
        "record: {mode: continuous, pre_roll: 3s, post_roll: 10s, max_event: 5m}\n"
        "health: {frame_timeout: 5s, max_consecutive_failures: 3, max_recovery_attempts: 5, recovery_cooldown: 30s,\n"
        "         unresponsive_after: 30s, system_reboot: off, system_reboot_threshold: 10}\n",
        "cameras.d/front-door.yaml", plugins(), problems);
    for (const auto& problem : problems) FAIL(problem.format());
    CHECK(camera.name == "front-door");
    CHECK(camera.source.settings.text("url") == "rtsp://u:p@192.0.2.10/main");
    REQUIRE(camera.sub.has_value());
    CHECK(camera.sub->text("url") == "rtsp://u:p@192.0.2.10/sub");
    CHECK(camera.source.settings.text("transport") == "tcp");
    CHECK(camera.detect.detector.settings.integer("sensitivity") == 70);
    CHECK(camera.detect.detector.settings.text("zones") == "path:0.1,0.5 0.9,0.5 0.9,1");
    CHECK(camera.record.mode == RecordMode::Continuous);
    CHECK(camera.record.pre_roll == 3s);
}

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
    REQUIRE(result.config.cameras.size() == 2);
    CHECK(result.config.cameras[0].problem.empty());
    CHECK(result.config.cameras[1].problem.find("b.yaml:1:18") != std::string::npos);
    CHECK(result.config.data_dir == std::filesystem::absolute(folder) / "data");
    std::filesystem::remove_all(folder);
    CHECK_THROWS_AS(load(folder / "porchlight.yaml", plugins()), Error);
}

TEST_CASE("a password with a / ? # or a second @ is refused with what to write, and its pieces stand in no problem") {
    for (const char* url : {"rtsp://admin:geheim/Wort7@192.0.2.1/main", "rtsp://admin:geheim#Wort7@192.0.2.1/main", "rtsp://admin:geheim?Wort7@192.0.2.1/main",
                            "rtsp://admin:geheim@Wort7@192.0.2.1/main", "rtsp://admin:geheim"}) {
        for (const char* key : {"url", "sub_url"}) {
            INFO(url << " as " << key);
            const std::string other = std::string(key) == "url" ? "" : "url: \"rtsp://192.0.2.1/main\", ";
            const std::string problems = problemsOfCamera("source: {plugin: ffmpeg, " + other + key + ": \"" + url + "\"}\n");
            CHECK(problems.find(std::string("source.") + key) != std::string::npos);
            CHECK(problems.find(std::string(url).size() < 20 ? "port" : "write ") != std::string::npos);
            CHECK(problems.find("geheim") == std::string::npos);
            CHECK(problems.find("Wort7") == std::string::npos);
        }
    }
    CHECK(problemsOfCamera("source: {plugin: ffmpeg, url: \"rtsp://admin:geheim%2FWort7@192.0.2.1/main\"}\n").empty());
    CHECK(problemsOfMain("web: {url: \"https://ada:Kuckucksei@house.example\"}\n").find("must not hold a user") != std::string::npos);
}

TEST_CASE("what YAML takes for one word is not repeated where it may hold a password") {
    const std::string problems = problemsOfCamera("source: {plugin: testpattern, password:Kuckucksei7, \"token=Kuckucksei7\": 1}\n");
    CHECK(problems.find("unknown key source.password") != std::string::npos);
    CHECK(problems.find("Kuckuck") == std::string::npos);
}
