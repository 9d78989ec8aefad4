/// The command line against a server that runs: what it prints, and the exit code that scripts go by.
#include <unistd.h>

#include "command_line.h"
#include "support/skip.h"

namespace program_test {

using namespace command_line;

TEST_CASE("words that are wrong end with 64 and name the nearest right ones") {
    CHECK(run({"--help"}).code == 0);
    CHECK(has(run({}).out, "usage: porchlight"));
    CHECK(has(run({"help"}).out, "check-config"));
    CHECK(has(run({"--version"}).out, "porchlight "));
    CHECK(has(run({"test", "--help"}).out, "CAMERA [-n N]"));
    const Said typo = run({"stauts"});
    CHECK(typo.code == 64);
    CHECK(has(typo.err, "did you mean status?"));
    CHECK(run({"--confg", "x", "status"}).code == 64);
    CHECK(run({"--config"}).code == 64);
}

TEST_CASE("what is wrong with a command's own words is told before anything is asked") {
    Appliance appliance;
    const app::Words wrong[] = {{"status", "--jsn"},
                                {"status", "porch", "yard"},
                                {"recover", "porch", "--rung", "6"},
                                {"recover"},
                                {"control", "porch", "mvoe"},
                                {"control", "porch", "move"},
                                {"control", "porch", "move", "--pan", "1.1"},
                                {"control", "porch", "move", "--pan", "1", "--for", "11s"},
                                {"control", "porch", "output", "r1", "dim"},
                                {"test", "porch", "-n", "0"},
                                {"test", "porch", "--timeout", "5"},
                                {"events", "--from", "yesterday"},
                                {"logs", "--limit", "many"},
                                {"export", "--camera", "porch"},
                                {"export", "--from", "-1h"},
                                {"snapshot"},
                                {"user", "rename", "ada"},
                                {"user", "add"},
                                {"monitor", "--interval", "1"}};
    for (const app::Words& words : wrong) {
        INFO(words[0] << " " << words.back());
        const Said said = appliance.run(words);
        CHECK(said.code == 64);
        CHECK(has(said.err, "Try: porchlight --help"));
    }
}

TEST_CASE("without a daemon a question ends with 2, without a configuration with 1, and both say why") {
    const test::Folder folder;
    const std::string config = configure(folder, folder / "data");
    CHECK(run({"--config", config, "status"}).code == 2);
    CHECK(run({"status", "--config", config}).code == 2);  // also behind the command
    const Said nowhere = run({"--config", (folder / "none.yaml").string(), "status"});
    CHECK(nowhere.code == 1);
    CHECK(has(nowhere.err, "none.yaml"));
    std::ofstream(folder / "porchlight.yaml", std::ios::app) << "colour: red\n";
    const Said wrong = run({"--config", config, "status"});
    CHECK(wrong.code == 1);
    CHECK(has(wrong.err, "porchlight.yaml:3:1"));
}

TEST_CASE("status: exit code 0 while all cameras are well, 1 when one is not; of one camera or of all") {
    Appliance appliance;
    const Said well = appliance.run({"status"});
    CHECK(well.code == 0);
    CHECK(has(well.out, "porch"));
    CHECK(has(well.out, "yard"));
    auto status = *appliance.site.cameras.status("yard");
    status.state = camera::State::Offline;
    status.reason = "no route to host";
    appliance.site.cameras.setStatus(status);
    const Said ill = appliance.run({"status", "--detailed"});
    CHECK(ill.code == 1);
    CHECK(has(ill.out, "no route to host"));
    CHECK(appliance.run({"status", "porch"}).code == 0);
    const auto json = appliance.run({"status", "yard", "--json"}).json();
    CHECK(json->getArray("cameras")->getObject(0)->getValue<std::string>("state") == "offline");
    const Said unknown = appliance.run({"status", "shed"});
    CHECK(unknown.code == 1);
    CHECK(has(unknown.err, "no such camera"));
}

TEST_CASE("monitor: a line a camera and interval until its time is over") {
    Appliance appliance;
    const Said said = appliance.run({"monitor", "--interval", "100ms", "--duration", "1s", "--json"});
    CHECK(said.code == 0);
    const auto lines = std::count(said.out.begin(), said.out.end(), '\n');
    CHECK(lines % 2 == 0);
    CHECK(lines >= 4);  // a slow machine gets no further
    CHECK(lines <= 22);
}

TEST_CASE("recover: tells the steps, and ends with 0 only when the camera is back") {
    Appliance appliance;
    const Said said = appliance.run({"recover", "porch", "--rung", "3"});
    CHECK(said.code == 0);
    CHECK(has(said.out, "rung 3, respawn_worker"));
    CHECK(has(said.out, "worker 7 is killed"));
    CHECK(has(said.out, "porch: recovered after 1.5 s"));
    CHECK(appliance.run({"recover", "shed"}).code == 1);
}

TEST_CASE("control: lists what a camera offers, and tells it") {
    Appliance appliance;
    const Said nothing = appliance.run({"control", "porch"});
    CHECK(nothing.code == 1);
    CHECK(has(nothing.out, "porch offers nothing to control"));
    ipc::Offer offer;
    offer.is_there = true;
    offer.actions = (1U << static_cast<unsigned>(CameraAction::Move)) |
                    (1U << static_cast<unsigned>(CameraAction::GoToPreset));
    offer.presets = {{"p1", "gate \x1b[31m", false}};
    offer.outputs = {{"r1", "lamp", true}};
    offer.is_clock_known = true;
    offer.clock_ahead_us = -90'000'000;
    auto status = *appliance.site.cameras.status("porch");
    status.offer = std::make_shared<const ipc::Offer>(offer);
    appliance.site.cameras.setStatus(status);
    const Said listed = appliance.run({"control", "porch"});
    CHECK(listed.code == 0);
    CHECK(has(listed.out, "preset TOKEN"));
    CHECK_FALSE(has(listed.out, "infrared"));
    CHECK(has(listed.out, "lamp (on)"));
    CHECK(has(listed.out, "behind"));
    CHECK_FALSE(has(listed.out, "\x1b"));
    CHECK(appliance.run({"control", "porch", "--json"}).json()->getObject("offer")->has("presets"));

    const Said moved = appliance.run({"control", "porch", "move", "--pan", "-0.5", "--for", "2s"});
    CHECK(moved.code == 0);
    CHECK(moved.out == "porch: move done\n");
    REQUIRE(appliance.site.cameras.commands.size() == 1);
    CHECK(appliance.site.cameras.commands[0].pan == -0.5F);
    CHECK(appliance.site.cameras.commands[0].lasts == seconds(2));
    CHECK(appliance.run({"control", "porch", "output", "r1", "off"}).code == 0);
    CHECK(appliance.site.cameras.commands[1].token == "r1");
    CHECK_FALSE(appliance.site.cameras.commands[1].is_on);
    CHECK(appliance.run({"control", "porch", "save-preset", "door", "--token", "p1"}).code == 0);
    CHECK(appliance.site.cameras.commands[2].name == "door");
    appliance.site.cameras.command_result = {camera::CommandOutcome::Refused, "no place p9"};
    const Said refused = appliance.run({"control", "porch", "preset", "p9"});
    CHECK(refused.code == 1);
    CHECK(has(refused.err, "no place p9"));
}

TEST_CASE("test: counts pictures and faults, and ends with 1 when one failed") {
    Appliance appliance;
    const Said good = appliance.run({"test", "porch", "-n", "2"});
    CHECK(good.code == 0);
    CHECK(has(good.out, "porch: 2 of 2 tests gave a picture"));
    appliance.site.cameras.still_error = "worker ended";
    const Said bad = appliance.run({"test", "porch", "-n", "1", "--timeout", "200ms"});
    CHECK(bad.code == 1);
    CHECK(has(bad.out, "1 x no_worker: worker ended"));
    CHECK(has(bad.out, "latency min -"));
}

TEST_CASE("snapshot: a file a camera, named by camera and time; 1 when a picture is missing") {
    Appliance appliance;
    const Said said = appliance.run({"snapshot", "porch", "yard", "--out", appliance.folder.path().string()});
    CHECK(said.code == 0);
    const fs::path file = appliance.folder / "porch-2026-09-21T14-13-20.000Z.jpg";
    CHECK(has(said.out, file.string()));
    CHECK(readAll(file) == "\xff\xd8\xff\xd9");
    CHECK(has(said.out, "spread of the sensors' times"));
    appliance.site.cameras.still_error = "camera is off";
    const Said bad = appliance.run({"snapshot", "porch", "--out", appliance.folder.path().string(),
                                    "--attempts", "1", "--timeout", "1s", "--json"});
    CHECK(bad.code == 1);
    CHECK_FALSE(bad.json()->getArray("snapshots")->getObject(0)->has("file"));
    CHECK(appliance.run({"snapshot", "porch", "--out", "/nowhere"}).code == 1);
}

TEST_CASE("events: newest first, as many as wanted, under the filter") {
    Appliance appliance;
    CHECK(has(appliance.run({"events"}).out, "no events"));
    for (const char* id : {"0000000000000001", "0000000000000002", "0000000000000003"}) {
        appliance.site.addEvent(id);
        appliance.site.clock.advance(seconds(60));
    }
    const Said all = appliance.run({"events"});
    CHECK(all.code == 0);
    CHECK(all.out.find("0000000000000003") < all.out.find("0000000000000001"));
    CHECK(has(all.out, "4 s"));
    CHECK(has(all.out, "zone path"));
    const Said two = appliance.run({"events", "--limit", "2", "--json"});
    CHECK(std::count(two.out.begin(), two.out.end(), '\n') == 2);
    CHECK(has(appliance.run({"events", "--camera", "yard"}).out, "no events"));
    CHECK(appliance.run({"events", "--camera", "yard", "--json"}).out.empty());
}

TEST_CASE("coverage, logs: questions about what is not there are answered, too") {
    Appliance appliance;
    const Said coverage =
        appliance.run({"coverage", "--from", "2026-09-21T13:00:00Z", "--to", "2026-09-21T14:00:00Z"});
    CHECK(coverage.code == 0);
    CHECK(has(coverage.out, "porch"));
    CHECK(has(coverage.out, "recorded"));
    CHECK(appliance.run({"coverage", "--camera", "yard", "--json"}).json()->getArray("cameras")->size() == 1);
    CHECK(has(appliance.run({"logs", "--errors"}).out, "no lines"));
}

TEST_CASE("user: accounts come and go; the last administrator stays; nobody reads a password") {
    const test::Folder folder;
    const std::string config = configure(folder, folder / "data");
    const auto user = [&](app::Words words, const std::string& password = "") {
        words.insert(words.begin(), {"--config", config, "user"});
        std::istringstream in(password + "\n");
        std::streambuf* const before = std::cin.rdbuf(in.rdbuf());
        Said said = run(words);
        std::cin.rdbuf(before);
        CHECK((password.empty() || !has(said.out + said.err, password)));
        return said;
    };
    if (::isatty(STDIN_FILENO) != 0)
        return test::tellSkipped("standard input is a terminal: passwords would come from there");
    CHECK(user({"add", "ada", "--role", "admin"}, "correct horse battery").code == 0);
    CHECK(user({"add", "vic"}, "correct horse battery").code == 0);
    CHECK(user({"add", "vic"}, "correct horse battery").code == 1);
    CHECK(user({"add", "eve", "--role", "root"}, "correct horse battery").code == 64);
    CHECK(user({"add", "eve"}, "short").code == 1);
    CHECK(user({"passwd", "vic"}, "another horse battery").code == 0);
    CHECK(user({"passwd", "eve"}, "another horse battery").code == 1);
    const auto users = user({"list", "--json"}).json()->getArray("users");
    REQUIRE(users->size() == 2);
    CHECK(users->getObject(0)->getValue<std::string>("role") == "admin");
    const Said last = user({"remove", "ada"});
    CHECK(last.code == 1);
    CHECK(has(last.err, "last administrator"));
    CHECK(user({"remove", "vic"}).code == 0);
    CHECK(user({"list", "--json"}).json()->getArray("users")->size() == 1);
}

TEST_CASE("check-config: good, wrong, and what scripts ask of it") {
    const test::Folder folder;
    const std::string config = configure(folder, folder / "data");
    const Said good = run({"check-config", config, "--memory", "2GiB"});
    CHECK(good.code == 0);
    CHECK(has(good.out, "good, 1 camera(s)"));
    const auto json = run({"check-config", config, "--memory", "2GiB", "--json"}).json();
    CHECK(json->getArray("problems")->empty());
    CHECK(json->getValue<int>("cameras") == 1);
    CHECK(json->getObject("settings")->getValue<std::string>("web.port") == "8443");
    CHECK(json->getObject("memory")->getValue<bool>("fits"));
    CHECK(run({"check-config", config, "--memory", "32MiB"}).code == 1);
    CHECK(run({"check-config", config, "--memory", "512"}).code == 1);  // of what?
    std::ofstream(folder / "cameras.d/porch.yaml") << "source: {plugin: testpatern}\n";
    const Said bad = run({"check-config", config, "--json"});
    CHECK(bad.code == 1);
    const auto problem = bad.json()->getArray("problems")->getObject(0);
    CHECK(problem->getValue<int>("line") == 1);
    CHECK(has(problem->getValue<std::string>("message"), "did you mean testpattern?"));
    CHECK(has(run({"check-config", config}).out, "porch.yaml:1:"));
}

TEST_CASE(
    "check: a history without files is clean, recordings out of reach are wrong until their loss is "
    "accepted") {
    Appliance appliance;
    const Said clean = appliance.run({"check"});
    CHECK(clean.code == 0);
    CHECK(has(clean.out, "clean"));
    fs::create_directories(appliance.site.config.recordingsDir() /
                           "porch/2026-09-21");  // empty, as a mount point is
    store::RecordingRow row;
    row.camera = "porch";
    row.path = "porch/2026-09-21/gone.mp4";
    row.started_at = appliance.site.clock.wallNow() - std::chrono::hours(2);
    row.video = Codec::H264;
    const auto id = appliance.site.store->recordings.insert(row);
    appliance.site.store->recordings.finish(id, row.started_at + seconds(60), 1000);
    const Said wrong = appliance.run({"check", "--json"});
    CHECK(wrong.code == 1);
    const auto findings = wrong.json()->getArray("findings");
    INFO(wrong.out);
    REQUIRE(findings->size() == 1);
    CHECK(has(findings->getObject(0)->getValue<std::string>("problem"), "1 recordings are out of reach"));
    CHECK_FALSE(findings->getObject(0)->getValue<bool>("is_repaired"));
    CHECK(has(appliance.run({"check"}).out, "porchlight check --repair puts this right"));
    CHECK(has(appliance.run({"check", "--repair", "--accept-loss"}).out, "repaired"));
    CHECK(has(appliance.run({"check"}).out, "clean"));
}

}  // namespace program_test
