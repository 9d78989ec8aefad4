#include "config/memory_plan.h"

#include <unistd.h>

#include <fstream>

#include "support/catch.h"

namespace memory_plan_test {

using namespace porchlight;
using namespace porchlight::config;

namespace {

constexpr std::uint64_t kMiB = 1ULL << 20U;

CameraConfig networkCamera(const std::string& name, bool has_sub) {
    CameraConfig camera;
    camera.name = name;
    camera.source.plugin = "ffmpeg";
    camera.traits.delivers = kDeliversCoded | kDeliversJpeg;
    camera.source.settings.set("url", "rtsp://192.0.2.1/main");
    if (has_sub) {
        camera.sub = camera.source.settings;
        camera.sub->set("url", "rtsp://192.0.2.1/sub");
    }
    return camera;
}

Config configOf(std::vector<CameraConfig> cameras, MemoryProfile profile) {
    Config config;
    config.memory = profile;
    config.cameras = std::move(cameras);
    return config;
}

void write(const std::filesystem::path& file, const std::string& text) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
}

}  // namespace

TEST_CASE("a 512 MB board carries four cameras with sub streams and not forty") {
    const MachineMemory board{430 * kMiB, "machine"};  // what Linux has of 512
    std::vector<CameraConfig> cameras;
    for (int i = 0; i < 4; ++i) cameras.push_back(networkCamera("c" + std::to_string(i), true));
    CHECK(planMemory(configOf(cameras, MemoryProfile::Lite), board).fits());
    for (int i = 4; i < 40; ++i) cameras.push_back(networkCamera("c" + std::to_string(i), true));
    const auto plan = planMemory(configOf(cameras, MemoryProfile::Lite), board);
    CHECK_FALSE(plan.fits());
    CHECK(plan.verdict().find("does not fit") != std::string::npos);
    CHECK(planMemory(configOf(cameras, MemoryProfile::Standard), {4096 * kMiB, "machine"}).fits());
}

TEST_CASE("the plan is the sum of its lines and says how each came about") {
    auto scene = networkCamera("scene", false);
    scene.source.plugin = "testpattern";
    scene.traits.delivers = kDeliversPictures;
    scene.source.settings.set("width", "1280");
    scene.source.settings.set("height", "720");
    auto off = networkCamera("off", false);
    off.is_enabled = false;
    auto broken = networkCamera("broken", false);
    broken.problem = "no such plugin";
    const auto plan =
        planMemory(configOf({scene, off, broken, networkCamera("porch", true)}, MemoryProfile::Standard),
                   {1024 * kMiB, "machine"});
    std::uint64_t sum = 0;
    for (const auto& item : plan.items) {
        sum += item.bytes;
        CHECK_FALSE(item.how.empty());
    }
    CHECK(sum == plan.needed_bytes);
    const std::string text = plan.text();
    CHECK(text.find("camera scene: worker") != std::string::npos);
    CHECK(text.find("pictures of 1280x720 for encoding") != std::string::npos);
    CHECK(text.find("640x360 (assumed)") != std::string::npos);
    CHECK(text.find("camera off") == std::string::npos);
    CHECK(text.find("camera broken") == std::string::npos);
}

TEST_CASE(
    "memory for the pre-roll that was written counts, whatever the profile; the default is smaller on small "
    "boards") {
    RecordConfig record;
    CHECK(ringMaxBytes(record, MemoryProfile::Standard) == 16 * kMiB);
    CHECK(ringMaxBytes(record, MemoryProfile::Lite) == 6 * kMiB);
    record.pre_roll_max_bytes = 16 * kMiB;
    CHECK(ringMaxBytes(record, MemoryProfile::Lite) == 16 * kMiB);
}

TEST_CASE("prediction and measurement of a worker agree within a fifth") {
    // Private memory measured with the daemon (MiB); see docs/memory.md.
    const auto worker = [](const CameraConfig& camera) {
        return planMemory(configOf({camera}, MemoryProfile::Standard), {1024 * kMiB, "machine"})
                   .items.at(2)
                   .bytes /
               kMiB;
    };
    auto scene = networkCamera("scene", false);
    scene.source.plugin = "testpattern";
    scene.traits.delivers = kDeliversPictures;
    scene.source.settings.set("width", "1280");
    scene.source.settings.set("height", "720");
    CHECK(worker(scene) == Approx(34.1).epsilon(0.2));
    CHECK(worker(networkCamera("main", false)) == Approx(30.9).epsilon(0.2));  // 1080p
    auto passed = networkCamera("passed", false);
    passed.detect.is_enabled = false;
    CHECK(worker(passed) == Approx(2.7).epsilon(0.2));
    CHECK(worker(networkCamera("sub", true)) == Approx(12.5).epsilon(0.2));
}

TEST_CASE("what is encoded follows from what a plugin delivers and the settings leave of it") {
    const auto encoded = [](std::uint32_t delivers, const std::string& url, const std::string& format,
                            bool passes_mjpeg) {
        CameraConfig camera;
        camera.traits.delivers = delivers;
        if (!url.empty()) camera.source.settings.set("url", url);
        if (!format.empty()) camera.source.settings.set("format", format);
        camera.record.passes_mjpeg = passes_mjpeg;
        return isEncoded(camera);
    };
    const std::uint32_t network = kDeliversCoded | kDeliversJpeg;
    CHECK_FALSE(encoded(network, "rtsp://192.0.2.1/main", "", false));
    CHECK(encoded(network, "http://192.0.2.1/live", "", false));
    CHECK(encoded(network, "/clips/a.avi", "", false));
    CHECK_FALSE(encoded(network, "http://192.0.2.1/live", "", true));
    CHECK(encoded(kDeliversJpeg, "http://192.0.2.1/still.jpg", "", false));
    CHECK(encoded(kDeliversJpeg, "/run/still", "", false));
    CHECK_FALSE(encoded(kDeliversJpeg, "/run/still", "", true));
    CHECK(encoded(kDeliversPictures, "", "", true));
    CHECK_FALSE(encoded(kDeliversAnything, "", "mjpeg", true));
    CHECK(encoded(kDeliversAnything, "", "auto", true));  // raw pictures, perhaps
    CHECK(encoded(CaptureTraits{}.delivers, "", "", true));
}

TEST_CASE("the buffers that a plugin asks for are room in its worker, once for each stream") {
    auto camera = networkCamera("a", true);
    const auto before = workerMaxBytes(camera, MemoryProfile::Lite);
    const auto queues = planMemory(configOf({camera}, MemoryProfile::Lite), {}).queues_bytes;
    camera.traits.buffer_bytes += 10 * kMiB;
    CHECK(workerMaxBytes(camera, MemoryProfile::Lite) == before + 20 * kMiB);
    CHECK(planMemory(configOf({camera}, MemoryProfile::Lite), {}).queues_bytes == queues + 20 * kMiB);
}

TEST_CASE("a worker's limit has room for the largest camera of its profile") {
    auto scene = networkCamera("scene", false);
    scene.source.plugin = "testpattern";
    scene.traits.delivers = kDeliversPictures;
    scene.source.settings.set("width", "1920");
    scene.source.settings.set("height", "1080");
    CHECK(workerMaxBytes(scene, MemoryProfile::Standard) >
          158 * kMiB);  // measured: what is reserved, stacks included
    CHECK(workerMaxBytes(networkCamera("a", false), MemoryProfile::Standard) >
          workerMaxBytes(networkCamera("a", false), MemoryProfile::Lite));
    CHECK(workerMaxBytes(networkCamera("a", false), MemoryProfile::Lite) < 256 * kMiB);
    CHECK(workerMaxBytes(networkCamera("a", true), MemoryProfile::Lite) >
          workerMaxBytes(networkCamera("a", false), MemoryProfile::Lite));
}

TEST_CASE("the machine's memory is what the control group leaves of it") {
    const auto root =
        std::filesystem::temp_directory_path() / ("porchlight-memory-" + std::to_string(::getpid()));
    write(root / "proc/meminfo", "MemTotal:        4000000 kB\nMemFree: 1 kB\n");
    CHECK(machineMemory(root).total_bytes == 4'000'000ULL * 1024);
    write(root / "proc/self/cgroup", "0::/system.slice/porchlight.service\n");
    write(root / "sys/fs/cgroup/system.slice/porchlight.service/memory.max", "max\n");
    write(root / "sys/fs/cgroup/system.slice/memory.max", "419430400\n");
    const auto memory = machineMemory(root);
    CHECK(memory.total_bytes == 419'430'400);
    CHECK(memory.limited_by == "control group");
    CHECK(profileFor(memory.total_bytes) == MemoryProfile::Lite);
    CHECK(profileFor(600 * kMiB) == MemoryProfile::Standard);
    std::filesystem::remove_all(root);
    CHECK(machineMemory().total_bytes > 64 * kMiB);
}

}  // namespace memory_plan_test
