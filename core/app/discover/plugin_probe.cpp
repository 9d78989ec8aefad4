#include "app/discover/plugin_probe.h"

#include <unistd.h>

#include "app/discover/child_output.h"
#include "base/log.h"
#include "base/text.h"

namespace porchlight::app {

int printProbe(const plugin::Catalogue& catalogue) {
    for (const auto& listing : catalogue.all()) {
        if (!listing.refusal.empty()) continue;
        // One at a time, announced before it is loaded: the last line names the plugin a crash happened in.
        const std::string name = listing.file.filename().string();
        std::string line = "loading\t" + name + "\n";
        if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) return 1;
        const auto result = plugin::probe(plugin::Catalogue({listing})).front();
        line = "done\t" + name + "\t" + result.runtime + "\t" + result.refusal + "\n";
        if (::write(STDOUT_FILENO, line.data(), line.size()) < 0) return 1;
    }
    return 0;
}

std::vector<plugin::Listing> probeInChild(const plugin::Catalogue& catalogue, const std::string& program) {
    std::vector<plugin::Listing> out = catalogue.all();
    std::string text;
    try {
        text = outputOfChild(program, {"probe-plugins"}, Deadline::in(seconds(10))).text;
    } catch (const Error& error) {
        base::logWarning("plugins", error.what());
        return out;
    }
    for (const auto& line : base::split(text, '\n')) {
        const auto fields = base::split(line, '\t');
        for (auto& listing : out) {
            if (fields.size() < 2 || listing.file.filename() != fields[1]) continue;
            if (fields[0] == "loading") listing.refusal = "crashes or hangs while it is loaded";
            if (fields[0] == "done" && fields.size() == 4) {
                listing.runtime = fields[2];
                listing.refusal = fields[3];
            }
        }
    }
    return out;
}

}  // namespace porchlight::app
