/// The doctor: each finding says what was found, and each that is not good what to do.
#include "app/doctor/doctor.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "base/secret/secrets.h"
#include "support/catch.h"
#include "support/folder.h"
#include "support/loopback_port.h"

namespace doctor_test {

using namespace porchlight;
using namespace porchlight::app;
namespace fs = std::filesystem;

namespace {

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// What an examination finds. Whatever it is, the owner can do something about what is not good.
template <class Examine, class... Facts>
Findings found(Examine examine, const Facts&... facts) {
    Findings findings;
    examine(facts..., findings);
    for (const Finding& finding : findings) {
        INFO(finding.subject << ": " << finding.text);
        CHECK_FALSE(finding.text.empty());
        CHECK((finding.verdict == Verdict::Good || !finding.advice.empty()));
    }
    return findings;
}

/// The one finding there is to be.
Finding only(const Findings& findings) {
    REQUIRE(findings.size() == 1);
    return findings.front();
}

config::CameraConfig cameraAt(const std::string& name, const std::string& key, const std::string& value) {
    config::CameraConfig camera;
    camera.name = name;
    camera.source.plugin = "ffmpeg";
    camera.source.settings.set(key, value);
    return camera;
}

config::Config configWith(config::CameraConfig camera) {
    config::Config config;
    config.cameras.push_back(std::move(camera));
    return config;
}

}  // namespace

TEST_CASE("doctor: every problem of the configuration is bad, a configuration without cameras doubtful") {
    config::LoadResult loaded;
    loaded.config.file = "/etc/porchlight/porchlight.yaml";
    CHECK(only(found(examineConfig, loaded)).verdict == Verdict::Doubtful);
    loaded.config.cameras.emplace_back();
    CHECK(has(only(found(examineConfig, loaded)).text, "1 camera(s)"));
    loaded.camera_problems.push_back({"/etc/porchlight/cameras.d/porch.yaml", 3, 5, "source is needed"});
    loaded.problems.push_back({"/etc/porchlight/porchlight.yaml", 1, 1, "web.port must be a number"});
    const Findings bad = found(examineConfig, loaded);
    REQUIRE(bad.size() == 2);
    CHECK(has(bad[0].text, "porchlight.yaml:1:1"));
    CHECK(has(bad[1].text, "porch.yaml:3:5"));
    CHECK(bad[1].verdict == Verdict::Bad);
}

TEST_CASE("doctor: a refused plugin is bad, by its file when it has no name") {
    plugin::Listing fit;
    fit.name = "ffmpeg";
    fit.version = "1.0.0";
    fit.built_with = "libavformat 59.16.100";
    fit.runtime = "libavformat 59.27.100";
    plugin::Listing refused;
    refused.file = "/usr/lib/porchlight/plugins/odd.so";
    refused.refusal = "is built for ABI 2, this is 3";
    const Findings findings = found(examinePlugins, std::vector{fit, refused});
    REQUIRE(findings.size() == 2);
    CHECK(findings[0].text == "1.0.0, built with libavformat 59.16.100, found libavformat 59.27.100");
    CHECK(findings[1].subject == "plugin odd.so");
    CHECK(findings[1].verdict == Verdict::Bad);
}

TEST_CASE("doctor: the data folder is judged by writing to it, and nothing stays behind") {
    const test::Folder folder;
    config::Config config;
    config.data_dir = folder / "data";
    CHECK(only(found(examineDataFolder, config)).verdict == Verdict::Doubtful);  // not made yet
    fs::create_directory(folder / "data");
    const Findings well = found(examineDataFolder, config);
    CHECK(well.at(0).verdict == Verdict::Good);
    CHECK(well.at(1).subject == "disk");
    CHECK(fs::is_empty(folder / "data"));
    std::ofstream(folder / ("data/doctor-" + std::to_string(::getpid()))) << "in the way";
    CHECK(found(examineDataFolder, config).at(0).verdict == Verdict::Good);
}

TEST_CASE("doctor: a disk with less room than is to stay free is bad, one smaller than its limit doubtful") {
    const test::Folder folder;
    config::Config config;
    config.data_dir = folder.path();
    config.storage.min_free_bytes = 0;
    config.storage.max_bytes = 0;
    const auto disk = [&] { return found(examineDataFolder, config).at(1); };
    CHECK(disk().verdict == Verdict::Good);
    config.storage.max_bytes = 1ULL << 62U;
    CHECK(disk().verdict == Verdict::Doubtful);
    CHECK(has(disk().advice, "storage.max_bytes"));
    config.storage.min_free_bytes = 1ULL << 62U;
    CHECK(disk().verdict == Verdict::Bad);
    CHECK(has(disk().advice, "storage.min_free_bytes"));
}

TEST_CASE("doctor: a port is free, the daemon's, or somebody else's") {
    config::Config config;
    config.web.bind = "127.0.0.1";
    {
        const test::LoopbackPort taken;
        config.web.port = taken.number();
        const Finding other = only(found(examinePort, config, false));
        CHECK(other.verdict == Verdict::Bad);
        CHECK(has(other.text, "127.0.0.1 port " + std::to_string(taken.number()) + " is used by"));
        // This program holds it, which is no porchlightd, although one is said to run.
        CHECK(only(found(examinePort, config, true)).verdict == Verdict::Bad);
    }
    CHECK(only(found(examinePort, config, false)).verdict == Verdict::Good);  // free again
    const Finding silent = only(found(examinePort, config, true));
    CHECK(silent.verdict == Verdict::Bad);
    CHECK(has(silent.text, "porchlightd runs but does not answer"));
    const test::LoopbackPort bound(false);
    config.web.port = bound.number();
    const Finding reserved = only(found(examinePort, config, false));
    CHECK(reserved.verdict == Verdict::Bad);
    CHECK(has(reserved.text, "cannot be listened on"));
}

TEST_CASE("doctor: a broker that takes no connections is bad; alerts without host and port are not asked") {
    config::Config config;
    const plugin::Catalogue catalogue{fs::path(PORCHLIGHT_PLUGIN_DIR)};
    const test::LoopbackPort closed(false);
    config.alerts.push_back({{"mqtt", {}}, ""});
    CHECK(found(examineBroker, config, catalogue).empty());
    config.alerts[0].settings.set("host", "127.0.0.1");
    config.alerts[0].settings.set("port", std::to_string(closed.number()));
    const Finding finding = only(found(examineBroker, config, catalogue));
    CHECK(finding.verdict == Verdict::Bad);
    CHECK(has(finding.text, "127.0.0.1:" + std::to_string(closed.number())));
    CHECK(has(finding.advice, "mqtt.host"));
}

TEST_CASE("doctor: a network camera is asked for a connection, and its password is not told") {
    const test::LoopbackPort open;
    const test::LoopbackPort closed(false);
    const auto ask = [](const std::string& url) {
        base::keepSecrets(base::secretsIn(url));
        return only(found(examineSources, configWith(cameraAt("porch", "url", url))));
    };
    const std::string good = "127.0.0.1:" + std::to_string(open.number());
    CHECK(ask("rtsp://zoe:Siebenschlaefer4@" + good + "/main").verdict == Verdict::Good);
    const Finding bad =
        ask("rtsp://zoe:Siebenschlaefer4@127.0.0.1:" + std::to_string(closed.number()) + "/main");
    CHECK(bad.verdict == Verdict::Bad);
    CHECK_FALSE(has(bad.text, "Siebenschlaefer4"));
    CHECK(ask("srt://127.0.0.1").verdict == Verdict::Doubtful);  // without a port there is nothing to ask
    const Finding file = ask("file:///nowhere/Siebenschlaefer4.mp4");
    CHECK(file.verdict == Verdict::Bad);
}

TEST_CASE("doctor: cameras that are off or wrong are not asked, a sub stream is asked as well") {
    const test::Folder folder;
    std::ofstream(folder / "clip.mp4") << "x";
    auto camera = cameraAt("porch", "url", (folder / "clip.mp4").string());
    camera.sub = camera.source.settings;
    camera.sub->set("url", "/nowhere/sub.mp4");
    const Findings both = found(examineSources, configWith(camera));
    REQUIRE(both.size() == 2);
    CHECK(both[0].verdict == Verdict::Good);
    CHECK(both[1].subject == "camera porch (sub)");
    CHECK(both[1].verdict == Verdict::Bad);
    camera.is_enabled = false;
    CHECK(found(examineSources, configWith(camera)).empty());
    camera.is_enabled = true;
    camera.problem = "porch.yaml:3:1: detect.fps must be 1 to 30";
    CHECK(found(examineSources, configWith(camera)).empty());
}

TEST_CASE("doctor: a device that is not there is bad, whatever other devices there are") {
    const auto of = [](const Findings& findings, const std::string& subject) {
        return std::find_if(findings.begin(), findings.end(),
                            [&](const Finding& finding) { return finding.subject == subject; });
    };
    const Findings gone = found(examineDevices, configWith(cameraAt("yard", "device", "/dev/video987")));
    REQUIRE(of(gone, "camera yard") != gone.end());
    CHECK(of(gone, "camera yard")->verdict == Verdict::Bad);
    CHECK(of(gone, "devices") != gone.end());
    const Findings there = found(examineDevices, configWith(cameraAt("yard", "device", "/dev/null")));
    REQUIRE(of(there, "camera yard") != there.end());
    CHECK(of(there, "camera yard")->verdict == Verdict::Good);
}

TEST_CASE("doctor: of a camera that was found the owner is told which one it is, or what to write") {
    plugin::Discovery search;
    search.sources.push_back({"v4l2", {}});
    search.sources[0].camera.id = "usb-1";
    search.sources[0].camera.title = "Webcam";
    search.sources[0].camera.settings = {{"device", "/dev/video0"}};
    search.problems = {"the search did not end in time"};
    config::Config config;
    config.cameras_dir = "/etc/porchlight/cameras.d";
    const Findings findings = found(examineFound, search, config);
    REQUIRE(findings.size() == 2);
    CHECK(has(findings[0].text, "Webcam (v4l2, usb-1)"));
    CHECK(findings[1].verdict == Verdict::Doubtful);
    search.sources[0].camera.problem = "is in use";
    CHECK(found(examineFound, search, config).at(0).verdict == Verdict::Doubtful);
}

TEST_CASE("doctor: names that are not known and ports that are closed are told apart") {
    std::string why;
    const test::LoopbackPort open;
    CHECK(canConnect("127.0.0.1", open.number(), why));
    const test::LoopbackPort closed(false);
    CHECK_FALSE(canConnect("127.0.0.1", closed.number(), why));
    CHECK(why == "Connection refused");
    CHECK_FALSE(canConnect("no such host", 80, why));
    CHECK(has(why, "the name is not known"));
}

}  // namespace doctor_test
