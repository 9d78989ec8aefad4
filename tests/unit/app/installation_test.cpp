/// Where the parts of an installation are looked for, and what is said when they are not there.
#include "app/discover/plugin_probe.h"
#include "app/paths.h"
#include "app/worker_library.h"
#include "command_line.h"
#include "support/environment.h"

namespace installation_test {

using namespace command_line;

namespace {

/// What an Error's text says; empty when nothing is thrown.
template <class Action>
std::string refusalOf(ErrorKind kind, Action action) {
    try {
        action();
        return "";
    } catch (const Error& error) {
        CHECK(error.kind() == kind);
        return error.what();
    }
}

/// A program that stands for `porchlightd probe-plugins`.
fs::path script(const test::Folder& folder, const std::string& text) {
    const fs::path file = folder / "probe";
    std::ofstream(file) << "#!/bin/sh\n" << text;
    fs::permissions(file, fs::perms::owner_all);
    return file;
}

plugin::Listing listingOf(const std::vector<plugin::Listing>& listings, const std::string& name) {
    for (const auto& listing : listings)
        if (listing.name == name) return listing;
    FAIL("no plugin " + name);
    return {};
}

}  // namespace

TEST_CASE("the configuration: the one that is given, else that of the environment, else the first there is") {
    const test::Folder home;
    const test::EnvironmentValue home_value("HOME", home.path().string());
    const test::EnvironmentValue named("PORCHLIGHT_CONFIG", (home / "named.yaml").string());
    CHECK(app::findConfig("/given/porchlight.yaml") == "/given/porchlight.yaml");
    CHECK(app::findConfig("given.yaml") == fs::current_path() / "given.yaml");
    CHECK(app::findConfig("") == home / "named.yaml");
    named.set("");
    for (const char* place : {"/etc/porchlight/porchlight.yaml", "/var/lib/porchlight/porchlight.yaml"})
        if (fs::exists(place))
            return;  // an installed appliance: its own comes before that of the home folder
    const std::string why = refusalOf(ErrorKind::Misconfigured, [] { app::findConfig(""); });
    for (const std::string& place :
         {std::string("/etc/porchlight/porchlight.yaml"), std::string("/var/lib/porchlight/porchlight.yaml"),
          (home / ".local/share/porchlight/porchlight.yaml").string()})
        CHECK(has(why, place));
    CHECK(has(why, "--config FILE"));
    CHECK(has(run({"status"}).err, "no configuration found"));
    CHECK(run({"status"}).code == 1);
    fs::create_directories(home / ".local/share/porchlight");
    std::ofstream(home / ".local/share/porchlight/porchlight.yaml") << "\n";
    CHECK(app::findConfig("") == home / ".local/share/porchlight/porchlight.yaml");
}

TEST_CASE("the parts of the build tree that this program runs from are there") {
    const app::Paths paths = app::Paths::find();
    CHECK(fs::is_directory(paths.plugins));
    CHECK(fs::is_regular_file(paths.worker_library));
    CHECK(fs::is_regular_file(paths.daemon));
    CHECK(paths.webroot.parent_path() == paths.plugins.parent_path());
}

TEST_CASE("a worker library that is not there, or is none, is told by its name") {
    const test::Folder folder;
    const std::string gone =
        refusalOf(ErrorKind::NotSupported, [&] { app::loadWorker(folder / "libporchlight-worker.so"); });
    CHECK(has(gone, (folder / "libporchlight-worker.so").string()));
    CHECK(has(gone, "No such file"));
    std::ofstream(folder / "text.so") << "no library\n";
    CHECK(has(refusalOf(ErrorKind::NotSupported, [&] { app::runProof(folder / "text.so", {"prove"}); }),
              "text.so"));
    const fs::path other = app::Paths::find().plugins / "record-fmp4.so";
    REQUIRE(fs::exists(other));
    CHECK(has(refusalOf(ErrorKind::NotSupported, [&] { app::runDetect(other, {"detect"}); }),
              "porchlight_detect_main"));
}

TEST_CASE("plugins: each with its kind and version, one of them with its settings, none of an unknown name") {
    const Said all = run({"plugins"});
    CHECK(all.code == 0);
    for (const char* name : {"testpattern", "ffmpeg", "v4l2", "motion", "mqtt", "fmp4"}) {
        INFO(name << "\n" << all.out);
        CHECK(has(all.out, name));
    }
    CHECK(has(all.out, "found libavformat"));
    CHECK_FALSE(has(all.out, "default 1883"));
    const Said one = run({"plugins", "mqtt"});
    CHECK(one.code == 0);
    CHECK(has(one.out, "default 1883"));
    CHECK(has(one.out, "Name or address of the MQTT broker."));
    CHECK_FALSE(has(one.out, "testpattern"));
    const auto listed = run({"plugins", "ffmpeg", "--json"}).json()->getArray("plugins");
    REQUIRE(listed->size() == 1);
    CHECK(listed->getObject(0)->getValue<std::string>("name") == "ffmpeg");
    const Said none = run({"plugins", "ffmpegg"});
    CHECK(none.code == 1);
    CHECK(has(none.err, "there is no plugin ffmpegg"));
}

TEST_CASE("a plugin on which the looking process dies is refused; what it said of the others counts") {
    const test::Folder folder;
    const plugin::Catalogue catalogue{fs::path(PORCHLIGHT_PLUGIN_DIR)};
    const auto fileOf = [&](const char* name) {
        return listingOf(catalogue.all(), name).file.filename().string();
    };
    const auto probe = [&](const std::string& text) {
        return app::probeInChild(catalogue, script(folder, text).string());
    };
    const std::string done = "printf 'loading\\t" + fileOf("mqtt") + "\\ndone\\t" + fileOf("mqtt") +
                             "\\tlibmosquitto 9.9\\t\\n'\n";
    const auto crashed = probe(done + "printf 'loading\\t" + fileOf("v4l2") + "\\n'\nkill -SEGV $$\n");
    CHECK(crashed.size() == catalogue.all().size());
    CHECK(listingOf(crashed, "mqtt").refusal.empty());
    CHECK(listingOf(crashed, "mqtt").runtime == "libmosquitto 9.9");
    CHECK(listingOf(crashed, "v4l2").refusal == "crashes or hangs while it is loaded");
    CHECK(listingOf(crashed, "ffmpeg").refusal.empty());
    const auto refused =
        probe("printf 'done\\t" + fileOf("ffmpeg") + "\\t\\tlibavformat.so.99 is missing\\n'\n");
    CHECK(listingOf(refused, "ffmpeg").refusal == "libavformat.so.99 is missing");
    const auto garbage = probe("printf '\\t\\t\\t\\ndone\\nloading\\t../../etc\\n\\377\\000\\n'\n");
    for (const auto& listing : garbage) CHECK(listing.refusal.empty());
    const auto none = app::probeInChild(catalogue, "/nowhere/porchlightd");
    CHECK(none.size() == catalogue.all().size());
    for (const auto& listing : none) CHECK(listing.refusal.empty());
}

TEST_CASE(
    "detect: what is wrong is told with 64; a camera's detector, rate and gap are used for its footage") {
    const test::Folder folder;
    const std::string config = configure(folder, folder / "data");
    const std::string clip = (folder / "none.mp4").string();
    CHECK(run({"detect"}).code == 64);
    CHECK(has(run({"detect"}).err, "no file given"));
    CHECK(run({"detect", "--no-such-option", clip}).code == 64);
    const Said gone = run({"detect", clip});
    CHECK(gone.code == 1);
    CHECK(has(gone.err, "none.mp4"));
    for (const app::Words& words : {app::Words{"detect", clip, "--config", config, "--camera", "porch"},
                                    app::Words{"--config", config, "detect", "--camera=porch", clip},
                                    app::Words{"detect", "--config=" + config, "--camera=porch", clip}}) {
        const Said said = run(words);
        INFO(words.back() << "\n" << said.err);
        CHECK(said.code == 1);  // all is well but the file
        CHECK(has(said.err, "none.mp4"));
    }
    const Said unknown = run({"--config", config, "detect", "--camera", "shed", clip});
    CHECK(unknown.code == 1);
    CHECK(has(unknown.err, "no camera 'shed'"));
    const Said half = run({"--config", config, "detect", clip, "--camera"});
    CHECK(half.code == 64);
    CHECK(has(half.err, "--camera needs a value"));
}

}  // namespace installation_test
