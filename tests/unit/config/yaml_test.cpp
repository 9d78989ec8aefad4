/// What stands in the files, as YAML and as people mean it: units, quotes, secrets.
#include <unistd.h>

#include <fstream>

#include "base/text.h"
#include "config/loader.h"
#include "reading.h"
#include "support/catch.h"
#include "support/folder.h"

namespace yaml_test {

using namespace porchlight;
using namespace porchlight::config;
using namespace porchlight::config::testing;
using namespace std::chrono_literals;

TEST_CASE("units are read as people write them") {
    Problems problems;
    const auto config = parseMain(
        "storage: {max_age: 2w, max_event_age: 14 days, sync_interval: 0, max_bytes: 20G, min_free_bytes: "
        "1.5 GB, spool_max_bytes: 512mb}\n"
        "health: {history_max_age: 90 Days}\nweb: {bind: localhost, tls: Off}\n",
        "porchlight.yaml", plugins(), problems);
    for (const auto& problem : problems) FAIL(problem.format());
    CHECK(config.storage.max_age == 336h);
    CHECK(config.storage.max_event_age == 336h);
    CHECK(config.storage.sync_interval == 0s);
    CHECK(config.storage.max_bytes == 20ULL << 30U);
    CHECK(config.storage.min_free_bytes == 1'500'000'000ULL);
    CHECK(config.storage.spool_max_bytes == 512'000'000ULL);
    CHECK(config.history_max_age == 2160h);
    CHECK(config.web.bind == "127.0.0.1");
    CHECK(config.web.tls == TlsMode::Off);
}

TEST_CASE("what YAML drops in silence is told with its place") {
    const std::pair<const char*, const char*> cases[] = {
        {"mqtt:\n  password: #geheim1\n", "porchlight.yaml:2:3: mqtt.password has no value"},
        {"mqtt:\n  password: open #sesame\n", "porchlight.yaml:2:13: mqtt.password ends before the #"},
        {"mqtt:\n  password: ~\n", "porchlight.yaml:2:3: mqtt.password has no value"},
        {"mqtt:\n  password: null\n", "mqtt.password has no value"},
        {"mqtt:\n  password:\n  host: a\n", "porchlight.yaml:2:3: mqtt.password has no value"},
        {"mqtt:\n  password: &geheim\n", "anchor"},
        {"mqtt:\n  password: &geheim word\n", "porchlight.yaml:2:13: names an anchor"},
        {"mqtt:\n  password: *geheim\n", "there is no anchor"},
        {"mqtt:\n  password: !geheim\n", "a tag (!) is not understood"},
        {"mqtt:\n  password: !!str 12\n", "a tag (!) is not understood"},
        {"mqtt:\n  password: !secret\n", "mqtt.password: "},
        {"mqtt:\n  password: @home\n", "put it in quotes"},
        {"mqtt:\n  password: %home\n", "put it in quotes"},
        {"mqtt:\n  password: \"geheim\n  host: b\n",
         "porchlight.yaml:2:13: a quote is opened here and never closed"},
        {"mqtt:\n  password: 'it''s geheim\n", "never closed"},
        {"mqtt:\n  password: !\n", "a tag (!) is not understood"},
        {"mqtt:\n  password: {geheim}\n", "porchlight.yaml:2:14: a key without a ':' behind it"},
        {"mqtt:\n  password: [geheim]\n", "mqtt.password must be a single value"},
        {"mqtt:\n  password: |\n    geheim\n", "control characters"},
        {"mqtt:\n  password: a\n  host: b\n  password: c\n",
         "porchlight.yaml:4:3: the key password stands here again, it stood in line 2 already"},
        {"web: {port: 1}\nmqtt: {}\nweb: {port: 2}\n", "porchlight.yaml:3:1: the key web stands here again"},
        {"a: &a {port: 1}\nweb: {<<: *a}\n", "porchlight.yaml:2:7: merge keys"},
        {"web: &a [*a]\n", "refers to what it stands in"},
        {"web: {port: 1}\n---\nweb: {port: 2}\n", "something follows the end"},
        {"web: {port: 1}\nstorage", "porchlight.yaml:2:1: a key without a ':' behind it"},
        {"web: {port}\n", "porchlight.yaml:1:7: a key without a ':' behind it"},
        {"web: {port: 1}\n%log_level: info\n", "porchlight.yaml:2:1: a line that begins with %"},
        {"{web: {port: 1}}\nmqtt: {}\n", "porchlight.yaml:2:1: "},
        {"? [a]\n: b\n", "cannot be a key"},
        {"web:\n\tport: 1\n", "porchlight.yaml:2:1: a line is indented with a tab"},
        {"", "porchlight.yaml:1:1: the file is empty"},
        {" \n\n", "the file is empty"},
        {"web: {bind: \"K\xfc"
         "che\"}\n",
         "porchlight.yaml:1:15: a byte that is no UTF-8"},
        {"# \x1b[31m\n", "porchlight.yaml:1:3: a control character"},
        {"\xff\xfew\0e\0", "the file is UTF-16"},
        {"web: {}\rmqtt: {}\r", "an odd end of line"},
    };
    for (const auto& [text, expected] : cases) {
        INFO(text);
        const std::string found = problemsOfMain(text);
        INFO(found);
        CHECK(found.find(expected) != std::string::npos);
        for (const char* secret : {"geheim", "sesame"}) CHECK(found.find(secret) == std::string::npos);
    }
    CHECK(problemsOfMain(std::string("web: {port: 1}\n\0\0", 17)).find("porchlight.yaml:2:1: a NUL byte") !=
          std::string::npos);
    CHECK(problemsOfMain("web: " + std::string(100'000, '[') + std::string(100'000, ']'))
              .find("porchlight.yaml:1:37: nested deeper") != std::string::npos);
    CHECK(problemsOfMain("# K\xc3\xbc"
                         "che\nweb: {bind: \"K\xc3\xbc"
                         "che\", prot: 1}\n")
              .find("porchlight.yaml:2:22: unknown key web.prot") != std::string::npos);
    CHECK(problemsOfMain("\xef\xbb\xbfweb: {port: 8443}\r\n").empty());
}

TEST_CASE("what stands in quotes, behind an alias or in block scalars counts as YAML says") {
    Problems problems;
    const auto config = parseMain(
        "web: {port: &port 8444, bind: '127.0.0.1'}\nmqtt: {port: *port, username: ada, password: \"#geheim "
        "~\\u00fc\"}\n",
        "porchlight.yaml", plugins(), problems);
    for (const auto& problem : problems) FAIL(problem.format());
    REQUIRE(config.alerts.size() == 1);
    CHECK(config.alerts[0].settings.integer("port") == 8444);
    CHECK(config.alerts[0].settings.text("password") == "#geheim ~\xc3\xbc");
}

TEST_CASE("what YAML takes for one word is not repeated where it may hold a password") {
    const std::string problems =
        problemsOfCamera("source: {plugin: testpattern, password:Kuckucksei7, \"token=Kuckucksei7\": 1}\n");
    INFO(problems);
    CHECK(problems.find("porch.yaml:1:31: a key without a ':' behind it") != std::string::npos);
    CHECK(problems.find("Kuckuck") == std::string::npos);
}

TEST_CASE("secrets may come from secrets.yaml and from files") {
    const test::Folder folder;
    const auto write = [&](const char* name, const std::string& text) {
        std::ofstream(folder.path() / name) << text;
    };
    write("secrets.yaml", "mqtt_password: \"#geheim\"\nporch: rtsp://u:p@192.0.2.1/main\nempty: ~\n");
    const auto load = [&](const std::string& text, std::string& told) {
        Problems problems;
        auto config = parseMain(text, folder.path() / "porchlight.yaml", plugins(), problems);
        told = problems.empty() ? "" : problems.front().format();
        return config.alerts.empty() ? Settings() : config.alerts[0].settings;
    };
    std::string told;
    load("mqtt: {password: !secret mqtt_password}\n", told);
    CHECK(told.find("secrets.yaml:3:1: empty has no value") != std::string::npos);
    write("secrets.yaml", "mqtt_password: \"#geheim\"\nporch: rtsp://u:p@192.0.2.1/main\n");
    CHECK(load("mqtt: {username: ada, password: !secret mqtt_password}\n", told).text("password") ==
          "#geheim");
    CHECK(told.empty());
    load("mqtt: {password: !secret geheim1}\n", told);
    CHECK(told.find("porchlight.yaml:1:18: mqtt.password: there is no such name in") != std::string::npos);
    CHECK(told.find("geheim1") == std::string::npos);
    load("mqtt: {port: !secret mqtt_password}\n", told);
    CHECK(told.find("geheim") == std::string::npos);
    CHECK(told.find("mqtt.port must be a whole number") != std::string::npos);
    write("word", "geheim 2\n");
    CHECK(load("mqtt: {password_file: word, username: ada}\n", told).text("password") == "geheim 2");
    CHECK(told.empty());
    load("mqtt: {password_file: word}\n", told);
    CHECK(told.find("porchlight.yaml:1:23: mqtt.password_file needs username beside it") !=
          std::string::npos);
    for (const char* wrong :
         {"mqtt: {password_file: missing}\n", "mqtt: {password_file: word, password: x}\n",
          "mqtt: {password_file: .}\n", "mqtt: {password_file: secrets.yaml}\n"}) {
        load(wrong, told);
        INFO(wrong << told);
        CHECK(told.find("porchlight.yaml:1:23: mqtt.password_file") != std::string::npos);
        CHECK(told.find("geheim") == std::string::npos);
    }
    Problems problems;
    const auto camera = parseCamera("source: {plugin: ffmpeg, url: !secret porch}\n",
                                    folder.path() / "cameras.d/porch.yaml", plugins(), problems);
    CHECK(problems.empty());
    CHECK(camera.source.settings.text("url") == "rtsp://u:p@192.0.2.1/main");
}

}  // namespace yaml_test
