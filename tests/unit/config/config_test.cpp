/// What values mean, and what is refused with its place.
#include <unistd.h>

#include <fstream>

#include "base/text.h"
#include "config/loader.h"
#include "reading.h"
#include "support/catch.h"
#include "support/folder.h"

namespace config_test {

using namespace porchlight;
using namespace porchlight::config;
using namespace porchlight::config::testing;
using namespace std::chrono_literals;

TEST_CASE("wrong configuration is told with file, line, column and the nearest name") {
    struct Case {
        const char* text;
        const char* expected;
    };
    const Case cases[] = {
        {"wbe: {port: 80}\n", "porchlight.yaml:1:1: unknown key wbe (did you mean web?)"},
        {"web:\n  port: 8443\n  prot: 1\n", "porchlight.yaml:3:3: unknown key web.prot (did you mean port?)"},
        {"web: {port: 70000}\n",
         "porchlight.yaml:1:13: web.port must be a whole number from 1 to 65535, not '70000'"},
        {"web: {port: https}\n", "web.port must be a whole number"},
        {"web: 5\n", "porchlight.yaml:1:6: web must be a mapping"},
        {"web: {tls: off}\n", "web.tls off is only accepted with bind: 127.0.0.1"},
        {"web: {url: porch.local}\n", "web.url must begin with http:// or https://"},
        {"web: {trusted_proxies: 127.0.0.1}\n",
         "porchlight.yaml:1:24: web.trusted_proxies must be a list of addresses"},
        {"web: {trusted_proxies: [127.0.0.1, proxy.local]}\n",
         "porchlight.yaml:1:36: web.trusted_proxies must hold IP addresses or networks"},
        {"web: {trusted_proxies: [192.168.1.0/33]}\n",
         "web.trusted_proxies must hold IP addresses or networks"},
        {"storage: {max_age: soon}\n", "storage.max_age must be a duration"},
        {"storage: {max_age: 90}\n", "porchlight.yaml:1:20: storage.max_age needs a unit: write 90d or 90s"},
        {"storage: {max_age: 2}\n", "write 2d or 2m"},
        {"storage: {sync_interval: \"5\"}\n", "write 5s"},
        {"storage: {max_bytes: 20}\n", "storage.max_bytes needs a unit: write 20GiB, 20MiB or 20B"},
        {"storage: {min_free_bytes: 1}\n", "needs a unit"},
        {"storage: {max_age: 1:30}\n", "must be a duration from 1m to 3650d"},
        {"storage: {max_bytes: 9000000TiB}\n", "must be a size from"},
        {"web: {port: 0443}\n", "not '0443' (without the 0 in front)"},
        {"web: {port: 08443}\n", "not '08443' (without the 0 in front)"},
        {"mqtt: {port: 01883}\n", "not '01883' (without the 0 in front)"},
        {"web: {port: 0x1F90}\n", "must be a whole number"},
        {"web: {port: 1_000}\n", "must be a whole number"},
        {"web: {bind: 256.0.0.1}\n", "porchlight.yaml:1:13: web.bind must be an address"},
        {"web: {bind: \"[::1]\"}\n", "web.bind must be an address"},
        {"web: {bind: porch.local}\n", "web.bind must be an address"},
        {"web: {bind: \"\"}\n", "web.bind must be an address"},
        {"web: {url: \"https://:8443\"}\n", "web.url names no host"},
        {"web: {url: \"https://me:word@porch.local\"}\n", "must not hold a user or a password"},
        {"web: {url: \"https://porch.local:99999\"}\n", "has no port"},
        {"mqtt: {topic: \"a/#\"}\n", "porchlight.yaml:1:15: mqtt.topic must be a plain topic"},
        {"mqtt: {topic: /a}\n", "mqtt.topic must be a plain topic"},
        {"mqtt: {topic: \"\"}\n", "mqtt.topic must be a plain topic"},
        {"mqtt: {discovery_prefix: +/x}\n", "mqtt.discovery_prefix must be a plain topic"},
        {"mqtt: {host: \"mqtt://192.0.2.1\"}\n", "mqtt.host must be a host name or an address alone"},
        {"mqtt: {host: \"192.0.2.1:1883\"}\n", "without a port"},
        {"mqtt: {host: broker home}\n", "is no host name or address"},
        {"mqtt: {username: \"a\\nb\"}\n", "must not hold control characters"},
        {"mqtt:\n", "porchlight.yaml:1:1: mqtt has no value"},
        {"data_dir: ~/porchlight\n", "~ and $ are not replaced"},
        {"data_dir: $HOME/porchlight\n", "~ and $ are not replaced"},
        {"data_dir: "
         "/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/123456789/"
         "123456789\n",
         "is too long"},
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
    CHECK(problemsOfMain("# all as it is by itself\n").empty());
    CHECK(problemsOfMain("web: {trusted_proxies: [127.0.0.1, 192.168.1.0/24, \"fd00::/8\"]}\n").empty());
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
    told("source: {plugin: ffmpeg, url: \"rtsp://admin:geheim/Wort7@192.0.2.1/main\"}\n",
         "porch.yaml:1:31: source.url has a / before its last @");
    told("source: {plugin: ffmpeg, url: \"rtsp://192.0.2.1:0/main\"}\n",
         "source.url has no number from 1 to 65535 as its port");
    told("source: {plugin: ffmpeg, url: \"http:///main\"}\n", "source.url names no host");
    told("source: {plugin: ffmpeg, url: /a, sub_url: \"rtsp://[fd00::1/main\"}\n",
         "source.sub_url names no host");
    told("source: {plugin: ffmpeg, url: rtsp://admin:12 #3@192.0.2.1/main\n}\n",
         "source.url ends before the #");
    told("source: {plugin: ffmpge, url: x}\n",
         "porch.yaml:1:18: source.plugin 'ffmpge' is not an installed capture plugin (did you mean ffmpeg?)");
    told("source: {plugin: testpattern, widht: 3}\n", "unknown key source.widht (did you mean width?)");
    told("source: {plugin: testpattern, width: 3}\n", "source.width must be a whole number from 64");
    told(std::string(kSource) + "record: {mode: always}\n",
         "record.mode must be one of off, motion, continuous");
    told(std::string(kSource) + "record: {pre_rol: 3s}\n", "did you mean pre_roll?");
    told(std::string(kSource) + "detect: {zones: [{name: path, polygon: [[0, 0], [2, 0], [1, 1]]}]}\n",
         "shares of the picture from 0 to 1");
    told(std::string(kSource) + "detect: {zones: [{polygon: [[0, 0], [1, 0], [1, 1]]}]}\n", "name is needed");
    told(std::string(kSource) + "health: {system_reboot: maybe}\n", "system_reboot");
    told(std::string(kSource) + "health: {thresholds: {excellent: 60}}\n", "must fall");
    told(std::string(kSource) + "health: {owner_action: {command: reboot}}\n", "must be a list");
    told(std::string(kSource) + "health: {owner_action: {command: [power-cycle, porch]}}\n", "whole path");
    told(std::string(kSource) + "health: {owner_action: {command: [/bin/true, " + std::string(4097, 'x') +
             "]}}\n",
         "a word of the command is longer than 4096 bytes");  // longer secrets are not hidden
}

TEST_CASE("what a plugin's open would refuse or change is refused with its place") {
    const auto told = [](const std::string& source, const char* expected) {
        INFO(source);
        const std::string found = problemsOfCamera("source: {" + source + "}\n");
        INFO(found);
        CHECK(found.find(expected) != std::string::npos);
    };
    told("plugin: testpattern, width: 1283",
         "porch.yaml:1:38: source.width must be an even number, not 1283");
    told("plugin: testpattern, height: 721", "source.height must be an even number, not 721");
    told("plugin: v4l2, device: /dev/video0, width: 1280",
         "porch.yaml:1:52: source.width needs height beside it");
    told("plugin: v4l2, device: /dev/video0, height: 720", "source.height needs width beside it");
    told("plugin: v4l2, device: /dev/video0, controls: zoom",
         "source.controls must be a list such as name=1, other=2: 'zoom' is not name=number");
    told("plugin: v4l2, device: /dev/video0, controls: \"a=1, a=2\"", "a stands twice");
    told("plugin: v4l2, device: /dev/video0, exposure_ms: 0.05",
         "source.exposure_ms must be a multiple of 0.1, not 0.05");
    told("plugin: v4l2, device: 0", "source.device must be a whole path");
    told("plugin: v4l2, device: \"\"", "source.device is empty: The camera's node");
    told("plugin: v4l2, device: video0", "source.device must be a whole path, beginning with /");
    told("plugin: ffmpeg, url: \"rtps://192.0.2.1/main\"",
         "porch.yaml:1:31: source.url begins with a scheme that is not one of rtsp://");
    told("plugin: ffmpeg, url: \"rtsp:/192.0.2.1/main\"", "source.url lacks the // behind rtsp:");
    told("plugin: ffmpeg, url: /a, sub_url: \"gopher://192.0.2.1/sub\"",
         "source.sub_url begins with a scheme");
    if (plugins().find(PluginKind::Capture, "libcamera") != nullptr) {
        told("plugin: libcamera, width: 641, height: 480", "source.width must be an even number, not 641");
        told("plugin: libcamera, width: 640", "source.width needs height beside it");
        told("plugin: libcamera, low_width: 321", "source.low_width must be an even number");
        told("plugin: libcamera, lens_position: 2", "source.lens_position needs autofocus: manual beside it");
    }
    for (const char* sound : {"plugin: v4l2, device: /dev/video0, width: 1283, height: 721, controls: "
                              "\"zoom_absolute=120, LED1 Mode=-1\"",
                              "plugin: v4l2, device: /dev/video0, exposure_ms: 12.5",
                              "plugin: ffmpeg, url: \"RTSP://192.0.2.1/Main\""})
        CHECK(problemsOfCamera("source: {" + std::string(sound) + "}\n").empty());
    std::string zones;
    for (int i = 0; i < 33; ++i)
        zones +=
            (i == 0 ? "" : ", ") + ("{name: z" + std::to_string(i)) + ", polygon: [[0, 0], [1, 0], [1, 1]]}";
    CHECK(problemsOfCamera(std::string(kSource) + "detect: {zones: [" + zones + "]}\n")
              .find("detect.zones must hold at most 32 areas") != std::string::npos);
    const std::string threshold = problemsOfCamera(std::string(kSource) + "detect: {threshold: 12.5}\n");
    CHECK(threshold.find("detect.threshold must be a whole number from 0 to 80") != std::string::npos);
}

TEST_CASE("what the broker would never get is refused, also where MQTT is switched off") {
    CHECK(problemsOfMain("mqtt: {password: sesame}\n")
              .find("porchlight.yaml:1:18: mqtt.password needs username beside it") != std::string::npos);
    CHECK(problemsOfMain("mqtt: {enabled: false, ca_file: /ca.pem}\n")
              .find("mqtt.ca_file needs tls: true beside it") != std::string::npos);
    CHECK(problemsOfMain("mqtt: {username: ada, password: sesame, tls: true, ca_file: /ca.pem}\n").empty());
    Problems problems;
    const Config config =
        parseMain("mqtt: {enabled: false, topic: cellar}\n", "porchlight.yaml", plugins(), problems);
    CHECK(config.alerts.empty());
    REQUIRE(config.muted_alerts.size() == 1);
    CHECK(config.muted_alerts[0].settings.text("topic") == "cellar");
}

TEST_CASE("several targets of one alert plugin stand in a list, each with a name that nobody else has") {
    Problems problems;
    const Config config = parseMain(
        "mqtt: {host: first}\n"
        "alerts:\n- {plugin: mqtt, name: second, host: b}\n- {plugin: mqtt, name: third, enabled: false}\n",
        "porchlight.yaml", plugins(), problems);
    CHECK(problems.empty());
    REQUIRE(config.alerts.size() == 2);
    CHECK(config.alerts[0].target() == "mqtt");
    CHECK(config.alerts[1].target() == "second");
    CHECK(config.alerts[1].plugin == "mqtt");
    CHECK(config.alerts[1].settings.text("host") == "b");
    REQUIRE(config.muted_alerts.size() == 1);
    CHECK(config.muted_alerts[0].target() == "third");

    const auto refused = [](const std::string& list, const std::string& why) {
        return problemsOfMain("alerts: " + list + "\n").find(why) != std::string::npos;
    };
    CHECK(refused("[{plugin: mqtt, name: a}, {plugin: mqtt, name: a}]", "is that of another alert target"));
    CHECK(refused("[{plugin: mqtt}]", "alerts[0].name must be 1 to 40 of a-z, 0-9 and -"));
    CHECK(refused("[{plugin: mqtt, name: ../x}]", "must be 1 to 40 of a-z, 0-9 and -"));
    CHECK(refused("[{plugin: pigeon, name: a}]", "pigeon"));
    CHECK(refused("[{plugin: mqtt, name: a, hots: b}]", "hots"));
    CHECK(refused("{plugin: mqtt, name: a}", "must be a list"));
    CHECK(refused("[mqtt]", "an entry of alerts must read"));
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
        "source: {plugin: ffmpeg, url: \"rtsp://u:p@192.0.2.10/main\", sub_url: "
        "\"rtsp://u:p@192.0.2.10/sub\"}\n"
        "detect: {plugin: motion, sensitivity: 70, fps: 5, zones: [{name: path, polygon: [[0.1, 0.5], [0.9, "
        "0.5], [0.9, 1]]}], masks: []}\n"
        "record: {mode: continuous, pre_roll: 3s, post_roll: 10s, max_event: 5m}\n"
        "health: {frame_timeout: 5s, max_consecutive_failures: 3, max_recovery_attempts: 5, "
        "recovery_cooldown: 30s,\n"
        "         unresponsive_after: 30s, system_reboot: off, system_reboot_threshold: 10}\n",
        "cameras.d/front-door.yaml", plugins(), problems);
    for (const auto& problem : problems) FAIL(problem.format());
    CHECK(camera.name == "front-door");
    CHECK(camera.source.settings.text("url") == "rtsp://u:p@192.0.2.10/main");
    REQUIRE(camera.sub.has_value());
    CHECK(camera.sub->text("url") == "rtsp://u:p@192.0.2.10/sub");
    CHECK(camera.source.settings.text("transport") == "auto");
    CHECK(camera.detect.detector.settings.integer("sensitivity") == 70);
    CHECK(camera.detect.detector.settings.text("zones") == "path:0.1,0.5 0.9,0.5 0.9,1");
    CHECK(camera.record.mode == RecordMode::Continuous);
    CHECK(camera.record.pre_roll == 3s);
}

TEST_CASE("a plugin that finds its streams itself has a second one unless it is switched off") {
    const auto read = [](const std::string& more) {
        Problems problems;
        auto camera = parseCamera(
            "source: {plugin: onvif, address: 192.0.2.10, user: viewer, password: secret" + more + "}\n",
            "cameras.d/porch.yaml", plugins(), problems);
        for (const auto& problem : problems) FAIL(problem.format());
        return camera;
    };
    const auto camera = read("");
    CHECK(camera.source.settings.text("stream") == "main");
    CHECK(camera.health.open_timeout == seconds(10));
    REQUIRE(camera.sub.has_value());
    CHECK(camera.sub->text("stream") == "sub");
    CHECK(camera.sub->text("main_stream") == "main");
    CHECK(camera.sub->text("password") == "secret");
    CHECK_FALSE(camera.source.settings.has("main_stream"));
    const auto channel = read(", stream: p3, sub_stream: p4");
    CHECK(channel.source.settings.text("stream") == "p3");
    CHECK(channel.sub->text("stream") == "p4");
    CHECK(channel.sub->text("main_stream") == "p3");
    CHECK_FALSE(read(", sub_stream: \"off\"").sub.has_value());
    CHECK_FALSE(read(", sub_stream: off").sub.has_value());
}

TEST_CASE("zones, titles, booleans and choices of a camera are what was written, or an error") {
    const auto told = [](const std::string& text, const char* expected) {
        INFO(text);
        const std::string found = problemsOfCamera(std::string(kSource) + text);
        INFO(found);
        CHECK(found.find(expected) != std::string::npos);
    };
    told("detect: {zones: [{name: \"a\\nb\", polygon: [[0, 0], [1, 0], [1, 1]]}]}\n",
         "zones.name must not hold control characters");
    told(
        "detect: {zones: [{name: a, polygon: [[0, 0], [1, 0], [1, 1]]}, {name: a, polygon: [[0, 0], [1, 0], "
        "[1, 1]]}]}\n",
        "is the name of another one");
    told("detect: {zones: [{name: a, polygon: [[0, 0], [1, .inf], [1, nan]]}]}\n", "shares of the picture");
    told("title: Front #2\n", "porch.yaml:2:8: title ends before the #");
    told("detect: {absorb: 30}\n", "porch.yaml:2:18: detect.absorb needs a unit: write 30s");
    told("record: {pre_roll: 5}\n", "record.pre_roll needs a unit: write 5s");
    told("record: {pre_roll_max_bytes: 1TiB}\n", "must be a size from 256 KiB to 16.0 GiB");
    CHECK(problemsOfCamera(std::string(kSource) + "detect: {enabled: false, sensitivity: 70}\n").empty());
    told("detect: {enabled: false, sensitivty: 70}\n", "did you mean sensitivity?");
    told("health: {cpu_limit: nan}\n", "must be a number");
    told("health: {owner_action: {command: [/bin/true, ~]}}\n", "must be a single value");
    CHECK(problemsOfCamera(
              std::string(kSource) +
              "enabled: True\ndetect: {enabled: OFF}\nrecord: {mode: Off, max_bytes: 0, max_age: 0}\n"
              "title: Front  # the blue door\n")
              .empty());
}

TEST_CASE(
    "a password with a / ? # or a second @ is refused with what to write, and its pieces stand in no "
    "problem") {
    for (const char* url :
         {"rtsp://admin:geheim/Wort7@192.0.2.1/main", "rtsp://admin:geheim#Wort7@192.0.2.1/main",
          "rtsp://admin:geheim?Wort7@192.0.2.1/main", "rtsp://admin:geheim@Wort7@192.0.2.1/main",
          "rtsp://admin:geheim"}) {
        for (const char* key : {"url", "sub_url"}) {
            INFO(url << " as " << key);
            const std::string other = std::string(key) == "url" ? "" : "url: \"rtsp://192.0.2.1/main\", ";
            const std::string problems =
                problemsOfCamera("source: {plugin: ffmpeg, " + other + key + ": \"" + url + "\"}\n");
            CHECK(problems.find(std::string("source.") + key) != std::string::npos);
            CHECK(problems.find(std::string(url).size() < 20 ? "port" : "write ") != std::string::npos);
            CHECK(problems.find("geheim") == std::string::npos);
            CHECK(problems.find("Wort7") == std::string::npos);
        }
    }
    CHECK(problemsOfCamera("source: {plugin: ffmpeg, url: \"rtsp://admin:geheim%2FWort7@192.0.2.1/main\"}\n")
              .empty());
    CHECK(problemsOfMain("web: {url: \"https://ada:Kuckucksei@house.example\"}\n")
              .find("must not hold a user") != std::string::npos);
}

}  // namespace config_test
