#include "config/kept_secrets.h"

#include "base/secret/secrets.h"
#include "base/secret/url.h"

namespace porchlight::config {
namespace {

/// "user:password@broker" is no address and yet holds credentials.
std::vector<std::string> secretsInText(std::string_view text) {
    const bool has_scheme = text.find("://") != std::string_view::npos;
    return base::secretsIn(has_scheme ? std::string(text) : "none://" + std::string(text));
}

bool isOptionWithSecret(const std::string& word) {
    return word.starts_with('-') && !base::credentialValues(word + "=x").empty();
}

}  // namespace

void keepSecretsOf(const plugin::Listing& plugin, const Settings& settings) {
    for (const SettingSpec& spec : plugin.settings) {
        const std::string value(settings.text(spec.name));
        const bool is_name = std::string_view(spec.name).find("user") != std::string_view::npos;
        if (spec.type == SettingType::Secret || is_name) base::keepSecrets({value});
        const bool is_text = spec.type == SettingType::Url || spec.type == SettingType::Text ||
                             spec.type == SettingType::Host || spec.type == SettingType::Topic;
        const bool is_address =
            value.find('@') != std::string::npos || value.find("://") != std::string::npos;
        if (is_text && is_address) base::keepSecrets(secretsInText(value));
    }
}

void keepSecretsOf(const std::vector<std::string>& command) {
    for (std::size_t i = 1; i < command.size(); ++i) {
        base::keepSecrets(base::secretsIn(command[i]));
        for (const std::string_view value : base::credentialValues(command[i]))
            base::keepSecrets({std::string(value)});
        if (isOptionWithSecret(command[i - 1])) base::keepSecrets({command[i]});
    }
}

}  // namespace porchlight::config
