// Offline detection from the command line: the second door of libporchlight-worker.so.
#include <charconv>
#include <cstdio>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret/secrets.h"
#include "base/text.h"
#include "plugin/loader.h"
#include "plugin/setting_range.h"
#include "porchlight/json.h"
#include "worker/analyse/detect_file.h"
#include "worker/stream/libav_log.h"

namespace {

using namespace porchlight;

constexpr char kUsage[] =
    "usage: porchlight detect FILE... [--camera C] [--set NAME=VALUE]... [--fps N] [--event-gap S] "
    "[--json]\n";

constexpr int kDecimals = 3;  ///< of seconds and scores

struct Options {
    std::filesystem::path plugin_folder;
    std::string plugin = "motion";
    std::vector<std::pair<std::string, std::string>> settings;
    std::vector<std::filesystem::path> files;
    worker::DetectFileSettings detect;
    bool is_json = false;
};

[[noreturn]] void refuse(const std::string& why) {
    throw Error(ErrorKind::Misconfigured, why + "\n" + kUsage);
}

double parseNumber(const std::string& option, std::string_view text, double minimum, double maximum) {
    double value = 0;
    const auto result = std::from_chars(text.data(), text.data() + text.size(), value);
    if (result.ec != std::errc() || result.ptr != text.data() + text.size() ||
        !(value >= minimum && value <= maximum))
        refuse(option + " " + std::string(text) + ": a number from " + std::to_string(minimum) + " to " +
               std::to_string(maximum) + " is wanted");
    return value;
}

Options parseOptions(int argc, char** argv) {
    Options options;
    const std::vector<std::string> words(argv + 1, argv + argc);
    for (std::size_t i = 0; i < words.size(); ++i) {
        const std::string& word = words[i];
        const auto value = [&]() -> const std::string& {
            if (i + 1 >= words.size()) refuse(word + " needs a value");
            return words[++i];
        };
        if (word == "--json")
            options.is_json = true;
        else if (word == "--plugin-dir")
            options.plugin_folder = value();
        else if (word == "--plugin")
            options.plugin = value();
        else if (word == "--fps")
            options.detect.detect_rate_hz = parseNumber(word, value(), 0.1, 60);
        else if (word == "--event-gap")
            options.detect.event_gap =
                microseconds(static_cast<std::int64_t>(parseNumber(word, value(), 0, 3600) * 1e6));
        else if (word == "--set") {
            const std::string& text = value();
            const std::size_t equals = text.find('=');
            if (equals == std::string::npos || equals == 0)
                refuse("--set " + text + ": NAME=VALUE is wanted");
            options.settings.emplace_back(text.substr(0, equals), text.substr(equals + 1));
        } else if (word.size() > 1 && word[0] == '-')
            refuse("unknown option " + word);
        else
            options.files.emplace_back(word);
    }
    if (options.files.empty()) refuse("no file given");
    return options;
}

/// The value as the detector reads it: a duration, which needs a unit here as in a configuration, becomes
/// microseconds.
std::string canonicalValue(const SettingSpec& spec, const std::string& text) {
    if (spec.type == SettingType::Duration) {
        const auto span = base::parseDuration(text);
        const bool is_guess = span && span->count() != 0 && base::isBareNumber(text);
        const double span_s = span ? static_cast<double>(span->count()) / 1e6 : -1;
        const bool is_outside =
            spec.minimum < spec.maximum && (span_s < spec.minimum || span_s > spec.maximum);
        if (!span || is_guess || is_outside)
            refuse(std::string("--set ") + spec.name + "=" + text +
                   ": a duration such as 30s is wanted, with its unit; " + plugin::rangeOf(spec));
        return std::to_string(span->count());
    }
    const bool is_number = spec.type == SettingType::Integer || spec.type == SettingType::Number;
    if (is_number && spec.minimum < spec.maximum)
        parseNumber(std::string("--set ") + spec.name, text, spec.minimum, spec.maximum);
    return text;
}

Settings settingsFor(const plugin::Listing& listing, const Options& options) {
    Settings settings;
    std::vector<std::string> names;
    for (const SettingSpec& spec : listing.settings) {
        settings.set(spec.name, canonicalValue(spec, spec.default_value));
        names.emplace_back(spec.name);
    }
    for (const auto& [name, value] : options.settings) {
        const SettingSpec* known = nullptr;
        for (const SettingSpec& spec : listing.settings)
            if (name == spec.name) known = &spec;
        if (!known) {
            const auto nearest = base::nearestName(name, names);
            refuse("--set " + name + ": the detector " + listing.name + " has no such setting" +
                   (nearest ? "; did you mean " + *nearest + "?" : ""));
        }
        settings.set(name, canonicalValue(*known, value));
    }
    return settings;
}

void print(const worker::FileEvent& event, bool is_json) {
    if (is_json) {
        JsonWriter json;
        json.beginObject().field("clip", event.clip).field("start", event.start_s, kDecimals);
        json.field("end", event.end_s, kDecimals).field("score", event.score, kDecimals);
        std::puts(json.field("zone", event.zone).endObject().text().c_str());
    } else {
        std::printf("%-32s %10.2f %10.2f %6.2f  %s\n", event.clip.c_str(), event.start_s, event.end_s,
                    event.score, event.zone.c_str());
    }
    std::fflush(stdout);
}

int detect(const Options& options) {
    const plugin::Catalogue catalogue(options.plugin_folder);
    const auto module = catalogue.load(PluginKind::Detect, options.plugin);
    const Settings settings = settingsFor(*catalogue.find(PluginKind::Detect, options.plugin), options);
    if (!options.is_json)
        std::printf("%-32s %10s %10s %6s  %s\n", "clip", "start s", "end s", "score", "zone");
    bool did_fail = false;
    for (const auto& file : options.files) {
        try {
            const auto detector = module->create<Detector>();
            detector->configure(settings);
            const auto result =
                worker::runDetectFile(file, options.detect, *detector,
                                      [&](const worker::FileEvent& event) { print(event, options.is_json); });
            if (!options.is_json)
                std::printf("# %s: %.1f s, %llu pictures, %llu analysed, %.0f us each\n",
                            file.filename().c_str(), result.duration_s,
                            static_cast<unsigned long long>(result.pictures),
                            static_cast<unsigned long long>(result.analysed), result.detector_us);
        } catch (const Error& error) {
            if (error.kind() == ErrorKind::Misconfigured) throw;
            std::fprintf(stderr, "porchlight detect: %s\n", base::hideSecrets(error.what()).c_str());
            did_fail = true;
        }
    }
    return did_fail ? 1 : 0;
}

}  // namespace

/// Returns 0, 1 when a file could not be read, 64 for wrong arguments.
extern "C" PORCHLIGHT_EXPORT int porchlight_detect_main(int argc, char** argv) noexcept {
    try {
        worker::redirectLibavLog();
        return detect(parseOptions(argc, argv));
    } catch (const std::exception& error) {
        std::fprintf(stderr, "porchlight detect: %s\n", base::hideSecrets(error.what()).c_str());
    }
    return 64;
}
