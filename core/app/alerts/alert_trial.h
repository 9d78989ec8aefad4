/// A test of one alert target, as its owner asks for it.
#pragma once

#include <optional>
#include <string>

#include "config/config.h"
#include "plugin/loader.h"
#include "web/services.h"

namespace porchlight::app {

/// Makes a sink of its own for the target, beside the one that runs, and lets it tell a test. Nothing: no
/// enabled target has this name. **Thread**: any; blocks 9 s at most, beside a name service that does not
/// answer. Secrets are not in the answer.
std::optional<web::AlertTrial> tryAlert(const config::Config& config, const plugin::Catalogue& catalogue,
                                        const std::string& node, const std::string& target);

}  // namespace porchlight::app
