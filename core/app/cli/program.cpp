#include <cstdio>
#include <iostream>

#include "app/cli/commands.h"
#include "app/paths.h"
#include "base/secret/secrets.h"
#include "base/text.h"

namespace porchlight::app {
namespace {

struct Command {
    const char* name;
    const char* usage;
    const char* summary;
    int (*run)(const CommandContext&, const Words&);
};

constexpr Command kCommands[] = {
    {"status", "[CAMERA] [--detailed] [--json]",
     "cameras with state, score, picture age; exit 0 all well, 1 not, 2 no daemon", commandStatus},
    {"monitor", "[--duration T] [--interval T] [--json]", "a line per camera per interval", commandMonitor},
    {"events", "[--camera C] [--from T] [--to T] [--limit N] [--json]", "event history, newest first",
     commandEvents},
    {"alerts", "[list|retry|drop|test] [ID...|NAME] [--target T] [--dead] [--limit N] [--json]",
     "alerts that wait or were given up: seen, tried again, dropped; test NAME: tell a target a test",
     commandAlerts},
    {"export", "--camera C --from T [--to T] [--out FILE]",
     "footage of one camera as one MP4, without re-encoding", commandExport},
    {"evidence", "--from T [--to T] [--camera C,C] [--note TEXT] [--out FILE]",
     "clips of several cameras with hashes and statements as a ZIP", commandEvidence},
    {"snapshot", "CAMERA... [--timeout T] [--attempts N] [--out DIR] [--json]",
     "simultaneous stills; exit 1 if any failed", commandSnapshot},
    {"test", "CAMERA [-n N] [--timeout T] [--json]",
     "N capture tests: successes, latency, faults by kind; exit 1 if any failed", commandTest},
    {"recover", "CAMERA [--rung N] [--json]",
     "one recovery attempt now: 1 retry, 2 restart stream, 3 new worker, 4 reset device, 5 owner_action",
     commandRecover},
    {"control",
     "CAMERA [WHAT [TOKEN|NAME] [on|off]] [--pan N] [--tilt N] [--zoom N] [--for T] [--token TOKEN] [--json]",
     "what the camera offers; or tell it: move, stop, preset, save-preset, remove-preset, home, set-home, "
     "output, infrared, keyframe, set-time, restart-camera",
     commandControl},
    {"coverage", "[--camera C] [--from T] [--to T] [--json]",
     "the ledger: recorded seconds, gaps with causes; they add up to wall time", commandCoverage},
    {"logs", "[--errors] [--since T] [--camera C] [--limit N] [--json]", "the structured log with its alerts",
     commandLogs},
    {"detect",
     "FILE... [--camera C] [--plugin NAME] [--set NAME=VALUE]... [--fps N] [--event-gap S] [--json]",
     "offline motion detection on recordings", commandDetect},
    {"sources", "[--onvif ADDRESS [--user NAME] [--picture]] [--json]",
     "cameras found here and on the network, with what to write for each; --onvif: one network camera's "
     "streams, its password from the terminal or one line of standard input",
     commandSources},
    {"plugins", "[NAME] [--json]",
     "loaded and refused plugins with versions and reasons; of one also its settings", commandPlugins},
    {"user", "add|passwd|list|remove NAME [--role admin|viewer] [--json]",
     "accounts; passwords come from the terminal or standard input", commandUser},
    {"doctor", "[--json]",
     "look at devices, versions, disk, clock, port, broker, memory; exit 1 if something is bad",
     commandDoctor},
    {"check-config", "[FILE] [--memory SIZE] [--json]",
     "judge the configuration: every error with file:line:column, and the memory it needs",
     commandCheckConfig},
    {"check", "[--repair [--accept-loss]] [--deep] [--json]",
     "compare history and files on disk; --deep: and have every recording read back as a player would",
     commandCheck},
};

int help() {
    std::cout << "usage: porchlight [--config FILE] COMMAND [...]\n\n";
    for (const auto& command : kCommands)
        std::printf("  %-13s %s\n  %-13s   %s\n", command.name, command.usage, "", command.summary);
    std::cout
        << "\nTimes read ISO 8601 (UTC) or -2h; durations 90s 10m 24h 7d. porchlight " PORCHLIGHT_VERSION
           "\n";
    return 0;
}

int helpOf(const Command& command) {
    std::printf("usage: porchlight [--config FILE] %s %s\n%s\n", command.name, command.usage,
                command.summary);
    return 0;
}

bool takeConfig(const Words& words, std::size_t& at, std::string& file) {
    return takeOption(words, at, "--config", "a file", file);
}

/// --config is also taken behind the command. What stands behind "--" is left alone.
int runCommand(const Command& command, CommandContext context, const Words& words) {
    Words own;
    std::size_t at = 0;
    while (at < words.size() && words[at] != "--") {
        if (words[at] == "--help" || words[at] == "-h") return helpOf(command);
        if (!takeConfig(words, at, context.config_option)) own.push_back(words[at++]);
    }
    own.insert(own.end(), words.begin() + static_cast<std::ptrdiff_t>(at), words.end());
    return command.run(context, own);
}

int run(const Words& all) {
    CommandContext context;
    std::size_t at = 0;
    while (at < all.size() && all[at].starts_with("--")) {
        if (all[at] == "--help") return help();
        if (all[at] == "--version") return std::puts("porchlight " PORCHLIGHT_VERSION) < 0 ? 1 : 0;
        if (!takeConfig(all, at, context.config_option))
            throw UsageError("unknown option " + all[at] + " before the command");
    }
    if (at >= all.size() || all[at] == "help" || all[at] == "-h") return help();
    std::vector<std::string> names;
    for (const auto& command : kCommands) {
        names.emplace_back(command.name);
        if (all[at] == command.name)
            return runCommand(command, context,
                              Words(all.begin() + static_cast<std::ptrdiff_t>(at) + 1, all.end()));
    }
    const auto nearest = base::nearestName(all[at], names);
    throw UsageError("unknown command " + all[at] + (nearest ? " (did you mean " + *nearest + "?)" : ""));
}

}  // namespace

std::filesystem::path CommandContext::configFile() const {
    return findConfig(config_option);
}

config::Config CommandContext::config() const {
    auto result = config::load(configFile(), plugin::Catalogue(Paths::find().plugins));
    if (result.problems.empty()) return std::move(result.config);
    std::string text = "the configuration is wrong:";
    for (const auto& problem : result.problems) text += "\n  " + problem.format();
    throw Error(ErrorKind::Misconfigured, text);
}

int runProgram(const Words& words) {
    try {
        return run(words);
    } catch (const UsageError& error) {
        std::cerr << "porchlight: " << base::hideSecrets(error.what()) << "\nTry: porchlight --help\n";
        return 64;
    } catch (const Error& error) {
        std::cerr << "porchlight: " << base::hideSecrets(error.what()) << "\n";
        return error.kind() == ErrorKind::Unavailable ? 2 : 1;
    } catch (const std::exception& error) {
        std::cerr << "porchlight: unexpected: " << base::hideSecrets(error.what()) << "\n";
        return 70;
    }
}

}  // namespace porchlight::app
