#include "camera/process/spawn.h"

#include <fcntl.h>
#include <spawn.h>

#include <csignal>
#include <cstring>
#include <string_view>

#include "ipc/fork_protocol.h"

extern char** environ;

namespace porchlight::camera {
namespace {

/// Our environment without what concerns systemd's main process, and with few malloc arenas.
std::vector<char*> childEnvironment() {
    static char arenas[] = "MALLOC_ARENA_MAX=2";
    std::vector<char*> out;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        if (text.starts_with("NOTIFY_SOCKET=") || text.starts_with("WATCHDOG_") ||
            text.starts_with("MALLOC_ARENA_MAX="))
            continue;
        out.push_back(*entry);
    }
    out.push_back(arenas);
    out.push_back(nullptr);
    return out;
}

/// posix_spawn's two attribute objects, freed together; signals are reset in the child.
struct SpawnPlan {
    posix_spawnattr_t attributes{};
    posix_spawn_file_actions_t actions{};
    SpawnPlan() {
        ::posix_spawnattr_init(&attributes);
        ::posix_spawn_file_actions_init(&actions);
        sigset_t none{};
        sigset_t all{};
        sigemptyset(&none);
        sigfillset(&all);
        ::posix_spawnattr_setsigmask(&attributes, &none);
        ::posix_spawnattr_setsigdefault(&attributes, &all);
        ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    }
    ~SpawnPlan() {
        ::posix_spawnattr_destroy(&attributes);
        ::posix_spawn_file_actions_destroy(&actions);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;

    pid_t start(const std::string& program, std::vector<std::string> arguments, ErrorKind kind,
                const std::string& what) const {
        std::vector<char*> argv;
        for (auto& argument : arguments) argv.push_back(argument.data());
        argv.push_back(nullptr);
        auto environment = childEnvironment();
        pid_t pid = -1;
        const int failure =
            ::posix_spawn(&pid, program.c_str(), &actions, &attributes, argv.data(), environment.data());
        if (failure != 0) throw Error(kind, what + ": " + std::string(std::strerror(failure)));
        return pid;
    }
};

}  // namespace

pid_t spawnWithSocket(const std::string& program, std::vector<std::string> arguments, const base::Fd& socket,
                      const base::Fd& output) {
    SpawnPlan plan;
    for (const int standard : {STDOUT_FILENO, STDERR_FILENO})
        if (output) ::posix_spawn_file_actions_adddup2(&plan.actions, output.get(), standard);
    ::posix_spawn_file_actions_adddup2(&plan.actions, socket.get(), ipc::kInheritedSocket);
    // Libraries open descriptors without CLOEXEC (Poco's listening sockets): none of them is a worker's
    // business.
    ::posix_spawn_file_actions_addclosefrom_np(&plan.actions, ipc::kInheritedSocket + 1);
    const std::string what = "start " + arguments.at(1);
    return plan.start(program, std::move(arguments), ErrorKind::Exhausted, what);
}

pid_t spawnWithOutput(std::vector<std::string> command, const base::Fd& input, const base::Fd& output) {
    SpawnPlan plan;
    if (input)
        ::posix_spawn_file_actions_adddup2(&plan.actions, input.get(), 0);
    else
        ::posix_spawn_file_actions_addopen(&plan.actions, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&plan.actions, output.get(), 1);
    ::posix_spawn_file_actions_adddup2(&plan.actions, output.get(), 2);
    ::posix_spawn_file_actions_addclosefrom_np(&plan.actions, 3);
    const std::string program = command.at(0);
    return plan.start(program, std::move(command), ErrorKind::Unavailable, "start " + program);
}

}  // namespace porchlight::camera
