/// What status, recover, sources and the rest print for people and for scripts: true, whole, and safe to
/// print.
#include <algorithm>
#include <sstream>

#include "command_line.h"

namespace words_test {

using namespace command_line;

namespace {

/// A camera that reports all there is to report.
camera::Status busyCamera() {
    camera::Status status;
    status.name = "porch";
    status.title = "The porch";
    status.state = camera::State::Degraded;
    status.reason = "no picture for 12 s";
    status.action = "a new process in 3 s";
    status.score = 70;
    status.consecutive_failures = 3;
    status.rung = "respawn_worker";
    status.source = "rtsp://192.0.2.7/main";
    status.codec = "h264";
    status.width_px = 1920;
    status.height_px = 1080;
    status.rate_hz = 12.5;
    status.distinct_age = milliseconds(12'300);
    status.record_mode = "continuous";
    status.is_recording = true;
    status.is_detect_on = true;
    status.active_event = "0000000000000007";
    status.viewers = 2;
    status.worker_pid = 4711;
    status.worker_starts = 3;
    status.rss_bytes = 48U << 20U;
    status.cpu_percent = 7.25;
    status.threads = 9;
    status.descriptors = 21;
    status.descriptors_max = 256;
    status.memory_max_bytes = 128U << 20U;
    status.queue_bytes = 1U << 20U;
    status.queue_max_bytes = 8U << 20U;
    status.is_detecting_on_main = true;
    status.switches = {{"porch", "record", "continuous", "motion", "ada", WallTime(seconds(1'790'000'000))}};
    return status;
}

bool hasControl(const std::string& text) {
    return text.find('\x1b') != std::string::npos || text.find("\xc2\x9b") != std::string::npos ||
           text.find('\a') != std::string::npos;
}

plugin::FoundSource found(const std::string& id, const std::string& title) {
    plugin::FoundSource source;
    source.plugin = "v4l2";
    source.camera.id = id;
    source.camera.title = title;
    source.camera.offers = "MJPEG 1280x720 30";
    source.camera.settings = {{"device", "/dev/video9"}};
    return source;
}

}  // namespace

TEST_CASE("status: a row tells state, failures, rung, age of the picture, cost and reason of each camera") {
    Appliance appliance;
    appliance.site.cameras.setStatus(busyCamera());
    const Said said = appliance.run({"status"});
    CHECK(said.code == 1);
    const std::string row = lineWith(said.out, "porch");
    for (const char* part :
         {"degraded", "70", " 3 ", "respawn_worker", "12.3 s", "48.0 MiB", "7.2 %", "no picture for 12 s"}) {
        INFO(row << " | " << part);
        CHECK(has(row, part));
    }
    const std::string idle = lineWith(said.out, "yard");
    CHECK(has(idle, "running"));
    CHECK(has(idle, "never"));  // no picture yet
    CHECK_FALSE(has(idle, "MiB"));
}

TEST_CASE(
    "status --detailed: source, recording, detection, viewers, switches, worker and what is being done") {
    Appliance appliance;
    appliance.site.cameras.setStatus(busyCamera());
    const std::string out = appliance.run({"status", "porch", "--detailed"}).out;
    for (const char* part :
         {"source rtsp://192.0.2.7/main (h264 1920x1080, 12.5 fps)", "record continuous (writing)",
          "detection on", "event 0000000000000007", "viewers 2",
          "record switched to continuous by ada at 2026-09-21T14:13:20", "the configuration says motion",
          "worker pid 4711, start 3, 48.0 MiB, 7.2 % of a core, 9 threads",
          "may use 128 MiB of memory; 21 of 256 descriptors, 1.0 MiB of 8.0 MiB in queues",
          "the sub stream fails: detecting on the main stream", "doing: a new process in 3 s"}) {
        INFO(part << "\n" << out);
        CHECK(has(out, part));
    }
    const std::string idle = appliance.run({"status", "yard", "--detailed"}).out;
    CHECK(has(idle, "detection off, event none"));
    CHECK(has(idle, "may use any amount of memory"));
    CHECK_FALSE(has(idle, "doing:"));
    CHECK_FALSE(has(idle, "(writing)"));
}

TEST_CASE("status: a camera that was switched off is well; one that starts, flaps or hangs is not") {
    Appliance appliance;
    for (const auto state : {camera::State::Disabled, camera::State::Starting, camera::State::Degraded,
                             camera::State::Offline, camera::State::Wedged}) {
        auto status = *appliance.site.cameras.status("yard");
        status.state = state;
        appliance.site.cameras.setStatus(status);
        INFO(camera::nameOf(state));
        const int code = state == camera::State::Disabled ? 0 : 1;
        CHECK(appliance.run({"status"}).code == code);
        CHECK(appliance.run({"status", "yard", "--json"}).code == code);
        CHECK(appliance.run({"status", "porch"}).code == 0);
    }
}

TEST_CASE("status: what a start still has to do is told with the cameras, and only while it lasts") {
    Appliance appliance;
    CHECK_FALSE(has(appliance.run({"status"}).out, "compared"));
    auto& work = appliance.site.system.storage.housekeeping;
    work.emplace();
    work->files_done = 1200;
    work->files_total = 40'000;
    work->adopted = 7;
    CHECK(has(appliance.run({"status"}).out, "1200 of 40000 files, 7 had no row"));
    CHECK_FALSE(has(appliance.run({"status", "--json"}).out, "compared"));
}

TEST_CASE("monitor: for people a line holds the time and the row of status; for scripts, an object a line") {
    Appliance appliance;
    appliance.site.cameras.setStatus(busyCamera());
    const Said people = appliance.run({"monitor", "--interval", "1s", "--duration", "100ms"});
    CHECK(people.code == 0);
    const std::string line = lineWith(people.out, "porch");
    CHECK(line.substr(4, 1) == "-");
    CHECK(has(line, "Z  porch"));
    CHECK(has(line, "no picture for 12 s"));
    CHECK(has(lineWith(people.out, "yard"), "running"));
    const Said scripts = appliance.run({"monitor", "--interval", "1s", "--duration", "100ms", "--json"});
    std::istringstream lines(scripts.out);
    std::vector<std::string> names;
    for (std::string text; std::getline(lines, text);) {
        const auto object = Poco::JSON::Parser().parse(text).extract<Poco::JSON::Object::Ptr>();
        CHECK(object->has("at"));
        names.push_back(object->getValue<std::string>("name"));
    }
    CHECK(names == std::vector<std::string>{"porch", "yard"});
}

TEST_CASE("recover: as JSON it is the report, and rung 2 where none is named") {
    Appliance appliance;
    const Said said = appliance.run({"recover", "porch", "--json"});
    CHECK(said.code == 0);
    const auto report = said.json();
    CHECK(report->getValue<int>("rung") == 2);
    CHECK(report->getValue<std::string>("outcome") == "recovered");
    CHECK(report->getArray("steps")->size() == 2);
    CHECK(appliance.site.cameras.recoveries == 1);
    CHECK(has(appliance.run({"recover", "porch", "--rung=5"}).out, "rung 5, owner_action"));
}

TEST_CASE("test: latencies of those that came, in words and as JSON") {
    Appliance appliance;
    const Said people = appliance.run({"test", "porch", "-n", "3", "--timeout", "1s"});
    CHECK(people.code == 0);
    CHECK(has(people.out, "porch: 3 of 3 tests gave a picture"));
    CHECK(has(people.out, "latency min 0.0"));
    const auto json = appliance.run({"test", "porch", "-n", "3", "--json"}).json();
    CHECK(json->getValue<int>("n") == 3);
    CHECK(json->getValue<int>("successes") == 3);
    CHECK(json->getValue<std::int64_t>("latency_min_us") <= json->getValue<std::int64_t>("latency_max_us"));
    appliance.site.cameras.still_error = "no picture within the deadline";
    const Said bad = appliance.run({"test", "porch", "-n", "2", "--timeout", "200ms", "--json"});
    CHECK(bad.code == 1);
    const auto fault = bad.json()->getArray("faults")->getObject(0);
    CHECK(fault->getValue<std::string>("kind") == "timeout");
    CHECK(fault->getValue<int>("count") == 2);
}

TEST_CASE("snapshot: where a picture cannot be put is told before anybody is asked for it") {
    Appliance appliance;
    std::ofstream(appliance.folder / "file") << "x";
    for (const std::string& place :
         {(appliance.folder / "none").string(), (appliance.folder / "file").string(),
          (appliance.folder / std::string(300, 'd')).string()}) {
        INFO(place);
        const Said said = appliance.run({"snapshot", "porch", "--out", place});
        CHECK(said.code == 1);
        CHECK(has(said.err, "--out " + place));
        CHECK(said.out.empty());
    }
}

TEST_CASE("sources: of each camera what it is, whose it is, or what to write; problems on standard error") {
    Appliance appliance;
    CHECK(has(appliance.run({"sources"}).out, "No camera found."));
    appliance.site.found.sources = {found("usb-1", "HD Webcam"), found("usb-2", "Old Webcam")};
    appliance.site.found.sources[1].camera.problem = "is in use";
    appliance.site.found.problems = {"the network does not answer"};
    const Said people = appliance.run({"sources"});
    CHECK(people.code == 0);
    CHECK(has(people.out, "HD Webcam (v4l2)\n    usb-1\n    offers MJPEG 1280x720 30\n"));
    CHECK(has(people.out, "    is in use\n"));
    CHECK(has(people.out, "source: {plugin: v4l2, device: \"/dev/video9\"}"));
    CHECK(has(people.err, "porchlight: the network does not answer"));
    const auto json = appliance.run({"sources", "--json"}).json();
    CHECK(json->getArray("sources")->size() == 2);
    CHECK(json->getArray("problems")->size() == 1);
    const Said lines = appliance.run({"sources", "--lines"});
    CHECK(lineWith(lines.out, "HD Webcam") ==
          "v4l2\thd-webcam\tHD Webcam\t{plugin: v4l2, device: \"/dev/video9\"}\t");
    CHECK(std::count(lines.out.begin(), lines.out.end(), '\n') == 2);
}

TEST_CASE("nothing that a camera or a network says moves the cursor of the owner's terminal") {
    Appliance appliance;
    const std::string hostile =
        "Cam\x1b[2J\xc2\x9b"
        "31m\a";
    appliance.site.found.sources = {found("usb-1" + hostile, hostile)};
    appliance.site.found.problems = {hostile};
    const Said sources = appliance.run({"sources"});
    CHECK(has(sources.out, "Cam"));
    CHECK_FALSE(hasControl(sources.out + sources.err));
    CHECK_FALSE(hasControl(appliance.run({"sources", "--lines"}).out));
    CHECK_FALSE(has(appliance.run({"sources", "--json"}).out, "\x1b"));  // data, and yet escaped

    auto status = busyCamera();
    status.reason = status.action = status.source = hostile;
    appliance.site.cameras.setStatus(status);
    const Said shown = appliance.run({"status", "--detailed"});
    CHECK(has(lineWith(shown.out, "degraded"), "Cam"));
    CHECK_FALSE(hasControl(shown.out));
    CHECK_FALSE(hasControl(appliance.run({"monitor", "--duration", "100ms"}).out));

    appliance.site.cameras.still_error = hostile;
    CHECK_FALSE(hasControl(appliance.run({"test", "porch", "-n", "1"}).out));
    const Said failed = appliance.run({"status", hostile});
    CHECK(failed.code == 1);
    CHECK_FALSE(hasControl(failed.err));
    const fs::path odd = appliance.site.config.recordingsDir() / "porch/\x1b[2Jx.mp4";
    fs::create_directories(odd.parent_path());
    std::ofstream(odd) << "x";
    fs::last_write_time(odd, fs::file_time_type::clock::now() - std::chrono::hours(1));
    const Said checked = appliance.run({"check"});
    INFO(checked.out);
    CHECK(has(checked.out, "x.mp4"));
    CHECK_FALSE(hasControl(checked.out));
}

}  // namespace words_test
