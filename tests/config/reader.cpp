/// Reads configurations from standard input ("main BYTES\n" or "camera BYTES\n" and the text) and prints for
/// each, in one line of JSON, its problems and every value that would count - secrets too, which the
/// appliance itself never shows.
#include <cstdio>
#include <iostream>
#include <string>

#include "config/camera_file.h"
#include "config/main_file.h"

namespace {

using namespace porchlight;

std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
        char escape[8];
        std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(static_cast<unsigned char>(c)));
        if (static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\' || c == 0x7f)
            out += escape;
        else
            out += c;
    }
    return out + "\"";
}

/// A flat object of texts: "web.port": "8443".
class Values {
  public:
    void add(const std::string& path, const std::string& value) {
        text_ += (text_.empty() ? "" : ",") + quoted(path) + ":" + quoted(value);
    }
    void add(const std::string& path, const char* value) { add(path, std::string(value)); }
    void add(const std::string& path, bool value) { add(path, value ? "true" : "false"); }
    void add(const std::string& path, microseconds value) { add(path, std::to_string(value.count())); }
    void add(const std::string& path, double value) {
        char text[40];
        std::snprintf(text, sizeof text, "%.17g", value);
        add(path, text);
    }
    template <class T>
    requires std::is_integral_v<T>
    void add(const std::string& path, T value) { add(path, std::to_string(value)); }
    void add(const std::string& path, const config::PluginChoice& choice) {
        add(path + "plugin", choice.plugin);
        for (const auto& [name, value] : choice.settings.values()) add(path + name, value);
    }
    const std::string& text() const { return text_; }

  private:
    std::string text_;
};

void addMain(Values& out, const config::Config& config) {
    out.add("data_dir", config.data_dir.string());
    out.add("log_level", config.log_level);
    out.add("web.bind", config.web.bind);
    out.add("web.port", config.web.port);
    out.add("web.tls", config.web.tls == config::TlsMode::Off ? "off" : "auto");
    out.add("web.max_viewers", config.web.max_viewers);
    out.add("web.url", config.web.url);
    out.add("storage.max_bytes", config.storage.max_bytes);
    out.add("storage.min_free_bytes", config.storage.min_free_bytes);
    out.add("storage.max_age", config.storage.max_age);
    out.add("storage.max_event_age", config.storage.max_event_age);
    out.add("storage.sync_interval", config.storage.sync_interval);
    out.add("storage.spool_max_bytes", config.storage.spool_max_bytes);
    out.add("storage.volume", config.storage.needs_marker ? "required-marker" : "any");
    out.add("memory.profile", config.is_memory_auto                          ? "auto"
                              : config.memory == config::MemoryProfile::Lite ? "lite"
                                                                             : "standard");
    out.add("health.history_max_age", config.history_max_age);
    out.add("recorder.", config.recorder);
    out.add("mqtt.enabled", !config.alerts.empty());
    for (const auto* alerts : {&config.alerts, &config.muted_alerts})
        for (const auto& alert : *alerts) out.add(alert.plugin + ".", alert);
}

void addCamera(Values& out, const config::CameraConfig& camera) {
    out.add("name", camera.name);
    out.add("title", camera.title);
    out.add("enabled", camera.is_enabled);
    out.add("source.", camera.source);
    if (camera.sub && camera.sub->has("url")) out.add("source.sub_url", std::string(camera.sub->text("url")));
    out.add("detect.enabled", camera.detect.is_enabled);
    out.add("detect.fps", camera.detect.rate_hz);
    out.add("detect.event_gap", camera.detect.event_gap);
    using event::CameraWord;
    const CameraWord word = camera.detect.camera_word;
    out.add("detect.camera", word == CameraWord::Ignored  ? "off"
                             : word == CameraWord::Labels ? "label"
                                                          : "veto");
    out.add("detect.", camera.detect.detector);
    out.add("record.mode", config::nameOf(camera.record.mode));
    out.add("record.pre_roll", camera.record.pre_roll);
    out.add("record.post_roll", camera.record.post_roll);
    out.add("record.max_event", camera.record.max_event);
    out.add("record.pre_roll_max_bytes", camera.record.pre_roll_max_bytes);
    out.add("record.max_bytes", camera.record.max_bytes);
    out.add("record.max_age", camera.record.max_age);
    out.add("record.mjpeg", camera.record.passes_mjpeg ? "passthrough" : "encode");
    out.add("record.encode_kbit_s", camera.record.encode_kbit_s);
    out.add("health.frame_timeout", camera.health.frame_timeout);
    out.add("health.unresponsive_after", camera.health.unresponsive_after);
    out.add("health.cpu_limit", camera.health.cpu_limit_cores);
    out.add("health.max_recovery_attempts", static_cast<int>(camera.health.max_recovery_attempts));
    out.add("health.system_reboot", camera.health.may_reboot);
    out.add("health.thresholds.excellent", camera.health.thresholds.excellent);
}

void answer(const std::string& kind, const std::string& text, const plugin::Catalogue& plugins) {
    config::Problems problems;
    Values values;
    if (kind == "main")
        addMain(values, config::parseMain(text, "/etc/porchlight/porchlight.yaml", plugins, problems));
    else
        addCamera(values,
                  config::parseCamera(text, "/etc/porchlight/cameras.d/porch.yaml", plugins, problems));
    std::string list;
    for (const auto& problem : problems)
        list += (list.empty() ? "[" : ",[") + std::to_string(problem.line) + "," +
                std::to_string(problem.column) + "," + quoted(problem.text) + "]";
    std::cout << "{\"problems\":[" << list << "],\"values\":{" << values.text() << "}}\n";
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return std::fputs("usage: config-reader PLUGIN_FOLDER\n", stderr), 64;
    const porchlight::plugin::Catalogue plugins{std::filesystem::path(argv[1])};
    std::string kind;
    std::size_t bytes = 0;
    while (std::cin >> kind >> bytes && std::cin.get() == '\n') {
        std::string text(bytes, '\0');
        std::cin.read(text.data(), static_cast<std::streamsize>(bytes));
        answer(kind, text, plugins);
    }
    return 0;
}
