/// Settings of a plugin: declared by the plugin as plain data, validated by the core, read by the plugin.
#pragma once

#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "porchlight/error.h"
#include "porchlight/time.h"

namespace porchlight {

enum class SettingType : std::uint32_t {
    Text = 1,
    Url,     ///< may carry credentials: redacted wherever it is shown
    Secret,  ///< never shown
    Integer,
    Number,
    Boolean,   ///< "true" or "false"
    Duration,  ///< canonical value: microseconds as an integer
    Choice,    ///< one of `choices`
    Zones,     ///< named polygons; canonical text "name:x,y x,y x,y;name:..." with 0..1 coordinates
    Host,      ///< a host name or address, without scheme and port
    Topic,     ///< an MQTT topic to publish at: no wildcards, no / at its ends
    File,      ///< a path; canonical value: absolute, or empty
};

/// One declared setting. Plain data without pointers: the core reads it from the file, no code runs.
struct SettingSpec {
    char name[32];
    SettingType type;
    std::uint32_t is_required;  ///< 1: the owner must give it
    char unit[8];               ///< "px", "Hz", "percent", "s" or empty
    double minimum;             ///< Integer, Number; Duration in seconds. minimum == maximum: unlimited
    double maximum;
    char default_value[64];  ///< in the notation of the configuration file
    /// Choice: names separated by '|'. Url: schemes, "rtsp|http|file" (file: a path, too); empty: any.
    /// Others: rules separated by '|', which a configuration must keep to: "step 2" (Integer, Number: a
    /// multiple), "path" (Text: empty or from / on), "assignments" (Text: porchlight/assignments.h), "needs
    /// NAME" and "needs NAME=VALUE" (unless empty, 0 or false: nothing without that other setting).
    char choices[96];
    char help[200];  ///< one sentence for the owner
};

/// The validated settings of one plugin instance, defaults filled in. Immutable after construction;
/// getters throw Error(Misconfigured) when a name is missing or does not parse.
class Settings {
  public:
    Settings() = default;
    explicit Settings(std::vector<std::pair<std::string, std::string>> values) : values_(std::move(values)) {}

    bool has(std::string_view name) const noexcept { return find(name) != nullptr; }

    /// The canonical text; empty when absent.
    std::string_view text(std::string_view name) const noexcept {
        const std::string* value = find(name);
        return value ? std::string_view(*value) : std::string_view();
    }

    std::int64_t integer(std::string_view name) const { return parse<std::int64_t>(name); }
    double number(std::string_view name) const { return parse<double>(name); }
    bool boolean(std::string_view name) const { return need(name) == "true"; }
    microseconds duration(std::string_view name) const { return microseconds(parse<std::int64_t>(name)); }

    /// Adds or replaces a value (the core, before a plugin sees it; tests).
    void set(std::string_view name, std::string value) {
        for (auto& entry : values_)
            if (entry.first == name) {
                entry.second = std::move(value);
                return;
            }
        values_.emplace_back(std::string(name), std::move(value));
    }

    const std::vector<std::pair<std::string, std::string>>& values() const noexcept { return values_; }
    bool operator==(const Settings&) const = default;

  private:
    const std::string* find(std::string_view name) const noexcept {
        for (const auto& entry : values_)
            if (entry.first == name) return &entry.second;
        return nullptr;
    }
    std::string_view need(std::string_view name) const {
        const std::string* value = find(name);
        if (!value) throw Error(ErrorKind::Misconfigured, "setting " + std::string(name) + " is missing");
        return *value;
    }
    template <class T>
    T parse(std::string_view name) const {
        const std::string_view value = need(name);
        T out{};
        const auto result = std::from_chars(value.data(), value.data() + value.size(), out);
        if (result.ec != std::errc() || result.ptr != value.data() + value.size())
            throw Error(ErrorKind::Misconfigured,
                        "setting " + std::string(name) + ": '" + std::string(value) + "' is not a number");
        return out;
    }

    std::vector<std::pair<std::string, std::string>> values_;
};

}  // namespace porchlight
