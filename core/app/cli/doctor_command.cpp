// doctor: works with and without a running daemon.
#include <cstdio>

#include "app/cli/daemon_client.h"
#include "app/discover/discovery.h"
#include "app/discover/plugin_probe.h"
#include "app/doctor/doctor.h"
#include "app/paths.h"
#include "base/secret/secrets.h"
#include "base/text.h"
#include "config/host_check.h"
#include "porchlight/json.h"

namespace porchlight::app {
namespace {

std::string daemonProgram() {
    return (std::filesystem::read_symlink("/proc/self/exe").parent_path() / "porchlightd").string();
}

/// Whether the daemon answers; a finding says so.
bool examineDaemon(const CommandContext& context, Findings& findings) {
    try {
        const auto system = DaemonClient(context).get("/system");
        const bool is_ok = textOf(system, "is_ok") == "true";
        findings.push_back({"daemon", is_ok ? Verdict::Good : Verdict::Bad,
                            "porchlightd " + textOf(system, "version") +
                                (is_ok ? " runs" : " runs, but its parts stand still"),
                            is_ok ? "" : "porchlight logs --errors says why; systemctl restart porchlight"});
        const auto problems = system->getArray("problems");
        for (std::size_t i = 0; !problems.isNull() && i < problems->size(); ++i)
            findings.push_back({"daemon", Verdict::Bad,
                                problems->getElement<std::string>(static_cast<unsigned>(i)),
                                "porchlight logs --errors says more"});
        return true;
    } catch (const Error& error) {
        findings.push_back({"daemon", Verdict::Doubtful, error.what(),
                            "systemctl start porchlight, or porchlightd --config FILE"});
        return false;
    }
}

void print(const Finding& finding) {
    std::printf("%-9s %-18s %s\n", nameOf(finding.verdict), finding.subject.c_str(), finding.text.c_str());
    if (!finding.advice.empty()) std::printf("%29s-> %s\n", "", finding.advice.c_str());
}

}  // namespace

int commandDoctor(const CommandContext& context, const Words& words) {
    const Arguments arguments(words, {"--json"}, {});
    arguments.expectWords(0, 0, "");
    const plugin::Catalogue catalogue(Paths::find().plugins);
    auto loaded = config::load(context.configFile(), catalogue);
    Findings findings;
    const bool is_readable = loaded.problems.empty();
    if (is_readable) {
        const auto found = config::examineHost(loaded, config::userOf(loaded.config));
        for (const auto* some : {&found.stops, &found.troubles})
            loaded.problems.insert(loaded.problems.end(), some->begin(), some->end());
    }
    examineConfig(loaded, findings);
    const bool is_running = is_readable && examineDaemon(context, findings);
    examinePlugins(probeInChild(catalogue, daemonProgram()), findings);
    examineDataFolder(loaded.config, findings);
    examineMemory(loaded.config, findings);
    examineClock(findings);
    examinePower(findings);
    examinePort(loaded.config, is_running, findings);
    examineCertificate(loaded.config, findings);
    examineBroker(loaded.config, catalogue, findings);
    examineDevices(loaded.config, findings);
    examineSources(loaded.config, findings);
    examineFound(Discoverer(daemonProgram()).search(), loaded.config, findings);
    bool is_any_bad = false;
    JsonWriter json;
    json.beginObject().key("findings").beginArray();
    for (Finding& finding : findings) {
        finding.text = base::printable(base::hideSecrets(finding.text));
        finding.advice = base::printable(finding.advice);
        is_any_bad = is_any_bad || finding.verdict == Verdict::Bad;
        if (!arguments.has("--json")) print(finding);
        json.beginObject().field("subject", finding.subject).field("verdict", nameOf(finding.verdict));
        json.field("text", finding.text).field("advice", finding.advice).endObject();
    }
    if (arguments.has("--json")) std::puts(json.endArray().endObject().text().c_str());
    return is_any_bad ? 1 : 0;
}

}  // namespace porchlight::app
