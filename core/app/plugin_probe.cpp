#include "app/plugin_probe.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "base/fd.h"
#include "base/log.h"
#include "base/text.h"

extern char** environ;

namespace porchlight::app {
namespace {

/// Everything the child prints until it closes its end or 10 s are over; then it is gone for sure.
std::string outputOf(const std::string& program) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw base::errnoError("make a pipe", errno);
    base::Fd reading(ends[0]);
    base::Fd writing(ends[1]);
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, writing.get(), STDOUT_FILENO);
    ::posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
    std::string arguments[] = {"porchlightd", "probe-plugins"};
    char* argv[] = {arguments[0].data(), arguments[1].data(), nullptr};
    pid_t pid = -1;
    const int failure = ::posix_spawn(&pid, program.c_str(), &actions, nullptr, argv, environ);
    ::posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) throw base::errnoError("start the plugin probe", failure);
    writing.reset();
    std::string text;
    const auto deadline = Deadline::in(seconds(10));
    char buffer[4096];
    while (!deadline.isPast() && base::waitFor(reading.get(), POLLIN, deadline) != 0) {
        const ssize_t n = ::read(reading.get(), buffer, sizeof buffer);
        if (n <= 0) break;
        text.append(buffer, static_cast<std::size_t>(n));
    }
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return text;
}

}  // namespace

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
        text = outputOf(program);
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
