#include "camera/worker_process.h"

#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <string_view>
#include <vector>

extern char** environ;

namespace porchlight::camera {
namespace {

constexpr int kWorkerSocket = 3;

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
std::vector<char*> workerEnvironment() {
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

base::Fd WorkerProcess::spawn(const std::string& program, const std::string& camera, pid_t& pid) {
    auto [mine, theirs] = ipc::Channel::socketPair();
    SpawnPlan plan;
    sigset_t none{};
    sigset_t all{};
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_setsigmask(&plan.attributes, &none);
    ::posix_spawnattr_setsigdefault(&plan.attributes, &all);
    ::posix_spawnattr_setflags(&plan.attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    ::posix_spawn_file_actions_adddup2(&plan.actions, theirs.get(), kWorkerSocket);
    std::string arguments[] = {"porchlightd", "worker", camera};
    char* argv[] = {arguments[0].data(), arguments[1].data(), arguments[2].data(), nullptr};
    auto environment = workerEnvironment();
    const int failure = ::posix_spawn(&pid, program.c_str(), &plan.actions, &plan.attributes, argv, environment.data());
    if (failure != 0) throw Error(ErrorKind::Exhausted, "start a worker: " + std::string(std::strerror(failure)));
    return std::move(mine);
}

WorkerProcess::WorkerProcess(const std::string& program, const std::string& camera, std::size_t outbox_max_bytes)
    : channel_(spawn(program, camera, pid_), outbox_max_bytes),
      pid_fd_(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0))) {
    if (!pid_fd_) {
        const int error_number = errno;
        kill();
        throw base::errnoError("watch a worker", error_number);
    }
}

WorkerProcess::~WorkerProcess() {
    if (!ended()) kill();
}

void WorkerProcess::kill() noexcept {
    if (!end_) ::kill(pid_, SIGKILL);
}

std::optional<std::string> WorkerProcess::ended() noexcept {
    if (end_) return end_;
    siginfo_t info{};
    if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG) != 0) return end_ = "gone";
    if (info.si_pid == 0) return std::nullopt;
    if (info.si_code == CLD_EXITED) return end_ = "exit code " + std::to_string(info.si_status);
    return end_ = "killed by signal " + std::to_string(info.si_status) + " (" + ::strsignal(info.si_status) + ")";
}

}  // namespace porchlight::camera
