/// Which settings hold what must never be shown.
#pragma once

#include <string>
#include <vector>

#include "plugin/loader.h"
#include "porchlight/settings.h"

namespace porchlight::config {

/// Hands to base::keepSecrets what the settings of one plugin give away: each Secret, user names, and the
/// credentials of each address, also where a plain text ("host") holds one by mistake. Any thread.
void keepSecretsOf(const plugin::Listing& plugin, const Settings& settings);

/// The same for a program of the owner: words behind --token and the like, values of "password=...",
/// addresses.
void keepSecretsOf(const std::vector<std::string>& command);

}  // namespace porchlight::config
