#include "camera/fleet/fleet.h"

#include <dirent.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <thread>

#include "listener.h"
#include "support/catch.h"
#include "support/eventually.h"

namespace fleet_test {

using namespace porchlight;
using namespace porchlight::camera;
using namespace std::chrono_literals;
using test::eventually;

namespace {

/// Counts what the cameras deliver.
class Counting final : public testing::DeafListener {
  public:
    void onFragment(const std::string& camera, std::shared_ptr<const Fragment> fragment) override {
        const std::lock_guard lock(mutex);
        ++fragments[camera];
        if (fragment->starts_with_key) key_starts.push_back(fragment->started_at);
        if (!fragment->init || fragment->init->bytes.empty() || fragment->bytes.empty()) ++broken;
    }
    void onStreamEnded(const std::string&) override { ++ended; }
    void onDetection(const std::string&, ipc::DetectionReady) override { ++detections; }
    void onStateChange(const StateChange& change) override {
        const std::lock_guard lock(mutex);
        changes.push_back(change);
    }
    void onTick(Monotonic::time_point) override { ++ticks; }

    int fragmentsOf(const std::string& camera) {
        const std::lock_guard lock(mutex);
        return fragments[camera];
    }

    std::mutex mutex;
    std::map<std::string, int> fragments;
    std::vector<StateChange> changes;
    std::vector<WallTime> key_starts;  ///< of the fragments that begin with a keyframe
    std::atomic<int> broken{0}, ended{0}, detections{0}, ticks{0};
};

config::CameraConfig scene(const std::string& name) {
    config::CameraConfig camera;
    camera.name = camera.title = name;
    camera.source.plugin = "testpattern";
    for (const auto& [key, value] :
         std::initializer_list<std::pair<const char*, const char*>>{{"width", "320"},
                                                                    {"height", "240"},
                                                                    {"fps", "10"},
                                                                    {"seed", "1"},
                                                                    {"figure_every", "20000000"},
                                                                    {"figure_for", "6000000"},
                                                                    {"noise", "4"},
                                                                    {"light", "day"},
                                                                    {"light_period", "60000000"}})
        camera.source.settings.set(key, value);
    camera.detect.is_enabled = false;
    camera.detect.detector = {};
    return camera;
}

std::string stateOf(const Fleet& fleet, const std::string& camera) {
    return nameOf(fleet.status(camera)->state);
}

int parentOf(int pid) {
    std::ifstream in("/proc/" + std::to_string(pid) + "/stat");
    std::string word;
    for (int i = 0; i < 4; ++i) in >> word;
    return word.empty() ? -1 : std::stoi(word);
}

int threadsOf(int pid) {
    DIR* folder = ::opendir(("/proc/" + std::to_string(pid) + "/task").c_str());
    if (folder == nullptr) return 0;
    int count = 0;
    while (const dirent* entry = ::readdir(folder)) count += entry->d_name[0] != '.';
    ::closedir(folder);
    return count;
}

FleetOptions options() {
    FleetOptions out;
    out.program = PORCHLIGHTD;
    out.plugin_folder = PORCHLIGHT_PLUGIN_DIR;
    return out;
}

}  // namespace

TEST_CASE("workers deliver; one that is killed comes back and the other never stops") {
    base::SystemClock clock;
    Counting listener;
    Fleet fleet({scene("porch"), scene("drive")}, options(), clock, listener);
    fleet.start();
    REQUIRE(eventually(
        [&] { return stateOf(fleet, "porch") == "running" && stateOf(fleet, "drive") == "running"; }));
    REQUIRE(
        eventually([&] { return listener.fragmentsOf("porch") > 0 && listener.fragmentsOf("drive") > 0; }));

    const int victim = fleet.status("porch")->worker_pid;
    const int other = fleet.status("drive")->worker_pid;
    CHECK(threadsOf(parentOf(victim)) == 1);  // forking is only safe from a process without other threads
    CHECK(parentOf(victim) == parentOf(other));
    ::kill(victim, SIGKILL);
    const auto killed_at = Monotonic::now();
    CHECK(eventually([&] {
        return fleet.status("porch")->worker_pid != victim && stateOf(fleet, "porch") == "running" &&
               fleet.status("porch")->worker_starts == 2;
    }));
    CHECK(Monotonic::now() - killed_at < 10s);
    CHECK(fleet.status("drive")->worker_pid == other);
    CHECK(listener.broken == 0);
    {
        const std::lock_guard lock(listener.mutex);
        const bool is_told =
            std::any_of(listener.changes.begin(), listener.changes.end(), [](const StateChange& change) {
                return change.camera == "porch" &&
                       change.detail.find("killed by signal 9") != std::string::npos;
            });
        CHECK(is_told);
    }

    SECTION("also when the fork server is killed with everything it knows") {
        ::kill(parentOf(other), SIGKILL);
        ::kill(other, SIGKILL);
        CHECK(eventually([&] {
            return fleet.status("drive")->worker_pid != other && fleet.status("drive")->worker_starts >= 2 &&
                   stateOf(fleet, "drive") == "running";
        }));
    }
    SECTION("a worker that stops answering is replaced") {
        ::kill(other, SIGSTOP);
        CHECK(eventually([&] {
            return fleet.status("drive")->worker_starts == 2 && stateOf(fleet, "drive") == "running";
        }));
    }
    const auto stopped_at = Monotonic::now();
    fleet.stop();
    CHECK(Monotonic::now() - stopped_at < 5s);
    for (const auto& status : fleet.statuses()) CHECK(status.worker_pid == 0);
}

TEST_CASE("a keyframe that is asked for comes before its time") {
    base::SystemClock clock;
    Counting listener;
    Fleet fleet({scene("porch")}, options(), clock, listener);
    fleet.start();
    const auto keys = [&] {
        const std::lock_guard lock(listener.mutex);
        return listener.key_starts;
    };
    REQUIRE(eventually([&] { return keys().size() >= 2; }));
    CHECK(fleet.requestKeyframe("porch"));
    CHECK_FALSE(fleet.requestKeyframe("attic"));
    REQUIRE(eventually([&] { return keys().size() >= 4; }));
    const auto starts = keys();
    // Without a wish they are 2 s apart.
    CHECK(starts[1] - starts[0] > 1'900ms);
    CHECK(starts[2] - starts[1] < 1'500ms);
    CHECK(starts[3] - starts[2] > 1'900ms);
    fleet.stop();
}

TEST_CASE(
    "stills come from all cameras at once, and a dead one does not delay the answer past its deadline") {
    base::SystemClock clock;
    Counting listener;
    auto broken = scene("broken");
    broken.problem = "broken.yaml:1:1: no";
    Fleet fleet({scene("porch"), broken}, options(), clock, listener);
    fleet.start();
    REQUIRE(eventually([&] { return stateOf(fleet, "porch") == "running"; }));
    const auto began_at = Monotonic::now();
    const auto stills = fleet.stills({"porch", "broken", "nowhere"}, Deadline::in(10s));
    CHECK(Monotonic::now() - began_at < 11s);
    REQUIRE(stills.size() == 3);
    CHECK(stills[0].error.empty());
    REQUIRE(stills[0].jpeg.size() > 100);
    CHECK(stills[0].jpeg[0] == 0xff);
    CHECK(stills[1].error == "broken.yaml:1:1: no");
    CHECK(stills[2].error == "no such camera");
    CHECK(stateOf(fleet, "broken") == "offline");
}

TEST_CASE("JPEGs flow while somebody watches and stop afterwards") {
    base::SystemClock clock;
    Counting listener;
    Fleet fleet({scene("porch")}, options(), clock, listener);
    fleet.start();
    REQUIRE(eventually([&] { return stateOf(fleet, "porch") == "running"; }));
    auto viewer = fleet.live().watch("porch");
    const auto first = viewer->next(0, Deadline::in(15s));
    REQUIRE(first);
    CHECK(viewer->next(first->number, Deadline::in(15s)));
    viewer.reset();
    CHECK(eventually([&] { return fleet.status("porch")->viewers == 0; }));
}

TEST_CASE("a plugin that is not there leaves the camera offline with the reason") {
    base::SystemClock clock;
    Counting listener;
    auto camera = scene("porch");
    camera.source.plugin = "camera-obscura";
    Fleet fleet({camera}, options(), clock, listener);
    fleet.start();
    CHECK(eventually(
        [&] { return fleet.status("porch")->reason.find("camera-obscura") != std::string::npos; }));
}

}  // namespace fleet_test
