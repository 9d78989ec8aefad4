#include "config/main_file.h"

#include <algorithm>

#include "base/network.h"
#include "base/secret/secrets.h"
#include "base/text.h"
#include "config/address.h"
#include "config/kept_secrets.h"
#include "config/memory_plan.h"
#include "config/plugin_choice.h"
#include "config/plugin_settings.h"
#include "config/yaml/document.h"

namespace porchlight::config {
namespace {

constexpr std::size_t kLongestSocketPath = 107;
constexpr std::size_t kLongestTarget = 40;  // of alerts
constexpr std::size_t kMaxTargets = 16;

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

bool isTargetName(const std::string& name) {
    return !name.empty() && name.size() <= kLongestTarget &&
           std::all_of(name.begin(), name.end(), [](unsigned char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
           });
}

/// One of `alerts`: a plugin with a name of its own, so that there may be several.
void readTarget(Section section, const plugin::Catalogue& plugins, Config& config) {
    AlertChoice choice;
    choice.name = section.text("name", "");
    const bool is_enabled = section.boolean("enabled", true);
    const auto isTaken = [&](const auto& others) {
        return std::any_of(others.begin(), others.end(),
                           [&](const auto& other) { return other.target() == choice.name; });
    };
    if (!isTargetName(choice.name))
        section.problem("name", "must be 1 to 40 of a-z, 0-9 and -");
    else if (isTaken(config.alerts) || isTaken(config.muted_alerts))
        section.problem("name", "is that of another alert target");
    else if (choice.name != section.text("plugin", "") &&
             plugins.find(PluginKind::Alert, choice.name) != nullptr)
        section.problem("name", "is that of another plugin");
    readPlugin(section, PluginKind::Alert, "", plugins, choice);
    section.finish();
    (is_enabled ? config.alerts : config.muted_alerts).push_back(std::move(choice));
}

void readTargets(Section& main, const plugin::Catalogue& plugins, Config& config) {
    const YAML::Node list = main.node("alerts");
    if (!list.IsDefined() || list.IsNull()) return;
    if (!list.IsSequence())
        return main.problem("alerts", "must be a list: - {plugin: webhook, name: phone, ...}");
    if (list.size() > kMaxTargets)
        return main.problem("alerts", "has more than " + std::to_string(kMaxTargets) + " entries");
    for (std::size_t i = 0; i < list.size(); ++i)
        if (list[i].IsMap())
            readTarget(Section(main.document(), list[i], "alerts[" + std::to_string(i) + "]"), plugins,
                       config);
        else
            main.problemAt(list[i], "an entry of alerts must read {plugin: webhook, name: phone, ...}");
}

void readAlerts(Section& main, const plugin::Catalogue& plugins, Config& config) {
    for (const auto& name : plugins.names(PluginKind::Alert)) {
        if (!main.has(name))
            continue;  // without a value it is a problem: nobody knows whether alerts are wanted
        Section section = main.section(name);
        const bool is_enabled = section.boolean("enabled", true);
        AlertChoice choice{{name, readPluginSettings(section, *plugins.find(PluginKind::Alert, name))}, ""};
        keepSecretsOf(*plugins.find(PluginKind::Alert, name), choice.settings);
        section.finish();
        (is_enabled ? config.alerts : config.muted_alerts).push_back(std::move(choice));
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
    readTargets(main, plugins, config);
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

}  // namespace porchlight::config
