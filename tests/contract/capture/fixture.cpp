#include "fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <stdexcept>

#include "base/text.h"
#include "support/folder.h"

extern "C" {
#include <libavutil/log.h>
}

namespace porchlight::contract {
namespace fs = std::filesystem;
namespace {

const fs::path& folder() {
    static const test::Folder made;  // goes with the process
    return made.path();
}

const plugin::Catalogue& catalogue() {
    static const plugin::Catalogue read{fs::path(PORCHLIGHT_PLUGIN_DIR)};
    return read;
}

std::string recipe(const std::string& name) {
    const std::string picture = "-f lavfi -i testsrc2=s=320x240:r=30:d=1 ";
    const std::string tone = "-f lavfi -i sine=440:sample_rate=44100:d=1 ";
    const std::map<std::string, std::string> recipes{
        {"baseline.mp4",
         picture + tone +
             "-c:v libx264 -preset ultrafast -profile:v baseline -pix_fmt yuv420p -g 15 -c:a aac"},
        {"bframes.mp4", picture + "-c:v libx264 -preset veryfast -bf 3 -pix_fmt yuv420p -g 15"},
        {"h265.mp4",
         picture +
             "-c:v libx265 -preset ultrafast -x265-params log-level=none:bframes=0 -pix_fmt yuv420p -g 15"},
        {"mjpeg.avi", picture + "-c:v mjpeg -q:v 6 -pix_fmt yuvj420p"},
        {"pcm.mkv", picture + tone + "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 15 -c:a pcm_s16le"},
        {"flac.mkv", picture + tone + "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 15 -c:a flac"},
        {"sound.ts", picture + tone + "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 15 -c:a aac"},
        {"mute.ts",
         "-f lavfi -i testsrc2=s=64x64:r=10:d=9 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 10"},
        {"loud.ts", "-f lavfi -i testsrc2=s=64x64:r=10:d=2 " + tone +
                        "-c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 10 -c:a aac -output_ts_offset 9"},
        {"tone.aac", tone + "-c:a aac"},
        {"tone.mulaw", tone + "-ar 8000 -c:a pcm_mulaw -f mulaw"},
        {"tone.alaw", tone + "-ar 8000 -c:a pcm_alaw -f alaw"},
        {"tone.g726le", tone + "-ar 8000 -c:a g726le -b:a 32k -f g726le"},
        {"tone.opus", tone + "-ar 48000 -ac 2 -c:a libopus"},
        {"still.jpg", "-f lavfi -i testsrc2=s=320x240 -frames:v 1 -update 1 -pix_fmt yuvj420p"},
        {"other.jpg", "-f lavfi -i testsrc=s=320x240 -frames:v 1 -update 1 -pix_fmt yuvj420p"},
        {"small.jpg", "-f lavfi -i testsrc2=s=160x120 -frames:v 1 -update 1 -pix_fmt yuvj420p"},
        {"vp9.webm", "-f lavfi -i testsrc2=s=64x64:r=5:d=1 -c:v libvpx-vp9 -deadline realtime -cpu-used 8"},
    };
    return recipes.at(name);
}

std::string canonical(const SettingSpec& spec) {
    const std::string text = spec.default_value;
    if (spec.type != SettingType::Duration) return text;
    return std::to_string(base::parseDuration(text).value().count());
}

std::string withUser(const std::string& scheme, const std::string& user, int port, const std::string& path) {
    return scheme + "://" + (user.empty() ? "" : user + "@") + "127.0.0.1:" + std::to_string(port) + "/" +
           path;
}

std::size_t entries(const char* path) {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(path), fs::directory_iterator()));
}

/// Starts a server of tests/support. -> the first line that it prints
std::string startServer(const std::string& script, const std::vector<std::string>& arguments, pid_t& pid) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe2");
    base::Fd reading(ends[0]);
    base::Fd writing(ends[1]);
    std::vector<std::string> words{"python3",
                                   std::string(PORCHLIGHT_SOURCE_DIR) + "/tests/support/" + script};
    words.insert(words.end(), arguments.begin(), arguments.end());
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, writing.get(), STDOUT_FILENO);
    const int result = ::posix_spawnp(&pid, "python3", &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (result != 0) throw std::runtime_error("cannot start the camera server");
    writing.reset();
    std::string line;
    char letter = 0;
    while (::read(reading.get(), &letter, 1) == 1 && letter != '\n') line += letter;
    return line;
}

/// libav's log belongs to the host: the worker passes it on, the tests drop it.
void dropLog(void*, int, const char*, va_list) {}
[[maybe_unused]] const bool is_log_dropped = (av_log_set_callback(dropLog), true);

std::string planFile(const Values& plan) {
    std::string cameras;
    for (const auto& [name, members] : plan)
        cameras += (cameras.empty() ? "\"" : ", \"") + name + "\": {" + members + "}";
    const std::string report = (folder() / "odd.report.json").string();
    return fileWith("odd.json", R"({"report": ")" + report + R"(", "cameras": {)" + cameras + "}}");
}

}  // namespace

Settings settingsOf(const std::string& plugin, const Values& values) {
    const plugin::Listing* listing = catalogue().find(PluginKind::Capture, plugin);
    if (listing == nullptr) throw std::runtime_error("no capture plugin " + plugin);
    Settings settings;
    for (const SettingSpec& spec : listing->settings)
        if (spec.is_required == 0) settings.set(spec.name, canonical(spec));
    for (const auto& [name, value] : values) settings.set(name, value);
    return settings;
}

std::unique_ptr<CaptureSource> make(const std::string& plugin) {
    return catalogue().load(PluginKind::Capture, plugin)->create<CaptureSource>();
}

std::string clip(const std::string& name) {
    const fs::path path = folder() / name;
    if (fs::exists(path)) return path.string();
    const std::string command = "ffmpeg -nostdin -v error -y " + recipe(name) + " " + path.string();
    if (std::system(command.c_str()) != 0) throw std::runtime_error("failed: " + command);
    return path.string();
}

std::string fileWith(const std::string& name, const std::string& bytes) {
    const fs::path path = folder() / name;
    std::ofstream(path, std::ios::binary) << bytes;
    return path.string();
}

std::string cameraDevice(const std::string& format) {
    if (const char* named =
            std::getenv(format.empty() ? "PORCHLIGHT_TEST_CAMERA" : "PORCHLIGHT_TEST_CAMERA_MJPEG"))
        return named;
    for (int i = 0; i < 64; ++i) {
        const std::string device = "/dev/video" + std::to_string(i);
        if (!fs::exists(device)) continue;
        try {
            Values values{{"device", device}};
            if (!format.empty()) values.emplace_back("format", format);
            make("v4l2")->open(settingsOf("v4l2", values), Deadline::in(std::chrono::seconds(5)));
            return device;
        } catch (const Error&) {
            continue;  // metadata nodes, cameras without that format
        }
    }
    return {};
}

std::string whyNoCamera(const std::string& format) {
    if (catalogue().find(PluginKind::Capture, "v4l2") == nullptr) return "the plugin is not built here";
    if (!cameraDevice(format).empty()) return {};
    return "no V4L2 camera at this machine" + (format.empty() ? std::string() : " sends " + format);
}

std::string libcameraCamera() {
    if (const char* named = std::getenv("PORCHLIGHT_TEST_LIBCAMERA")) return named;
    static const std::string first = [] {
        std::string id;
        const auto take = [&](const FoundCamera& camera) {
            if (id.empty() && camera.problem.empty()) id = camera.id;
        };
        catalogue()
            .load(PluginKind::Capture, "libcamera")
            ->discover(take, Deadline::in(std::chrono::seconds(10)));
        return id;
    }();
    return first;
}

std::string whyNoLibcamera() {
    if (catalogue().find(PluginKind::Capture, "libcamera") == nullptr) return "the plugin is not built here";
    try {
        return libcameraCamera().empty() ? "libcamera finds no camera at this machine" : "";
    } catch (const Error& error) {
        return error.what();
    }
}

bool onlyWarningsOfLibcamera(const std::string& printed) {
    for (const std::string& line : base::split(printed, '\n')) {
        const auto has = [&](const char* text) { return line.find(text) != std::string::npos; };
        const bool is_version = has(" INFO Camera ") && has("libcamera v");
        if (!line.empty() && (!line.starts_with('[') || !(has(" WARN ") || has("ERROR ") || is_version)))
            return false;
    }
    return true;
}

ServerProcess::ServerProcess(const std::string& script, const std::vector<std::string>& arguments)
    : first_line_(startServer(script, arguments, pid_)) {}

ServerProcess::~ServerProcess() {
    ::kill(pid_, SIGTERM);
    ::waitpid(pid_, nullptr, 0);
}

CameraServer::CameraServer(const std::vector<std::string>& arguments, const std::string& script)
    : process_(script, arguments) {
    if (std::sscanf(process_.firstLine().c_str(), "ready rtsp=%d http=%d", &rtsp_port_, &http_port_) != 2)
        throw std::runtime_error("the camera server did not start");
}

std::string CameraServer::rtsp(const std::string& path, const std::string& user) const {
    return withUser("rtsp", user, rtsp_port_, path);
}

std::string CameraServer::http(const std::string& path, const std::string& user) const {
    return withUser("http", user, http_port_, path);
}

OddCameras::OddCameras(const Values& plan) : process_("odd_cameras.py", {planFile(plan)}) {
    if (!process_.firstLine().starts_with("ready {"))
        throw std::runtime_error("the odd cameras did not start");
}

std::string OddCameras::url(const std::string& scheme, const std::string& name,
                            const std::string& user) const {
    const std::string word = "\"" + name + "\": ";
    const std::string& ready = process_.firstLine();
    return withUser(scheme, user, std::stoi(ready.substr(ready.find(word) + word.size())), "main");
}

Error openError(const Values& values, Monotonic::duration limit) {
    const auto source = make("ffmpeg");
    try {
        source->open(settingsOf("ffmpeg", values), Deadline::in(limit));
    } catch (const Error& error) {
        return error;
    }
    throw std::runtime_error("open succeeded");
}

Resources Resources::now() {
    return {entries("/proc/self/fd"), entries("/proc/self/task")};
}

Silence::Silence()
    : file_(::memfd_create("output", MFD_CLOEXEC)),
      out_(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)),
      err_(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3)) {
    std::fflush(nullptr);
    ::dup2(file_.get(), STDOUT_FILENO);
    ::dup2(file_.get(), STDERR_FILENO);
}

Silence::~Silence() {
    end();
}

std::string Silence::end() {
    if (!out_) return {};
    std::fflush(nullptr);
    ::dup2(out_.get(), STDOUT_FILENO);
    ::dup2(err_.get(), STDERR_FILENO);
    out_.reset();
    err_.reset();
    std::string written(static_cast<std::size_t>(::lseek(file_.get(), 0, SEEK_END)), '\0');
    if (::pread(file_.get(), written.data(), written.size(), 0) < 0) return "(unreadable)";
    return written;
}

}  // namespace porchlight::contract
