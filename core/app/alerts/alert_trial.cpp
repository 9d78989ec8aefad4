#include "app/alerts/alert_trial.h"

#include "base/secret/secrets.h"
#include "porchlight/alert.h"

namespace porchlight::app {
namespace {

constexpr milliseconds kTrial{9000};

}  // namespace

std::optional<web::AlertTrial> tryAlert(const config::Config& config, const plugin::Catalogue& catalogue,
                                        const std::string& node, const std::string& target) {
    for (const auto& choice : config.alerts) {
        if (choice.target() != target) continue;
        web::AlertTrial out;
        std::vector<AlertCamera> cameras;
        for (const auto& camera : config.cameras) cameras.push_back({camera.name, camera.title, true});
        try {
            const auto sink = catalogue.load(PluginKind::Alert, choice.plugin)->create<AlertSink>();
            sink->configure(choice.settings, {node, PORCHLIGHT_VERSION, config.web.url, cameras, ""});
            out.doubts = sink->tryOut(Deadline::in(kTrial));
            for (std::string& doubt : out.doubts) doubt = base::hideSecrets(doubt);
            out.is_ok = true;
            const std::string said = base::hideSecrets(sink->status());
            out.answer = said.starts_with("it ") ? said : "it took the test";
        } catch (const std::exception& error) {
            out.answer = base::hideSecrets(error.what());
        }
        return out;
    }
    return std::nullopt;
}

}  // namespace porchlight::app
