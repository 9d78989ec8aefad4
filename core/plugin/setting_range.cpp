#include "plugin/setting_range.h"

#include <cmath>
#include <cstdio>

#include "base/text.h"
#include "plugin/setting_rule.h"

namespace porchlight::plugin {
namespace {

std::string numberText(double number) {
    char text[32];
    std::snprintf(text, sizeof text, "%.10g", number);
    return text;
}

std::string spanText(double span_s) {
    if (span_s >= 3600 && std::fmod(span_s, 3600) == 0) return numberText(span_s / 3600) + "h";
    if (span_s >= 60 && std::fmod(span_s, 60) == 0) return numberText(span_s / 60) + "m";
    return numberText(span_s) + "s";
}

std::string schemesText(const SettingSpec& spec) {
    std::string text;
    for (const std::string& scheme : base::split(spec.choices, '|'))
        if (!scheme.empty())
            text += (text.empty() ? "" : " | ") + (scheme == "file" ? "a file" : scheme + "://");
    return text.empty() ? "an address or a file" : text;
}

std::string rangeOfType(const SettingSpec& spec) {
    const bool is_limited = spec.minimum < spec.maximum;
    const std::string unit = *spec.unit != '\0' ? std::string(" ") + spec.unit : "";
    switch (spec.type) {
        case SettingType::Integer:
        case SettingType::Number:
            return is_limited ? numberText(spec.minimum) + " to " + numberText(spec.maximum) + unit
                              : "a number" + unit;
        case SettingType::Duration:
            return is_limited ? spanText(spec.minimum) + " to " + spanText(spec.maximum) : "a duration";
        case SettingType::Boolean:
            return "true | false";
        case SettingType::Choice: {
            std::string text;
            for (const std::string& choice : base::split(spec.choices, '|'))
                text += (text.empty() ? "" : " | ") + choice;
            return text;
        }
        case SettingType::Url:
            return schemesText(spec);
        case SettingType::Secret:
            return "text, never shown";
        case SettingType::Zones:
            return "areas: [{name, polygon}]";
        case SettingType::Host:
            return "a host name or address";
        case SettingType::Topic:
            return "an MQTT topic";
        case SettingType::File:
            return "a file";
        case SettingType::Text:
            break;
    }
    return "text";
}

}  // namespace

std::string rangeOf(const SettingSpec& spec) {
    return rangeOfType(spec) + rulesInWords(spec);
}

}  // namespace porchlight::plugin
