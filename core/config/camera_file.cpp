#include "config/camera_file.h"

#include <algorithm>
#include <array>

#include "base/budgets.h"
#include "config/kept_secrets.h"
#include "config/memory_plan.h"
#include "config/plugin_choice.h"
#include "config/plugin_settings.h"
#include "config/yaml/document.h"

namespace porchlight::config {
namespace {

/// The one word in the place of a detect plugin that names none.
constexpr const char* kCameraAsDetector = "camera";

const SettingSpec* declared(const plugin::Listing& listing, std::string_view name) {
    const auto found = std::find_if(listing.settings.begin(), listing.settings.end(),
                                    [name](const auto& spec) { return spec.name == name; });
    return found == listing.settings.end() ? nullptr : &*found;
}

/// A plugin that finds its streams itself declares `sub_stream`, which is in its place what sub_url is of
/// `url`; "off": there is none. The other instance is told what is recorded as `main_stream`.
std::optional<Settings> subOf(const Settings& main) {
    const std::string_view sub = main.text("sub_stream");
    if (sub.empty() || sub == "off") return std::nullopt;
    Settings out = main;
    out.set("main_stream", std::string(main.text("stream")));
    out.set("stream", std::string(sub));
    return out;
}

void readSource(Section section, const plugin::Catalogue& plugins, CameraConfig& camera) {
    if (!section.isPresent()) {
        section.problem("", "is needed, for example source: {plugin: ffmpeg, url: \"rtsp://...\"}");
        return;
    }
    const auto* listing = readPlugin(section, PluginKind::Capture, "", plugins, camera.source);
    if (listing == nullptr) return;
    camera.traits = listing->capture;
    if (declared(*listing, "sub_stream") != nullptr) camera.sub = subOf(camera.source.settings);
    const SettingSpec* url = declared(*listing, "url");
    if (url != nullptr && section.has("sub_url")) {
        camera.sub = camera.source.settings;
        camera.sub->set("url", readUrl(section, "sub_url", *url));
        keepSecretsOf(*listing, *camera.sub);
    }
    section.finish();
}

/// Which of the camera's own detections count.
void readLabels(Section& section, DetectConfig& detect) {
    std::string known;
    for (const event::LabelFacts& facts : event::kLabels) {
        known += (known.empty() ? "" : ", ") + std::string(facts.label);
        if (facts.is_default && !section.isNamed("labels")) detect.labels.emplace_back(facts.label);
    }
    if (!section.isNamed("labels")) return;
    const YAML::Node list = section.node("labels");
    if (!section.has("labels") || !list.IsSequence() || list.size() == 0 ||
        list.size() > event::kLabels.size())
        return section.problem("labels", "must be a list of some of " + known);
    for (const auto& word : list) {
        const auto label = section.textOf(word, "a label");
        if (!label) continue;
        if (event::factsOf(*label) == nullptr)
            section.problemAt(word, "'" + *label + "' is no label of a camera; there are " + known);
        else if (std::find(detect.labels.begin(), detect.labels.end(), *label) == detect.labels.end())
            detect.labels.push_back(*label);
    }
}

constexpr const char* kTellsNothing =
    "this source tells nothing of what the camera detects by itself: take a source plugin that does "
    "(`porchlight "
    "plugins` says which), or ";

/// `plugin: camera`: the camera itself is the detector. False: another one is named.
bool readCameraAsDetector(Section& section, const CaptureTraits& traits, DetectConfig& detect) {
    if (!section.has("plugin")) return false;
    if (const YAML::Node named = section.node("plugin");
        !named.IsScalar() || named.Scalar() != kCameraAsDetector)
        return false;
    detect.detector = {};
    detect.camera_word = event::CameraWord::Opens;
    if (traits.has_companion == 0) section.problem("plugin", std::string(kTellsNothing) + "plugin: motion");
    readLabels(section, detect);
    section.finish();
    return true;
}

/// What the camera's word is worth beside a detector.
void readCameraWord(Section& section, const CaptureTraits& traits, DetectConfig& detect) {
    using enum event::CameraWord;
    const bool has_companion = traits.has_companion != 0;
    constexpr std::array kWords{Ignored, Labels, Vetoes};
    detect.camera_word = kWords.at(section.choice("camera", has_companion ? 1 : 0, {"off", "label", "veto"}));
    if (!has_companion && detect.camera_word != Ignored) {
        section.problem("camera", std::string(kTellsNothing) + "camera: off");
        detect.camera_word = Ignored;
    }
    if (detect.camera_word != Ignored || section.isNamed("labels")) readLabels(section, detect);
}

void readDetect(Section section, const plugin::Catalogue& plugins, const CaptureTraits& traits,
                DetectConfig& detect) {
    detect.is_enabled = section.boolean("enabled", detect.is_enabled);
    detect.event_gap = section.duration("event_gap", detect.event_gap, seconds(1), seconds(300));
    if (readCameraAsDetector(section, traits, detect)) return;
    detect.rate_hz = section.number("fps", detect.rate_hz, 1, 30);
    readCameraWord(section, traits, detect);
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
    const Settings& source = camera.source.settings;
    const bool is_on_network = source.has("url") || source.has("address");
    return std::max<microseconds>(camera.health.frame_timeout,
                                  is_on_network ? budget::kOpenNetwork : seconds(2));
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
    health.may_restart_camera = section.boolean("camera_restart", health.may_restart_camera);
    readThresholds(section.section("thresholds"), health.thresholds);
    readOwnerAction(section.section("owner_action"), health.owner_action);
    section.finish();
}

}  // namespace

bool isCameraName(const std::string& name) {
    return !name.empty() && name.size() <= 40 &&
           name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string::npos;
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
    readDetect(main.section("detect"), plugins, camera.traits, camera.detect);
    // The sub stream is there to be detected on.
    if (camera.detect.camera_word == event::CameraWord::Opens) camera.sub.reset();
    readRecord(main.section("record"), camera.record);
    readHealth(main.section("health"), camera);
    main.finish();
    camera.secret_files = document.secrets().filesRead();
    if (places != nullptr) *places = document.places();
    return camera;
}

}  // namespace porchlight::config
