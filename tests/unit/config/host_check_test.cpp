#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "config/host_check.h"
#include "config/loader.h"
#include "config/trust.h"
#include "support/catch.h"
#include "support/folder.h"
#include "support/skip.h"

namespace host_check_test {

using namespace porchlight;
using namespace porchlight::config;

namespace {

/// A configuration on disk, readable and writable for nobody else.
struct Installed {
    Installed() {
        std::filesystem::create_directories(folder / "cameras.d");
        std::filesystem::create_directories(folder / "data");
        write("data_dir: data\n");
        std::ofstream(camera()) << "source: {plugin: testpattern}\n";
        for (const auto& path :
             {folder.path(), folder / "cameras.d", folder / "data", folder / "porchlight.yaml", camera()})
            ::chmod(path.c_str(), 0700);
    }
    void write(const std::string& text) const { std::ofstream(folder / "porchlight.yaml") << text; }
    std::filesystem::path camera() const { return folder / "cameras.d/porch.yaml"; }
    LoadResult load() const {
        static const plugin::Catalogue plugins{std::filesystem::path(PORCHLIGHT_PLUGIN_DIR)};
        return config::load(folder / "porchlight.yaml", plugins, ::geteuid());
    }
    std::string stops() const {
        std::string out;
        for (const auto& problem : examineHost(load(), ::geteuid()).stops) out += problem.format() + "\n";
        return out;
    }
    test::Folder folder;
};

bool holds(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("a configuration or data folder that others may write is refused") {
    const Installed here;
    CHECK(here.stops().empty());
    for (const char* name : {"porchlight.yaml", "cameras.d", "data", "."}) {
        INFO(name);
        const auto path = here.folder / name;
        ::chmod(path.c_str(), 0777);
        CHECK(holds(here.stops(), "can be written by every user of this machine: chmod o-w "));
        ::chmod(path.c_str(), 0700);
        CHECK(here.stops().empty());
    }
    ::chmod(here.camera().c_str(), 0666);
    const auto result = here.load();
    REQUIRE(result.camera_problems.size() == 1);
    CHECK(holds(result.config.cameras[0].problem, "can be written by every user"));
}

TEST_CASE("passwords were taken from files that others may write") {
    const Installed here;
    const auto writeSecret = [&](const char* name, const std::string& text) {
        std::ofstream(here.folder / name) << text;
        ::chmod((here.folder / name).c_str(), 0600);
    };
    writeSecret("secrets.yaml", "broker: one\nporch: \"rtsp://u:p@192.0.2.1/main\"\n");
    writeSecret("broker", "two\n");
    std::ofstream(here.camera()) << "source: {plugin: ffmpeg, url: !secret porch}\n";
    for (const auto& [name, line] : {std::pair("secrets.yaml", "password: !secret broker"),
                                     std::pair("broker", "password_file: broker")}) {
        INFO(name);
        here.write("data_dir: data\nmqtt: {username: ada, " + std::string(line) + "}\n");
        CHECK(here.stops().empty());
        CHECK(here.load().camera_problems.empty());
        ::chmod((here.folder / name).c_str(), 0602);
        CHECK(holds(here.stops(), "a file with secrets could be changed by others: "));
        CHECK(holds(here.stops(), std::string(name) + " can be written by every user of this machine"));
        const auto result = here.load();
        CHECK(result.camera_problems.size() == (std::string(name) == "secrets.yaml" ? 1 : 0));
        ::chmod((here.folder / name).c_str(), 0600);
    }
    ::chmod((here.folder / "broker").c_str(), 0602);
    here.write("data_dir: data\n");
    CHECK(here.stops().empty());  // nobody reads it
}

TEST_CASE("what belongs to another user is refused") {
    if (::geteuid() != 0) return test::tellSkipped("needs root, to give files away");
    const Installed here;
    constexpr uid_t kStranger = 54321;
    for (const char* name : {"porchlight.yaml", "cameras.d", "data", "."}) {
        INFO(name);
        const auto path = here.folder / name;
        REQUIRE(::chown(path.c_str(), kStranger, kStranger) == 0);
        CHECK(holds(here.stops(), "belongs to the user 54321"));
        REQUIRE(::chown(path.c_str(), 0, 0) == 0);
    }
    REQUIRE(::symlink("/etc/hostname", (here.folder / "data/lock").c_str()) == 0);
    REQUIRE(::lchown((here.folder / "data/lock").c_str(), kStranger, kStranger) == 0);
    CHECK(holds(here.stops(), "data/lock belongs to the user 54321: remove it"));
}

TEST_CASE("a link that lies where others may write is theirs, wherever it leads") {
    const test::Folder folder;
    std::filesystem::create_directories(folder / "closed");
    std::filesystem::create_directories(folder / "open");
    std::ofstream(folder / "closed/file") << "x";
    std::filesystem::create_symlink(folder / "closed/file", folder / "open/link");
    CHECK(whyUntrusted(folder / "open/link", ::geteuid()).empty());
    ::chmod((folder / "open").c_str(), 0777);
    CHECK(holds(whyUntrusted(folder / "open/link", ::geteuid()), "open can be written by every user"));
    CHECK(whyUntrusted(folder / "closed/file", ::geteuid()).empty());
}

TEST_CASE("a group counts as others when somebody else is in it") {
    if (::geteuid() != 0) return test::tellSkipped("needs root, to give files away");
    const test::Folder folder;
    std::ofstream(folder / "file") << "x";
    ::chmod((folder / "file").c_str(), 0664);
    REQUIRE(::chown((folder / "file").c_str(), 0, 65534) == 0);  // the user nobody is in it
    CHECK(holds(whyUntrusted(folder / "file", 0), "can be written by other users"));
    REQUIRE(::chown((folder / "file").c_str(), 0, 54321) == 0);  // nobody is
    CHECK(whyUntrusted(folder / "file", 0).empty());
}

TEST_CASE("what the daemon could not listen on or keep its data in is told with its place") {
    const Installed here;
    const auto told = [&](const std::string& text, const char* expected) {
        here.write(text);
        const std::string found = here.stops();
        INFO(text << found);
        CHECK(holds(found, expected));
    };
    told("data_dir: data\nweb: {bind: 192.0.2.77}\n",
         "porchlight.yaml:2:13: web.bind 192.0.2.77 cannot be listened on: this machine has no such address");
    told("data_dir: porchlight.yaml\n", "porchlight.yaml:1:11: data_dir cannot be used:");
    told("data_dir: porchlight.yaml/data\n", "is no folder");
    here.write("data_dir: not/there/yet\nweb: {bind: localhost}\n");
    CHECK(here.stops().empty());
}

TEST_CASE("file systems without owners and sockets are told with what to do") {
    CHECK(holds(whyNoDataOn(0x2011bab0),
                "exFAT, which knows neither owners of files nor sockets: format it with ext4"));
    CHECK(holds(whyNoDataOn(0x4d44), "FAT"));
    CHECK(whyNoDataOn(0xef53).empty());      // ext4
    CHECK(whyNoDataOn(0x01021994).empty());  // tmpfs
}

TEST_CASE("a certificate authority that is not there is told by check-config, and harms no recording") {
    const Installed here;
    here.write("data_dir: data\nmqtt: {tls: true, ca_file: ca.pem}\n");
    const auto found = examineHost(here.load(), ::geteuid());
    CHECK(found.stops.empty());
    REQUIRE(found.troubles.size() == 1);
    CHECK(holds(found.troubles[0].format(), "porchlight.yaml:2:28: mqtt.ca_file " +
                                                (here.folder / "ca.pem").string() + " cannot be read"));
}

}  // namespace host_check_test
