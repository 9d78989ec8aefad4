/// The commands of `porchlight`: each takes its words and returns the exit code.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/cli/arguments.h"
#include "config/loader.h"

namespace porchlight::app {

/// What every command may need.
struct CommandContext {
    std::string config_option;  ///< of --config; empty when not given

    std::filesystem::path configFile() const;
    /// The configuration, without judging single cameras. Throws Error(Misconfigured) listing its problems.
    config::Config config() const;
};

using Words = std::vector<std::string>;

/// What `porchlight` does with its words. Returns the exit code: that of the command, 64 for wrong words, 2
/// when the daemon cannot be asked, 1 for other failures, 70 for what nobody expected; why stands on standard
/// error.
int runProgram(const Words& words);

int commandStatus(const CommandContext& context, const Words& words);
int commandMonitor(const CommandContext& context, const Words& words);
int commandRecover(const CommandContext& context, const Words& words);
int commandControl(const CommandContext& context, const Words& words);
int commandSnapshot(const CommandContext& context, const Words& words);
int commandSources(const CommandContext& context, const Words& words);
int commandEvents(const CommandContext& context, const Words& words);
int commandAlerts(const CommandContext& context, const Words& words);
int commandCoverage(const CommandContext& context, const Words& words);
int commandLogs(const CommandContext& context, const Words& words);
int commandTest(const CommandContext& context, const Words& words);
int commandDoctor(const CommandContext& context, const Words& words);
int commandExport(const CommandContext& context, const Words& words);
int commandEvidence(const CommandContext& context, const Words& words);
int commandPlugins(const CommandContext& context, const Words& words);
int commandUser(const CommandContext& context, const Words& words);
int commandCheckConfig(const CommandContext& context, const Words& words);
int commandCheck(const CommandContext& context, const Words& words);
int commandDetect(const CommandContext& context, const Words& words);

}  // namespace porchlight::app
