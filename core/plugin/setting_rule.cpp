#include "plugin/setting_rule.h"

#include <cmath>
#include <cstdlib>

#include "base/text.h"
#include "porchlight/assignments.h"

namespace porchlight::plugin {
namespace {

/// "step 2" is the name "step" and the argument "2".
struct Rule {
    std::string name;
    std::string argument;
};

Rule ruleOf(const std::string& text) {
    const std::size_t space = text.find(' ');
    return {text.substr(0, space), space == std::string::npos ? "" : text.substr(space + 1)};
}

std::vector<Rule> rulesOf(const SettingSpec& spec) {
    std::vector<Rule> rules;
    if (spec.type == SettingType::Choice || spec.type == SettingType::Url || *spec.choices == '\0')
        return rules;
    for (const std::string& text : base::split(spec.choices, '|')) rules.push_back(ruleOf(text));
    return rules;
}

/// Whether the owner asks for something with it.
bool isSet(std::string_view value) noexcept {
    return !value.empty() && value != "0" && value != "false";
}

std::string whyNoMultiple(std::string_view value, const std::string& step) {
    const double steps =
        std::strtod(std::string(value).c_str(), nullptr) / std::strtod(step.c_str(), nullptr);
    if (std::abs(steps - std::round(steps)) < 1e-6) return "";
    return (step == "2" ? "must be an even number, not " : "must be a multiple of " + step + ", not ") +
           std::string(value);
}

std::string whyNoAssignments(std::string_view value) {
    try {
        parseAssignments(value);
        return "";
    } catch (const Error& error) {
        return std::string("must be a list such as name=1, other=2: ") + error.what();
    }
}

/// `wish`: "height" or "tls=true".
std::string whyAlone(std::string_view value, const std::string& wish, const Settings& all) {
    const std::size_t equals = wish.find('=');
    const std::string_view other = all.text(wish.substr(0, equals));
    const bool is_met = equals == std::string::npos ? isSet(other) : other == wish.substr(equals + 1);
    if (!isSet(value) || is_met) return "";
    return "needs " +
           (equals == std::string::npos ? wish : wish.substr(0, equals) + ": " + wish.substr(equals + 1)) +
           " beside it, or it does not count";
}

}  // namespace

std::string whyAgainstRule(const SettingSpec& spec, std::string_view value, const Settings& all) {
    std::string why;
    for (const auto& [name, argument] : rulesOf(spec)) {
        if (name == "step") why = whyNoMultiple(value, argument);
        if (name == "path" && !value.empty() && !value.starts_with('/'))
            why = "must be a whole path, beginning with /";
        if (name == "assignments") why = whyNoAssignments(value);
        if (name == "needs") why = whyAlone(value, argument, all);
        if (!why.empty()) return why;
    }
    return why;
}

std::string rulesInWords(const SettingSpec& spec) {
    std::string words;
    for (const auto& [name, argument] : rulesOf(spec)) {
        if (name == "step") words += argument == "2" ? ", even" : ", a multiple of " + argument;
        if (name == "path") words += ", a whole path";
        if (name == "assignments") words += ": name=number, ...";
        if (name == "needs") words += ", with " + argument;
    }
    return words;
}

bool hasKnownRules(const SettingSpec& spec) {
    for (const auto& [name, argument] : rulesOf(spec)) {
        const bool is_number = spec.type == SettingType::Integer || spec.type == SettingType::Number;
        if (name == "step" && is_number && std::strtod(argument.c_str(), nullptr) > 0) continue;
        if ((name == "path" || name == "assignments") && spec.type == SettingType::Text) continue;
        if (name == "needs" && !argument.empty()) continue;
        return false;
    }
    return true;
}

}  // namespace porchlight::plugin
