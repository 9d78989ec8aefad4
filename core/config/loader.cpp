#include "config/loader.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/network.h"
#include "base/secrets.h"
#include "base/text.h"
#include "config/address.h"
#include "config/host_check.h"
#include "config/kept_secrets.h"
#include "config/memory_plan.h"
#include "config/plugin_settings.h"
#include "config/trust.h"

namespace porchlight::config {
namespace {

constexpr std::size_t kLongestSocketPath = 107;

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
                                      (nearest ? " (did you mean " + *nearest + "?)"
                                               : "; installed: " + installed(plugins, kind)));
        return nullptr;
    }
    choice.settings = readPluginSettings(section, *listing);
    keepSecretsOf(*listing, choice.settings);
    return listing;
}

void readSource(Section section, const plugin::Catalogue& plugins, CameraConfig& camera) {
    if (!section.isPresent()) {
        section.problem("", "is needed, for example source: {plugin: ffmpeg, url: \"rtsp://...\"}");
        return;
    }
    const auto* listing = readPlugin(section, PluginKind::Capture, "", plugins, camera.source);
    if (listing == nullptr) return;
    camera.traits = listing->capture;
    const auto url = std::find_if(listing->settings.begin(), listing->settings.end(),
                                  [](const auto& spec) { return spec.name == std::string_view("url"); });
    if (url != listing->settings.end() && section.has("sub_url")) {
        camera.sub = camera.source.settings;
        camera.sub->set("url", readUrl(section, "sub_url", *url));
        keepSecretsOf(*listing, *camera.sub);
    }
    section.finish();
}

void readDetect(Section section, const plugin::Catalogue& plugins, DetectConfig& detect) {
    detect.is_enabled = section.boolean("enabled", detect.is_enabled);
    detect.rate_hz = section.number("fps", detect.rate_hz, 1, 30);
    detect.event_gap = section.duration("event_gap", detect.event_gap, seconds(1), seconds(300));
    const bool has_plugin =
        section.isNamed("plugin") || plugins.find(PluginKind::Detect, "motion") != nullptr;
    if (!detect.is_enabled && !has_plugin)
        detect.detector = {};  // detection is off: it may lack its plugin
    else if (readPlugin(section, PluginKind::Detect, "motion", plugins, detect.detector) == nullptr)
        return;
    section.finish();
}

void readRecord(Section section, RecordConfig& record) {
    record.mode = static_cast<RecordMode>(1 + section.choice("mode", 1, {"off", "motion", "continuous"}));
    record.pre_roll = section.duration("pre_roll", record.pre_roll, seconds(0), seconds(60));
    record.post_roll = section.duration("post_roll", record.post_roll, seconds(0), seconds(300));
    record.max_event = section.duration("max_event", record.max_event, seconds(10), seconds(7200));
    record.pre_roll_max_bytes = section.size("pre_roll_max_bytes", 0, 256U << 10U, 16ULL << 30U);
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
    if (!section.has("command") || !list.IsSequence() || list.size() == 0 || list.size() > 32) {
        section.problem("command",
                        "must be a list of the program and its arguments, for example "
                        "[/usr/local/bin/power-cycle, porch]");
    } else {
        for (const auto& word : list) {
            const auto text = section.textOf(word, "a word of the command");
            if (!text) continue;
            if (text->find('\0') != std::string::npos)
                section.problemAt(word, "a word of the command must not hold a NUL byte");
            command.push_back(*text);
        }
        keepSecretsOf(command);
        if (!command.empty() && command.front().rfind('/', 0) != 0)
            section.problem("command", "must begin with the whole path of a program");
    }
    section.finish();
}

/// A device answers at once or not at all; a network camera may be booting.
microseconds openTimeoutOf(const CameraConfig& camera) {
    return std::max<microseconds>(camera.health.frame_timeout,
                                  camera.source.settings.has("url") ? budget::kOpenNetwork : seconds(2));
}

/// Decoding is one thread, encoding another: what is beyond them is not honest work. Reading and muxing get a
/// fifth of a core.
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
    health.max_consecutive_failures = static_cast<std::uint32_t>(
        section.integer("max_consecutive_failures", health.max_consecutive_failures, 1, 100));
    health.max_recovery_attempts = static_cast<std::uint32_t>(
        section.integer("max_recovery_attempts", health.max_recovery_attempts, 1, 100));
    health.recovery_cooldown =
        section.duration("recovery_cooldown", health.recovery_cooldown, seconds(1), seconds(3600));
    health.unresponsive_after =
        section.duration("unresponsive_after", health.unresponsive_after, seconds(2), seconds(3600));
    health.system_reboot_threshold = static_cast<std::uint32_t>(
        section.integer("system_reboot_threshold", health.system_reboot_threshold, 1, 1000));
    health.may_reboot = section.boolean("system_reboot", health.may_reboot);
    readThresholds(section.section("thresholds"), health.thresholds);
    readOwnerAction(section.section("owner_action"), health.owner_action);
    section.finish();
}

bool isCameraName(const std::string& name) {
    return !name.empty() && name.size() <= 40 &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
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

void readUrl(Section& section, std::string& url) {
    url = section.url("url", url);
    while (url.ends_with('/')) url.pop_back();
    if (url.empty()) return;
    base::keepSecrets(base::secretsIn(url));
    if (const std::string why = whyNoWebAddress(url); !why.empty()) section.problem("url", why);
}

void readProxies(Section& section, WebConfig& web) {
    const YAML::Node list = section.node("trusted_proxies");
    if (!list.IsDefined()) return;
    if (!list.IsSequence())
        section.problem("trusted_proxies",
                        "must be a list of addresses, for example [127.0.0.1, 192.168.1.0/24]");
    for (const auto& entry : list) {
        const auto network = entry.IsScalar() ? base::parseNetwork(entry.Scalar()) : std::nullopt;
        if (network)
            web.trusted_proxies.push_back(*network);
        else
            section.problemAt(
                entry, "web.trusted_proxies must hold IP addresses or networks such as 192.168.1.0/24");
    }
}

void readWeb(Section section, WebConfig& web) {
    const std::string bind = section.text("bind", web.bind);
    if (const auto address = listenAddress(bind))
        web.bind = *address;
    else
        section.problem("bind",
                        "must be an address such as 0.0.0.0, :: or 192.168.1.5 (or localhost), without "
                        "brackets, name and port");
    web.port = static_cast<std::uint16_t>(section.integer("port", web.port, 1, 65535));
    web.tls = section.choice("tls", 0, {"auto", "off"}) == 0 ? TlsMode::Auto : TlsMode::Off;
    web.max_viewers = static_cast<std::uint32_t>(section.integer("max_viewers", web.max_viewers, 1, 500));
    web.certificate = section.text("certificate", web.certificate);
    web.key = section.text("key", web.key);
    if (!web.certificate.empty() && web.key.empty())
        section.problem("certificate", "needs web.key beside it");
    if (web.certificate.empty() && !web.key.empty())
        section.problem("key", "needs web.certificate beside it");
    for (const auto& [name, file] : {std::pair("certificate", web.certificate), std::pair("key", web.key)})
        if (!file.empty() && !file.starts_with('/'))
            section.problem(name, "must be the whole path of a file, beginning with /");
    readUrl(section, web.url);
    readProxies(section, web);
    if (web.tls == TlsMode::Off && !isLoopback(web.bind))
        section.problem(
            "tls", "off is only accepted with bind: 127.0.0.1 (passwords would cross the network in clear)");
    section.finish();
}

void readStorage(Section section, StorageConfig& storage) {
    storage.max_bytes = section.size("max_bytes", storage.max_bytes, 16U << 20U);
    storage.min_free_bytes = section.size("min_free_bytes", storage.min_free_bytes, 0);
    storage.max_age = section.duration("max_age", storage.max_age, seconds(60), seconds(3650LL * 86400));
    storage.max_event_age =
        section.duration("max_event_age", storage.max_event_age, seconds(60), seconds(36500LL * 86400));
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
        if (!main.has(name))
            continue;  // without a value it is a problem: nobody knows whether alerts are wanted
        Section section = main.section(name);
        const bool is_enabled = section.boolean("enabled", true);
        PluginChoice choice{name, readPluginSettings(section, *plugins.find(PluginKind::Alert, name))};
        keepSecretsOf(*plugins.find(PluginKind::Alert, name), choice.settings);
        section.finish();
        (is_enabled ? config.alerts : config.muted_alerts).push_back(std::move(choice));
    }
}

/// Files of cameras.d that hold cameras: *.yaml and *.yml, but nothing that begins with a dot
/// ("._porch.yaml", ".#porch.yaml").
std::vector<std::filesystem::path> cameraFiles(const std::filesystem::path& folder, Problems& problems) {
    std::vector<std::filesystem::path> files;
    std::error_code failure;
    std::filesystem::directory_iterator entries(folder, failure);
    for (; !failure && entries != std::filesystem::directory_iterator(); entries.increment(failure)) {
        std::string extension = entries->path().extension().string();
        for (char& letter : extension)
            letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
        const bool is_hidden = entries->path().filename().string().starts_with('.');
        if ((extension == ".yaml" || extension == ".yml") && !is_hidden) files.push_back(entries->path());
    }
    if (failure && failure != std::errc::no_such_file_or_directory)
        problems.push_back({folder, 0, 0, "the folder of the cameras cannot be read: " + failure.message()});
    std::sort(files.begin(), files.end());
    return files;
}

/// Whoever may write one of these decides what the camera is.
std::set<std::filesystem::path> judgedFiles(const CameraConfig& camera) {
    auto files = camera.secret_files;
    files.insert(camera.file);
    return files;
}

CameraConfig readCamera(const std::filesystem::path& file, uid_t self, const plugin::Catalogue& plugins,
                        Problems& problems, Places& places) {
    CameraConfig camera;
    camera.file = file;
    try {
        std::error_code failure;
        if (!std::filesystem::is_regular_file(file, failure))
            throw Error(ErrorKind::Misconfigured, "is no file" + (failure ? ": " + failure.message() : ""));
        camera = parseCamera(readText(file), file, plugins, problems, &places);
        places.emplace("name", Place{1, 1});  // the file's own name counts
        for (const auto& path : judgedFiles(camera))
            if (const std::string why = whyUntrusted(path, self); !why.empty())
                problems.push_back({file, 0, 0, why});
    } catch (const Error& error) {
        problems.push_back({file, 0, 0, base::printable(error.what())});
    }
    return camera;
}

/// A name that is not taken yet, for a camera that cannot have its own.
std::string freeName(const std::string& wish, const std::set<std::string>& taken) {
    std::string name = wish;
    for (int number = 2; taken.contains(name); ++number)
        name = wish.substr(0, 36) + "-" + std::to_string(number);
    return name;
}

/// Cameras that are fit to run keep their names, whatever stands in other files.
void loadCameras(const plugin::Catalogue& plugins, uid_t self, LoadResult& result) {
    std::map<std::string, std::filesystem::path> names;
    std::set<std::string> taken;
    std::vector<Problems> problems;
    for (const auto& file : cameraFiles(result.config.cameras_dir, result.problems)) {
        Places places;
        CameraConfig camera = readCamera(file, self, plugins, problems.emplace_back(), places);
        const auto [twin, is_new] =
            isCameraName(camera.name) ? names.emplace(camera.name, file) : std::pair(names.end(), true);
        if (!is_new)
            problems.back().push_back({file, places["name"].line, places["name"].column,
                                       "camera name '" + camera.name + "' is used by " +
                                           base::printable(twin->second.filename().string()) + " already"});
        if (twin == names.end() || !is_new) camera.name.clear();
        taken.insert(camera.name);
        result.config.cameras.push_back(std::move(camera));
    }
    for (std::size_t i = 0; i < problems.size(); ++i) {
        CameraConfig& camera = result.config.cameras[i];
        if (camera.name.empty()) taken.insert(camera.name = freeName(nameFrom(camera.file), taken));
        if (camera.title.empty()) camera.title = camera.name;
        if (!problems[i].empty()) camera.problem = problems[i].front().format();
        result.camera_problems.insert(result.camera_problems.end(), problems[i].begin(), problems[i].end());
    }
}

/// What cannot be on any machine; the rest is for examineHost.
void judgeDataDir(Section& main, const std::string& text, Config& config) {
    if (text.empty() || text.starts_with('~') || text.starts_with('$'))
        return main.problem("data_dir", "must be the path of a folder as it is: ~ and $ are not replaced");
    if (config.data_dir.is_relative())
        config.data_dir = std::filesystem::absolute(config.file).parent_path() / config.data_dir;
    if (config.controlSocket().string().size() > kLongestSocketPath)
        main.problem("data_dir", "is too long: the path of the control socket in it, " +
                                     base::printable(config.controlSocket().string()) + ", has more than " +
                                     std::to_string(kLongestSocketPath) +
                                     " bytes, and the system takes no more");
}

}  // namespace

const char* nameOf(RecordMode mode) noexcept {
    switch (mode) {
        case RecordMode::Off:
            return "off";
        case RecordMode::Motion:
            return "motion";
        case RecordMode::Continuous:
            return "continuous";
    }
    return "off";
}

std::optional<RecordMode> recordModeOf(std::string_view name) noexcept {
    for (const auto mode : {RecordMode::Off, RecordMode::Motion, RecordMode::Continuous})
        if (name == nameOf(mode)) return mode;
    return std::nullopt;
}

CameraConfig parseCamera(const std::string& text, const std::filesystem::path& file,
                         const plugin::Catalogue& plugins, Problems& problems, Places* places) {
    CameraConfig camera;
    camera.file = file;
    Document document(text, file, problems);
    if (!document.isReadable()) return camera;
    Section main(document, document.root(), "");
    const std::size_t before = problems.size();
    const std::string name = main.text("name", file.stem().string());
    if (isCameraName(name))
        camera.name = name;
    else if (problems.size() == before)
        main.problem("name", "must be 1 to 40 of a-z, 0-9 and -, not '" + name + "'");
    camera.title = main.title("title", camera.name);
    camera.is_enabled = main.boolean("enabled", true);
    readSource(main.section("source"), plugins, camera);
    readDetect(main.section("detect"), plugins, camera.detect);
    readRecord(main.section("record"), camera.record);
    readHealth(main.section("health"), camera);
    main.finish();
    camera.secret_files = document.secrets().filesRead();
    if (places != nullptr) *places = document.places();
    return camera;
}

Config parseMain(const std::string& text, const std::filesystem::path& file, const plugin::Catalogue& plugins,
                 Problems& problems, Places* places) {
    Config config;
    config.file = file;
    config.cameras_dir = file.parent_path() / "cameras.d";
    Document document(text, file, problems);
    if (!document.isReadable()) return config;
    Section main(document, document.root(), "");
    const std::string data_dir = main.text("data_dir", config.data_dir.string());
    config.data_dir = data_dir;
    judgeDataDir(main, data_dir, config);
    const std::vector<std::string> levels{"debug", "info", "warning", "error"};
    config.log_level = levels[main.choice("log_level", 1, levels)];
    readWeb(main.section("web"), config.web);
    readStorage(main.section("storage"), config.storage);
    config.memory = readMemory(main.section("memory"), config.is_memory_auto);
    Section health = main.section("health");
    config.history_max_age =
        health.duration("history_max_age", config.history_max_age, seconds(86400), seconds(3650LL * 86400));
    health.finish();
    readAlerts(main, plugins, config);
    Section recorder = main.section("recorder");
    readPlugin(recorder, PluginKind::Record, "fmp4", plugins, config.recorder);
    recorder.finish();
    if (main.has("mqtt") && plugins.find(PluginKind::Alert, "mqtt") == nullptr)
        main.problem(
            "mqtt",
            "needs the alert plugin mqtt, which is not installed or refused (porchlight plugins tells why)");
    main.finish();
    config.secret_files = document.secrets().filesRead();
    if (places != nullptr) *places = document.places();
    return config;
}

LoadResult load(const std::filesystem::path& file, const plugin::Catalogue& plugins,
                std::optional<uid_t> self) {
    LoadResult result;
    base::keepSecretsOfEnvironment();
    result.config = parseMain(readText(file), file, plugins, result.problems, &result.places);
    loadCameras(plugins, self ? *self : userOf(result.config), result);
    // Only now all secrets are known, also of what was read after the mistake.
    for (Problems* problems : {&result.problems, &result.camera_problems})
        for (Problem& problem : *problems) problem.text = base::hideSecrets(problem.text);
    for (CameraConfig& camera : result.config.cameras) camera.problem = base::hideSecrets(camera.problem);
    return result;
}

}  // namespace porchlight::config
