#include "config/loader.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/fd.h"
#include "base/text.h"
#include "config/memory_plan.h"
#include "config/plugin_settings.h"

namespace porchlight::config {
namespace {

std::string readFile(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    if (!in) throw base::errnoError("read " + file.string(), errno);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    if (in.bad()) throw base::errnoError("read " + file.string(), errno);
    return text;
}

YAML::Node parseYaml(const std::string& text, const std::filesystem::path& file, Problems& problems) {
    try {
        if (text.size() > (1U << 20U)) throw YAML::Exception(YAML::Mark(), "the file is larger than 1 MiB");
        return YAML::Load(text);
    } catch (const YAML::Exception& error) {
        problems.push_back({file, error.mark.line + 1, error.mark.column + 1, "is no valid YAML: " + error.msg});
        return YAML::Node();
    }
}

std::string installed(const plugin::Catalogue& plugins, PluginKind kind) {
    std::string out;
    for (const auto& name : plugins.names(kind)) out += (out.empty() ? "" : ", ") + name;
    return out.empty() ? "none" : out;
}

/// Reads `plugin: NAME` of a section and that plugin's settings beside it.
const plugin::Listing* readPlugin(Section& section, PluginKind kind, const std::string& otherwise,
                                  const plugin::Catalogue& plugins, PluginChoice& choice) {
    choice.plugin = section.text("plugin", otherwise);
    if (choice.plugin.empty()) {
        section.problem("plugin", "is needed; installed: " + installed(plugins, kind));
        return nullptr;
    }
    const plugin::Listing* listing = plugins.find(kind, choice.plugin);
    if (listing == nullptr) {
        const auto nearest = base::nearestName(choice.plugin, plugins.names(kind));
        section.problem("plugin", "'" + choice.plugin + "' is not an installed " + nameOf(kind) + " plugin" +
                                      (nearest ? " (did you mean " + *nearest + "?)" : "; installed: " + installed(plugins, kind)));
        return nullptr;
    }
    choice.settings = readPluginSettings(section, *listing);
    return listing;
}

void readSource(Section section, const plugin::Catalogue& plugins, CameraConfig& camera) {
    if (!section.isPresent()) {
        section.problemAt(YAML::Node(), "source is needed, for example source: {plugin: ffmpeg, url: \"rtsp://...\"}");
        return;
    }
    const auto* listing = readPlugin(section, PluginKind::Capture, "", plugins, camera.source);
    if (listing == nullptr) return;
    if (camera.source.settings.has("url") && section.has("sub_url")) {
        camera.sub = camera.source.settings;
        camera.sub->set("url", section.text("sub_url", ""));
    }
    section.finish();
}

void readDetect(Section section, const plugin::Catalogue& plugins, DetectConfig& detect) {
    detect.is_enabled = section.boolean("enabled", detect.is_enabled);
    detect.rate_hz = section.number("fps", detect.rate_hz, 1, 30);
    detect.event_gap = section.duration("event_gap", detect.event_gap, seconds(1), seconds(300));
    if (!detect.is_enabled && !section.has("plugin")) detect.detector = {};
    else if (readPlugin(section, PluginKind::Detect, "motion", plugins, detect.detector) == nullptr) return;
    section.finish();
}

void readRecord(Section section, RecordConfig& record) {
    record.mode = static_cast<RecordMode>(1 + section.choice("mode", 1, {"off", "motion", "continuous"}));
    record.pre_roll = section.duration("pre_roll", record.pre_roll, seconds(0), seconds(60));
    record.post_roll = section.duration("post_roll", record.post_roll, seconds(0), seconds(300));
    record.max_event = section.duration("max_event", record.max_event, seconds(10), seconds(7200));
    record.pre_roll_max_bytes = section.size("pre_roll_max_bytes", record.pre_roll_max_bytes, 256U << 10U);
    record.max_bytes = section.size("max_bytes", record.max_bytes, 0);
    record.max_age = section.duration("max_age", record.max_age, seconds(0), seconds(3650LL * 86400));
    record.passes_mjpeg = section.choice("mjpeg", 0, {"encode", "passthrough"}) == 1;
    record.encode_kbit_s = static_cast<std::uint32_t>(section.integer("encode_kbit_s", 0, 0, 50'000));
    section.finish();
}

void readThresholds(Section section, ScoreThresholds& thresholds) {
    thresholds.excellent = static_cast<int>(section.integer("excellent", thresholds.excellent, 1, 100));
    thresholds.good = static_cast<int>(section.integer("good", thresholds.good, 1, 100));
    thresholds.warning = static_cast<int>(section.integer("warning", thresholds.warning, 1, 100));
    if (thresholds.excellent <= thresholds.good || thresholds.good <= thresholds.warning)
        section.problem("", "must fall: excellent above good above warning");
    section.finish();
}

/// `command` is the program and its arguments as a list: no shell ever reads it.
void readOwnerAction(Section section, std::vector<std::string>& command) {
    if (!section.isPresent()) return;
    const YAML::Node list = section.node("command");
    if (!list.IsSequence() || list.size() == 0 || list.size() > 32) {
        section.problem("command", "must be a list of the program and its arguments, for example [/usr/local/bin/power-cycle, porch]");
    } else {
        for (const auto& word : list) {
            if (word.IsScalar()) command.push_back(word.Scalar());
            else section.problemAt(word, "must be a text");
        }
        if (!command.empty() && command.front().rfind('/', 0) != 0) section.problem("command", "must begin with the whole path of a program");
    }
    section.finish();
}

/// A device answers at once or not at all; a network camera may be booting.
microseconds openTimeoutOf(const CameraConfig& camera) {
    return std::max<microseconds>(camera.health.frame_timeout, seconds(camera.source.settings.has("url") ? 10 : 2));
}

/// Decoding is one thread, encoding another: what is beyond them is not honest work. Reading and muxing get a fifth of a core.
double cpuLimitOf(CameraConfig camera) {
    camera.record.mode = RecordMode::Continuous;  // recording may be switched on at any time
    return isEncoded(camera) ? 2.2 : 1.2;
}

void readHealth(Section section, CameraConfig& camera) {
    HealthConfig& health = camera.health;
    health.frame_timeout = section.duration("frame_timeout", health.frame_timeout, seconds(1), seconds(120));
    health.open_timeout = section.duration("open_timeout", openTimeoutOf(camera), seconds(1), seconds(60));
    health.cpu_limit_cores = section.number("cpu_limit", cpuLimitOf(camera), 0, 64);
    health.cpu_window = section.duration("cpu_window", health.cpu_window, seconds(5), seconds(600));
    health.max_consecutive_failures = static_cast<std::uint32_t>(section.integer("max_consecutive_failures", health.max_consecutive_failures, 1, 100));
    health.max_recovery_attempts = static_cast<std::uint32_t>(section.integer("max_recovery_attempts", health.max_recovery_attempts, 1, 100));
    health.recovery_cooldown = section.duration("recovery_cooldown", health.recovery_cooldown, seconds(1), seconds(3600));
    health.unresponsive_after = section.duration("unresponsive_after", health.unresponsive_after, seconds(2), seconds(3600));
    health.system_reboot_threshold = static_cast<std::uint32_t>(section.integer("system_reboot_threshold", health.system_reboot_threshold, 1, 1000));
    health.may_reboot = section.boolean("system_reboot", health.may_reboot);
    readThresholds(section.section("thresholds"), health.thresholds);
    readOwnerAction(section.section("owner_action"), health.owner_action);
    section.finish();
}

bool isCameraName(const std::string& name) {
    return !name.empty() && name.size() <= 40 && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
}

/// A camera without a usable name is listed all the same; its name must be fit for topics, paths and rows.
std::string nameFrom(const std::filesystem::path& file) {
    std::string name = file.stem().string().substr(0, 40);
    for (char& c : name) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        if (!isCameraName(std::string(1, c))) c = '-';
    }
    return name.empty() ? "camera" : name;
}

void readWeb(Section section, WebConfig& web) {
    web.bind = section.text("bind", web.bind);
    web.port = static_cast<std::uint16_t>(section.integer("port", web.port, 1, 65535));
    web.tls = section.choice("tls", 0, {"auto", "off"}) == 0 ? TlsMode::Auto : TlsMode::Off;
    web.max_viewers = static_cast<std::uint32_t>(section.integer("max_viewers", web.max_viewers, 1, 500));
    web.certificate = section.text("certificate", web.certificate);
    web.key = section.text("key", web.key);
    if (!web.certificate.empty() && web.key.empty()) section.problem("certificate", "needs web.key beside it");
    if (web.certificate.empty() && !web.key.empty()) section.problem("key", "needs web.certificate beside it");
    for (const auto& [name, file] : {std::pair("certificate", web.certificate), std::pair("key", web.key)})
        if (!file.empty() && !file.starts_with('/')) section.problem(name, "must be the whole path of a file, beginning with /");
    web.url = section.text("url", web.url);
    while (web.url.ends_with('/')) web.url.pop_back();
    const bool is_address = web.url.starts_with("http://") || web.url.starts_with("https://");
    if (!web.url.empty() && !is_address) section.problem("url", "must begin with http:// or https://");
    const bool is_loopback = web.bind == "127.0.0.1" || web.bind == "::1" || web.bind == "localhost";
    if (web.tls == TlsMode::Off && !is_loopback)
        section.problem("tls", "off is only accepted with bind: 127.0.0.1 (passwords would cross the network in clear)");
    section.finish();
}

void readStorage(Section section, StorageConfig& storage) {
    storage.max_bytes = section.size("max_bytes", storage.max_bytes, 16U << 20U);
    storage.min_free_bytes = section.size("min_free_bytes", storage.min_free_bytes, 0);
    storage.max_age = section.duration("max_age", storage.max_age, seconds(60), seconds(3650LL * 86400));
    storage.max_event_age = section.duration("max_event_age", storage.max_event_age, seconds(60), seconds(36500LL * 86400));
    storage.sync_interval = section.duration("sync_interval", storage.sync_interval, seconds(0), seconds(60));
    storage.spool_max_bytes = section.size("spool_max_bytes", storage.spool_max_bytes, 0);
    storage.needs_marker = section.choice("volume", 0, {"any", "required-marker"}) == 1;
    section.finish();
}

MemoryProfile readMemory(Section section, bool& is_auto) {
    const auto profile = section.choice("profile", 0, {"auto", "lite", "standard"});
    section.finish();
    is_auto = profile == 0;
    if (!is_auto) return static_cast<MemoryProfile>(profile);
    return profileFor(machineMemory().total_bytes);
}

void readAlerts(Section& main, const plugin::Catalogue& plugins, Config& config) {
    for (const auto& name : plugins.names(PluginKind::Alert)) {
        Section section = main.section(name);
        if (!section.isPresent()) continue;
        const bool is_enabled = section.boolean("enabled", true);
        PluginChoice choice{name, readPluginSettings(section, *plugins.find(PluginKind::Alert, name))};
        section.finish();
        if (is_enabled) config.alerts.push_back(std::move(choice));
    }
}

void loadCameras(const plugin::Catalogue& plugins, LoadResult& result) {
    std::error_code failure;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(result.config.cameras_dir, failure))
        if (entry.path().extension() == ".yaml" || entry.path().extension() == ".yml") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
        Problems problems;
        CameraConfig camera;
        try {
            camera = parseCamera(readFile(file), file, plugins, problems);
        } catch (const Error& error) {
            camera.file = file;
            problems.push_back({file, 0, 0, error.what()});
        }
        if (!isCameraName(camera.name)) camera.name = nameFrom(file);
        const auto isSame = [&](const CameraConfig& other) { return other.name == camera.name; };
        const auto twin = std::find_if(result.config.cameras.begin(), result.config.cameras.end(), isSame);
        if (twin != result.config.cameras.end())
            problems.push_back({file, 0, 0, "camera name '" + camera.name + "' is used by " + twin->file.filename().string() + " already"});
        if (!problems.empty()) camera.problem = problems.front().format();
        if (twin == result.config.cameras.end()) result.config.cameras.push_back(std::move(camera));
        result.camera_problems.insert(result.camera_problems.end(), problems.begin(), problems.end());
    }
}

}  // namespace

const char* nameOf(RecordMode mode) noexcept {
    switch (mode) {
        case RecordMode::Off: return "off";
        case RecordMode::Motion: return "motion";
        case RecordMode::Continuous: return "continuous";
    }
    return "off";
}

std::optional<RecordMode> recordModeOf(std::string_view name) noexcept {
    for (const auto mode : {RecordMode::Off, RecordMode::Motion, RecordMode::Continuous})
        if (name == nameOf(mode)) return mode;
    return std::nullopt;
}

CameraConfig parseCamera(const std::string& text, const std::filesystem::path& file, const plugin::Catalogue& plugins, Problems& problems) {
    CameraConfig camera;
    camera.file = file;
    Section main(parseYaml(text, file, problems), "", file, problems);
    camera.name = main.text("name", file.stem().string());
    if (!isCameraName(camera.name)) main.problem("name", "must be 1 to 40 of a-z, 0-9 and -, not '" + camera.name + "'");
    camera.title = main.text("title", camera.name);
    camera.is_enabled = main.boolean("enabled", true);
    readSource(main.section("source"), plugins, camera);
    readDetect(main.section("detect"), plugins, camera.detect);
    readRecord(main.section("record"), camera.record);
    readHealth(main.section("health"), camera);
    main.finish();
    return camera;
}

Config parseMain(const std::string& text, const std::filesystem::path& file, const plugin::Catalogue& plugins, Problems& problems) {
    Config config;
    config.file = file;
    config.cameras_dir = file.parent_path() / "cameras.d";
    Section main(parseYaml(text, file, problems), "", file, problems);
    config.data_dir = main.text("data_dir", config.data_dir.string());
    if (config.data_dir.is_relative()) config.data_dir = std::filesystem::absolute(file).parent_path() / config.data_dir;
    const std::vector<std::string> levels{"debug", "info", "warning", "error"};
    config.log_level = levels[main.choice("log_level", 1, levels)];
    readWeb(main.section("web"), config.web);
    readStorage(main.section("storage"), config.storage);
    config.memory = readMemory(main.section("memory"), config.is_memory_auto);
    Section health = main.section("health");
    config.history_max_age = health.duration("history_max_age", config.history_max_age, seconds(86400), seconds(3650LL * 86400));
    health.finish();
    readAlerts(main, plugins, config);
    Section recorder = main.section("recorder");
    readPlugin(recorder, PluginKind::Record, "fmp4", plugins, config.recorder);
    recorder.finish();
    if (main.has("mqtt") && plugins.find(PluginKind::Alert, "mqtt") == nullptr)
        main.problem("mqtt", "needs the alert plugin mqtt, which is not installed or refused (porchlight plugins tells why)");
    main.finish();
    return config;
}

LoadResult load(const std::filesystem::path& file, const plugin::Catalogue& plugins) {
    LoadResult result;
    result.config = parseMain(readFile(file), file, plugins, result.problems);
    loadCameras(plugins, result);
    return result;
}

}  // namespace porchlight::config
