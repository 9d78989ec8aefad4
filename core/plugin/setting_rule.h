/// What a plugin asks of a setting beyond its type and range: the rules in SettingSpec::choices.
#pragma once

#include <string>
#include <string_view>

#include "porchlight/settings.h"

namespace porchlight::plugin {

/// Why `value` (canonical) keeps not to a rule of its setting, as "must ..." or "needs ..."; empty when it
/// keeps to all. `all`: the values of that plugin. Choices and addresses have no rules: their choices are
/// names and schemes. Pure.
std::string whyAgainstRule(const SettingSpec& spec, std::string_view value, const Settings& all);

/// The rules for people: ", a multiple of 2"; empty without any.
std::string rulesInWords(const SettingSpec& spec);

/// False: judging it would need a newer Porchlight.
bool hasKnownRules(const SettingSpec& spec);

}  // namespace porchlight::plugin
