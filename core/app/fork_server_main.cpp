#include "app/fork_server_main.h"

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <cstring>

#include "app/worker_library.h"
#include "base/log.h"
#include "ipc/fork_protocol.h"
#include "plugin/loader.h"

namespace porchlight::app {
namespace {

/// Shows `title` in process lists: writes over the words this program was called with.
void showTitle(int argc, char** argv, const std::string& title) noexcept {
    char* const begin = argv[0];
    char* const end = argv[argc - 1] + std::strlen(argv[argc - 1]);
    const auto room = static_cast<std::size_t>(end - begin);
    std::memset(begin, 0, room);
    title.copy(begin, room);
}

void loadPlugins(const Paths& paths, int argc, char** argv) {
    const plugin::Catalogue catalogue(paths.plugins);
    for (int i = 2; i < argc; ++i)
        for (const auto kind : {PluginKind::Capture, PluginKind::Detect}) {
            if (catalogue.find(kind, argv[i]) == nullptr) continue;
            try {
                (void)catalogue.load(kind, argv[i]);
            } catch (const Error& error) {
                // The worker that needs it says so itself, as the state of its camera.
                base::logWarning("fork-server", error.what());
            }
        }
    ::malloc_trim(0);
}

/// Becomes the worker; never returns to the loop.
int becomeWorker(const Paths& paths, ipc::ForkMessage request, std::atomic<int>* violation, int argc,
                 char** argv) {
    sigset_t none{};
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    // dup2 replaces the server's own end on descriptor 3; the original goes with `request`.
    if (::dup2(request.fd.get(), ipc::kInheritedSocket) < 0) return 1;
    request.fd.reset();
    showTitle(argc, argv, "porchlightd worker " + request.camera);
    return runWorker(paths.worker_library, ipc::kInheritedSocket, violation);
}

/// One number for each worker, shared with it: the system call for which its sandbox ended it.
class Violations {
  public:
    Violations()
        : places_(static_cast<Place*>(::mmap(nullptr, sizeof(Place) * kWorkers, PROT_READ | PROT_WRITE,
                                             MAP_SHARED | MAP_ANONYMOUS, -1, 0))) {
        if (places_ == MAP_FAILED) places_ = nullptr;
    }
    Violations(const Violations&) = delete;
    Violations& operator=(const Violations&) = delete;

    /// For the next worker; null when there are too many. assign() follows, or nothing does.
    std::atomic<int>* free() {
        for (std::size_t i = 0; places_ != nullptr && i < kWorkers; ++i)
            if (pids_[i] == 0) {
                next_ = i;
                places_[i] = 0;
                return &places_[i];
            }
        return nullptr;
    }
    void assign(std::atomic<int>* place, pid_t pid) {
        if (place != nullptr) pids_[next_] = pid;
    }

    /// What the worker left (0: nothing); its place is free again.
    int take(pid_t pid) {
        const auto found = std::find(pids_.begin(), pids_.end(), pid);
        if (found == pids_.end()) return 0;
        *found = 0;
        return places_[found - pids_.begin()];
    }

  private:
    using Place = std::atomic<int>;
    static constexpr std::size_t kWorkers = 64;
    Place* places_;
    std::array<pid_t, kWorkers> pids_{};
    std::size_t next_ = 0;
};

void reportEnded(Violations& violations) {
    int status = 0;
    while (const pid_t pid = ::waitpid(-1, &status, WNOHANG)) {
        if (pid < 0) return;
        ipc::ForkMessage message;
        message.kind = ipc::ForkMessageKind::Ended;
        message.pid = pid;
        message.status = status;
        message.violation = violations.take(pid);
        ipc::sendForkMessage(ipc::kInheritedSocket, message);
    }
}

/// `pid` is negative when there can be no more processes.
void reportForked(const std::string& camera, pid_t pid) {
    ipc::ForkMessage message;
    message.kind = ipc::ForkMessageKind::Forked;
    message.camera = camera;
    message.pid = pid;
    if (pid > 0) message.fd.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
    ipc::sendForkMessage(ipc::kInheritedSocket, message);
}

/// For the workers too, which inherit it: while memory is short, a camera goes before the recorder of all
/// cameras does. Not possible any more once /proc/self belongs to root.
void standBackInOom() noexcept {
    const base::Fd file(::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC));
    if (file && ::write(file.get(), "500", 3) != 3)
        base::logDebug("fork-server", "oom_score_adj was not accepted");
}

}  // namespace

int runForkServer(const Paths& paths, int argc, char** argv) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::prctl(PR_SET_NAME, "porchlight-fork");
    ::prctl(PR_SET_CHILD_SUBREAPER,
            1);  // what a worker leaves behind stays below the core: http/door/local_peer.h
    // Ctrl-C and `systemctl stop` reach the whole group: the core ends us and the workers in its own order.
    for (const int number : {SIGINT, SIGTERM, SIGQUIT}) ::signal(number, SIG_IGN);
    standBackInOom();
#ifndef PORCHLIGHT_SANITIZED
    ::prctl(PR_SET_DUMPABLE, 0, 0, 0,
            0);  // a worker of the same user must not write into the memory all others are copied from
#endif
    loadWorker(paths.worker_library);
    loadPlugins(paths, argc, argv);
    sigset_t children{};
    sigemptyset(&children);
    sigaddset(&children, SIGCHLD);
    ::sigprocmask(SIG_BLOCK, &children, nullptr);
    base::Fd ended(::signalfd(-1, &children, SFD_CLOEXEC | SFD_NONBLOCK));
    Violations violations;
    try {
        for (;;) {
            pollfd polls[] = {{ipc::kInheritedSocket, POLLIN, 0}, {ended.get(), POLLIN, 0}};
            if (::poll(polls, 2, -1) < 0) continue;
            if (polls[1].revents != 0) {
                signalfd_siginfo info{};
                while (::read(ended.get(), &info, sizeof info) > 0) {
                }
                reportEnded(violations);
            }
            if (polls[0].revents == 0) continue;
            auto request = ipc::receiveForkMessage(ipc::kInheritedSocket, Deadline::in(seconds(1)));
            if (!request || request->kind != ipc::ForkMessageKind::Fork || !request->fd) continue;
            auto* const violation = violations.free();
            const pid_t pid = ::fork();
            if (pid == 0) {
                ended.reset();
                return becomeWorker(paths, std::move(*request), violation, argc, argv);
            }
            if (pid > 0) violations.assign(violation, pid);
            reportForked(request->camera, pid);
        }
    } catch (const Error&) {
        return 0;  // end of file: the core is gone or does not need us any more
    }
}

}  // namespace porchlight::app
