// plugins, check-config, detect: what works without a running daemon.
#include <algorithm>
#include <cstdio>
#include <iostream>

#include "app/cli/daemon_client.h"
#include "app/discover/plugin_probe.h"
#include "app/paths.h"
#include "app/worker_library.h"
#include "base/text.h"
#include "config/host_check.h"
#include "config/memory_plan.h"
#include "plugin/setting_range.h"
#include "web/routes/views.h"

namespace porchlight::app {
namespace {

void print(const plugin::Listing& listing, bool with_settings) {
    if (!listing.refusal.empty()) {
        std::printf("%-8s %-14s %s: %s\n", "REFUSED", listing.name.c_str(), listing.file.filename().c_str(),
                    listing.refusal.c_str());
        return;
    }
    std::printf("%-8s %-14s %-7s %s\n", nameOf(listing.kind), listing.name.c_str(), listing.version.c_str(),
                listing.summary.c_str());
    if (!listing.runtime.empty())
        std::printf("%24s built with %s, found %s\n", "", listing.built_with.c_str(),
                    listing.runtime.c_str());
    if (!with_settings) return;
    for (const SettingSpec& spec : listing.settings) {
        const std::string what =
            spec.is_required != 0
                ? "required"
                : "default " + std::string(*spec.default_value != '\0' ? spec.default_value : "none");
        std::printf("  %-22s %s; %s\n%24s %s\n", spec.name, plugin::rangeOf(spec).c_str(), what.c_str(), "",
                    spec.help);
    }
}

void write(JsonWriter& json, const config::MemoryPlan& plan) {
    json.beginObject().field("profile", config::nameOf(plan.profile)).key("items").beginArray();
    for (const auto& item : plan.items)
        json.beginObject()
            .field("what", item.what)
            .field("bytes", item.bytes)
            .field("how", item.how)
            .endObject();
    json.endArray().field("needed_bytes", plan.needed_bytes).field("queues_bytes", plan.queues_bytes);
    json.field("usable_bytes", plan.usable_bytes()).field("machine_bytes", plan.machine_bytes);
    json.field("fits", plan.fits()).endObject();
}

void write(JsonWriter& json, const config::Problems& problems) {
    json.beginArray();
    for (const auto& problem : problems) {
        json.beginObject().field("file", base::printable(problem.file.string())).field("line", problem.line);
        json.field("column", problem.column).field("message", problem.text).endObject();
    }
    json.endArray();
}

/// What counts, by the names of the keys: installer/run asks. No secrets.
void writeSettings(JsonWriter& json, const config::Config& config) {
    json.beginObject().field("data_dir", base::printable(config.data_dir.string()));
    json.field("web.bind", config.web.bind).field("web.port", std::to_string(config.web.port));
    json.field("web.tls", config.web.tls == config::TlsMode::Off ? "off" : "auto");
    for (const auto& alert : config.alerts) {
        json.field(alert.target() + ".enabled", "true");
        for (const char* key : {"host", "port"})
            if (alert.settings.has(key)) json.field(alert.target() + "." + key, alert.settings.text(key));
    }
    json.endObject();
}

/// The machine's memory, or that of the machine asked about: `--memory 512MiB`. The automatic profile is of
/// that machine, too.
config::MachineMemory memoryOf(const Arguments& arguments, config::Config& config) {
    const auto text = arguments.value("--memory");
    if (!text) return config::machineMemory();
    const auto bytes = base::parseSize(*text);
    if (!bytes || base::isBareNumber(*text))
        throw Error(ErrorKind::Misconfigured, "--memory: a size such as 512MiB is wanted");
    if (config.is_memory_auto) config.memory = config::profileFor(*bytes);
    return {*bytes, "--memory"};
}

std::string daemonProgram() {
    return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "porchlightd").string();
}

}  // namespace

int commandPlugins(const CommandContext&, const Words& words) {
    const Arguments arguments(words, {"--json"}, {});
    arguments.expectWords(0, 1, "[NAME]");
    const std::string only = arguments.words().empty() ? "" : arguments.words()[0];
    auto listings = probeInChild(plugin::Catalogue(Paths::find().plugins), daemonProgram());
    if (!only.empty()) {
        std::erase_if(listings, [&](const plugin::Listing& listing) { return listing.name != only; });
        if (listings.empty())
            throw Error(ErrorKind::Misconfigured,
                        "there is no plugin " + only + ": `porchlight plugins` lists them");
    }
    if (arguments.has("--json")) {
        JsonWriter json;
        web::writePlugins(json, listings);
        std::cout << json.text() << "\n";
    } else {
        for (const auto& listing : listings) print(listing, !only.empty());
    }
    return std::all_of(listings.begin(), listings.end(),
                       [](const plugin::Listing& listing) { return listing.refusal.empty(); })
               ? 0
               : 1;
}

int commandCheckConfig(const CommandContext& context, const Words& words) {
    const Arguments arguments(words, {"--json"}, {"--memory"});
    arguments.expectWords(0, 1, "");
    const auto file =
        arguments.words().empty() ? context.configFile() : std::filesystem::path(arguments.words()[0]);
    auto result = config::load(file, plugin::Catalogue(Paths::find().plugins));
    auto problems = std::move(result.problems);
    if (problems.empty()) {
        const auto found = config::examineHost(result, config::userOf(result.config));
        for (const auto* some : {&found.stops, &found.troubles})
            problems.insert(problems.end(), some->begin(), some->end());
    }
    problems.insert(problems.end(), result.camera_problems.begin(), result.camera_problems.end());
    const auto plan = config::planMemory(result.config, memoryOf(arguments, result.config));
    if (arguments.has("--json")) {
        JsonWriter json;
        write(json.beginObject().key("problems"), problems);
        json.field("cameras", result.config.cameras.size());
        write(json.key("memory"), plan);
        writeSettings(json.key("settings"), result.config);
        std::cout << json.endObject().text() << "\n";
    } else {
        for (const auto& problem : problems) std::cout << problem.format() << "\n";
        std::cout << plan.text();
        if (problems.empty() && plan.fits())
            std::cout << base::printable(file.string()) << ": good, " << result.config.cameras.size()
                      << " camera(s)\n";
    }
    return problems.empty() && plan.fits() ? 0 : 1;
}

int commandDetect(const CommandContext& context, const Words& words) {
    const auto paths = Paths::find();
    Words rest{"porchlight detect", "--plugin-dir", paths.plugins.string()};
    std::string camera_name;
    for (std::size_t i = 0; i < words.size();)
        if (!takeOption(words, i, "--camera", "a value", camera_name)) rest.push_back(words[i++]);
    if (!camera_name.empty()) {
        const auto config = context.config();
        const auto found = std::find_if(config.cameras.begin(), config.cameras.end(),
                                        [&](const auto& c) { return c.name == camera_name; });
        if (found == config.cameras.end())
            throw Error(ErrorKind::Misconfigured,
                        "no camera '" + camera_name + "' in " + config.file.string());
        if (found->detect.detector.plugin.empty())
            throw Error(ErrorKind::Misconfigured,
                        camera_name + " has no detector to try" +
                            (found->detect.camera_word == event::CameraWord::Opens
                                 ? ": the camera itself detects (detect.plugin: camera)"
                                 : ""));
        // Before the caller's own options, which win.
        Words settings{"--plugin", found->detect.detector.plugin};
        const plugin::Catalogue catalogue(paths.plugins);
        const auto* detector = catalogue.find(PluginKind::Detect, found->detect.detector.plugin);
        const auto unitOf = [&](const std::string& name) {
            if (detector != nullptr)
                for (const SettingSpec& spec : detector->settings)
                    if (name == spec.name && spec.type == SettingType::Duration) return "us";
            return "";
        };
        for (const auto& [name, value] : found->detect.detector.settings.values())
            settings.insert(settings.end(), {"--set", name + "=" + value + unitOf(name)});
        settings.insert(settings.end(),
                        {"--fps", std::to_string(found->detect.rate_hz), "--event-gap",
                         std::to_string(static_cast<double>(found->detect.event_gap.count()) / 1e6)});
        rest.insert(rest.begin() + 3, settings.begin(), settings.end());
    }
    return runDetect(paths.worker_library, std::move(rest));
}

}  // namespace porchlight::app
