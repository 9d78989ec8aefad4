#include "camera/spawn.h"

#include <spawn.h>

#include <csignal>
#include <cstring>
#include <string_view>

extern char** environ;

namespace porchlight::camera {
namespace {

constexpr int kSocket = 3;

/// posix_spawn's two attribute objects, freed together.
struct SpawnPlan {
    posix_spawnattr_t attributes{};
    posix_spawn_file_actions_t actions{};
    SpawnPlan() {
        ::posix_spawnattr_init(&attributes);
        ::posix_spawn_file_actions_init(&actions);
    }
    ~SpawnPlan() {
        ::posix_spawnattr_destroy(&attributes);
        ::posix_spawn_file_actions_destroy(&actions);
    }
    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
};

/// Our environment without what concerns systemd's main process, and with few malloc arenas.
std::vector<char*> childEnvironment() {
    static char arenas[] = "MALLOC_ARENA_MAX=2";
    std::vector<char*> out;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        if (text.starts_with("NOTIFY_SOCKET=") || text.starts_with("WATCHDOG_") || text.starts_with("MALLOC_ARENA_MAX=")) continue;
        out.push_back(*entry);
    }
    out.push_back(arenas);
    out.push_back(nullptr);
    return out;
}

}  // namespace

pid_t spawnWithSocket(const std::string& program, std::vector<std::string> arguments, const base::Fd& socket) {
    SpawnPlan plan;
    sigset_t none{};
    sigset_t all{};
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_setsigmask(&plan.attributes, &none);
    ::posix_spawnattr_setsigdefault(&plan.attributes, &all);
    ::posix_spawnattr_setflags(&plan.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    ::posix_spawn_file_actions_adddup2(&plan.actions, socket.get(), kSocket);
    // Libraries open descriptors without CLOEXEC (Poco's listening sockets): none of them is a worker's business.
    ::posix_spawn_file_actions_addclosefrom_np(&plan.actions, kSocket + 1);
    std::vector<char*> argv;
    for (auto& argument : arguments) argv.push_back(argument.data());
    argv.push_back(nullptr);
    auto environment = childEnvironment();
    pid_t pid = -1;
    const int failure = ::posix_spawn(&pid, program.c_str(), &plan.actions, &plan.attributes, argv.data(), environment.data());
    if (failure != 0) throw Error(ErrorKind::Exhausted, "start " + arguments.at(1) + ": " + std::string(std::strerror(failure)));
    return pid;
}

}  // namespace porchlight::camera
