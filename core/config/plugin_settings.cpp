#include "config/plugin_settings.h"

#include <charconv>
#include <set>

#include "base/text.h"
#include "config/address.h"
#include "plugin/setting_rule.h"

namespace porchlight::config {
namespace {

constexpr std::size_t kMaxZones = 32;      ///< of one setting: no detector takes more
constexpr const char* kFileKey = "_file";  ///< behind a secret's name: the file that holds it

/// One polygon "x,y x,y x,y"; empty after a problem.
std::string readPolygon(Section& section, const YAML::Node& node) {
    if (!node.IsSequence() || node.size() < 3) {
        section.problemAt(node, "a polygon needs at least three points [[x, y], ...]");
        return "";
    }
    std::string out;
    for (const auto& point : node) {
        double xy[2] = {-1, -1};
        if (point.IsSequence() && point.size() == 2)
            for (std::size_t i = 0; i < 2; ++i) {
                const std::string text =
                    point[i].IsScalar() && point[i].Tag() != "!secret" ? point[i].Scalar() : "";
                const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), xy[i]);
                if (error != std::errc() || end != text.data() + text.size()) xy[i] = -1;
            }
        if (!(xy[0] >= 0 && xy[0] <= 1 && xy[1] >= 0 && xy[1] <= 1)) {
            section.problemAt(point, "a point is [x, y] with shares of the picture from 0 to 1");
            return "";
        }
        out += (out.empty() ? "" : " ") + printNumber(xy[0]) + "," + printNumber(xy[1]);
    }
    return out;
}

std::string whyEmpty(const SettingSpec& spec) {
    return "is empty: " + std::string(spec.help);
}

std::string readPlainText(Section& section, const SettingSpec& spec) {
    const std::string text = section.text(spec.name, spec.default_value);
    const bool is_lacking = text.empty() && spec.is_required != 0;
    if (is_lacking && section.has(spec.name)) section.problem(spec.name, whyEmpty(spec));
    return text;
}

std::string readNumber(Section& section, const SettingSpec& spec) {
    const bool is_limited = spec.minimum < spec.maximum;
    if (spec.type == SettingType::Integer) {
        const auto otherwise = static_cast<std::int64_t>(std::strtoll(spec.default_value, nullptr, 10));
        const auto low = is_limited ? static_cast<std::int64_t>(spec.minimum) : INT64_C(-1000000000);
        const auto high = is_limited ? static_cast<std::int64_t>(spec.maximum) : INT64_C(1000000000);
        return std::to_string(section.integer(spec.name, otherwise, low, high));
    }
    return printNumber(section.number(spec.name, std::strtod(spec.default_value, nullptr),
                                      is_limited ? spec.minimum : -1e12, is_limited ? spec.maximum : 1e12));
}

/// A relative path counts from the configuration file; empty stays empty.
std::string fileBeside(Section& section, const std::string& text) {
    const std::filesystem::path file(text);
    if (text.empty() || file.is_absolute()) return text;
    return (std::filesystem::absolute(section.document().file()).parent_path() / file)
        .lexically_normal()
        .string();
}

/// The secret itself, or the file it stands in: `password` or `password_file`.
std::string readSecret(Section& section, const SettingSpec& spec) {
    const std::string file_key = std::string(spec.name) + kFileKey;
    std::string secret = section.secret(spec.name, spec.default_value);
    if (!section.has(file_key)) return secret;
    const std::string file = fileBeside(section, section.text(file_key, ""));
    if (section.has(spec.name))
        section.problem(file_key, "and " + std::string(spec.name) + " are both given: which one counts?");
    if (file.empty()) return secret;
    try {
        return section.document().secrets().lineOf(file);
    } catch (const Error& error) {
        section.problem(file_key, std::string("cannot be used: ") + error.what());
        return secret;
    }
}

std::string readHost(Section& section, const SettingSpec& spec) {
    const std::string host = section.text(spec.name, spec.default_value);
    if (const std::string why = whyNoHost(host); !why.empty()) section.problem(spec.name, why);
    return host;
}

std::string readTopic(Section& section, const SettingSpec& spec) {
    const std::string topic = section.text(spec.name, spec.default_value);
    const bool has_outer_slash = topic.starts_with('/') || topic.ends_with('/');
    if (topic.empty() || topic.size() > 200 || has_outer_slash || topic.starts_with('$') ||
        topic.find_first_of("+#") != std::string::npos)
        section.problem(
            spec.name,
            "must be a plain topic: not empty, without + and #, without / at its ends and $ in front");
    return topic;
}

std::string readOne(Section& section, const SettingSpec& spec) {
    switch (spec.type) {
        case SettingType::Text:
            return readPlainText(section, spec);
        case SettingType::Url:
            return readUrl(section, spec.name, spec);
        case SettingType::Secret:
            return readSecret(section, spec);
        case SettingType::Host:
            return readHost(section, spec);
        case SettingType::Topic:
            return readTopic(section, spec);
        case SettingType::File:
            return fileBeside(section, section.text(spec.name, spec.default_value));
        case SettingType::Integer:
        case SettingType::Number:
            return readNumber(section, spec);
        case SettingType::Boolean:
            return section.boolean(spec.name, std::string_view(spec.default_value) == "true") ? "true"
                                                                                              : "false";
        case SettingType::Duration: {
            const bool is_limited = spec.minimum < spec.maximum;
            const auto us = [](double value_s) {
                return microseconds(static_cast<std::int64_t>(value_s * 1e6));
            };
            const auto otherwise = base::parseDuration(spec.default_value).value_or(microseconds(0));
            return std::to_string(section
                                      .duration(spec.name, otherwise, us(is_limited ? spec.minimum : 0),
                                                us(is_limited ? spec.maximum : 1e9))
                                      .count());
        }
        case SettingType::Choice: {
            const auto choices = base::split(spec.choices, '|');
            std::size_t otherwise = 0;
            for (std::size_t i = 0; i < choices.size(); ++i)
                if (choices[i] == spec.default_value) otherwise = i;
            return choices[section.choice(spec.name, otherwise, choices)];
        }
        case SettingType::Zones:
            return readZones(section, spec.name, std::string_view(spec.name) == "zones");
    }
    return "";
}

}  // namespace

std::string readUrl(Section& section, const std::string& key, const SettingSpec& url) {
    const std::string text = section.url(key, key == url.name ? url.default_value : "");
    std::string why = whyNoSource(text, url.choices);
    if (section.has(key) && text.empty() && url.is_required != 0) why = whyEmpty(url);
    if (!why.empty() && (!text.empty() || section.has(key))) section.problem(key, why);
    return text;
}

std::string readZones(Section& section, const std::string& key, bool needs_names) {
    if (!section.has(key)) return "";
    const YAML::Node list = section.node(key);
    if (!list.IsSequence()) {
        section.problem(key, "must be a list of {name, polygon}");
        return "";
    }
    if (list.size() > kMaxZones)
        section.problem(key, "must hold at most " + std::to_string(kMaxZones) + " areas");
    std::string out;
    std::set<std::string> names;
    std::size_t number = 0;
    for (const auto& entry : list) {
        ++number;
        Section zone(section.document(), entry, key);
        const std::size_t before = section.document().problems().size();
        const std::string name = zone.text("name", needs_names ? "" : key + std::to_string(number));
        if (section.document().problems().size() != before) continue;
        if (name.empty() || name.size() > 40 || name.find_first_of(":;, ") != std::string::npos)
            zone.problem("name", "is needed, without spaces or any of : ; , and of at most 40 bytes");
        if (!names.insert(name).second) zone.problem("name", "is the name of another one, too: " + name);
        const std::string polygon = readPolygon(zone, zone.node("polygon"));
        zone.finish();
        if (!polygon.empty()) out += (out.empty() ? "" : ";") + name + ":" + polygon;
    }
    return out;
}

Settings readPluginSettings(Section& section, const plugin::Listing& plugin) {
    Settings settings;
    const std::size_t before = section.document().problems().size();
    for (const SettingSpec& spec : plugin.settings) {
        const bool is_given = section.has(spec.name);
        if (spec.is_required != 0 && !is_given && !section.isNamed(spec.name))
            section.problem("", std::string("needs ") + spec.name + ": " + spec.help);
        settings.set(spec.name, readOne(section, spec));
    }
    if (section.document().problems().size() != before)
        return settings;  // rules about each other would mislead
    for (const SettingSpec& spec : plugin.settings)
        if (const std::string why = plugin::whyAgainstRule(spec, settings.text(spec.name), settings);
            !why.empty())
            section.problem(std::string(spec.name) + (section.isNamed(spec.name) ? "" : kFileKey), why);
    return settings;
}

}  // namespace porchlight::config
