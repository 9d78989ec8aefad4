#include "config/plugin_choice.h"

#include "base/text.h"
#include "config/kept_secrets.h"
#include "config/plugin_settings.h"

namespace porchlight::config {
namespace {

std::string installed(const plugin::Catalogue& plugins, PluginKind kind) {
    std::string out;
    for (const auto& name : plugins.names(kind)) out += (out.empty() ? "" : ", ") + name;
    return out.empty() ? "none" : out;
}

}  // namespace

const plugin::Listing* readPlugin(Section& section, PluginKind kind, const std::string& otherwise,
                                  const plugin::Catalogue& plugins, PluginChoice& choice) {
    choice.plugin = section.text("plugin", otherwise);
    if (choice.plugin.empty()) {
        section.problem("plugin", "is needed; installed: " + installed(plugins, kind));
        return nullptr;
    }
    const plugin::Listing* listing = plugins.find(kind, choice.plugin);
    if (listing == nullptr) {
        const auto nearest = base::nearestName(choice.plugin, plugins.names(kind));
        section.problem("plugin", "'" + choice.plugin + "' is not an installed " + nameOf(kind) + " plugin" +
                                      (nearest ? " (did you mean " + *nearest + "?)"
                                               : "; installed: " + installed(plugins, kind)));
        return nullptr;
    }
    choice.settings = readPluginSettings(section, *listing);
    keepSecretsOf(*listing, choice.settings);
    return listing;
}

}  // namespace porchlight::config
