#include "camera/process/fork_server.h"

#include <sys/syscall.h>
#include <sys/wait.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <utility>

#include "base/budgets.h"
#include "base/log.h"
#include "camera/process/spawn.h"

namespace porchlight::camera {
namespace {

constexpr std::size_t kMaxEnds = 64;
constexpr std::size_t kMaxHeard = 64;  // a round

}  // namespace

namespace {

/// Of the calls that end a worker (worker/confine/call_lists.h).
std::string nameOfCall(int call) {
    static constexpr std::pair<int, const char*> kNames[] = {{SYS_execve, "execve"},
                                                             {SYS_execveat, "execveat"},
                                                             {SYS_ptrace, "ptrace"},
                                                             {SYS_kill, "kill"},
                                                             {SYS_clone, "clone"},
                                                             {SYS_tgkill, "tgkill"},
                                                             {SYS_mount, "mount"},
                                                             {SYS_bpf, "bpf"},
                                                             {SYS_unshare, "unshare"},
                                                             {SYS_socket, "socket"},
                                                             {SYS_process_vm_readv, "process_vm_readv"},
                                                             {SYS_process_vm_writev, "process_vm_writev"}};
    for (const auto& [number, name] : kNames)
        if (number == call) return std::string(" (") + name + ")";
    return {};
}

}  // namespace

std::string describeWaitStatus(int status, int violation) {
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        return violation == 0 ? "killed by the sandbox: a forbidden system call"
                              : "killed by the sandbox: system call " + std::to_string(violation - 1) +
                                    nameOfCall(violation - 1);
    if (WIFEXITED(status)) return "exit code " + std::to_string(WEXITSTATUS(status));
    if (WIFSIGNALED(status))
        return "killed by signal " + std::to_string(WTERMSIG(status)) + " (" + ::strsignal(WTERMSIG(status)) +
               ")";
    return "gone";
}

ForkServer::ForkServer(std::string program, std::vector<std::string> plugins)
    : program_(std::move(program)), plugins_(std::move(plugins)) {}

ForkServer::~ForkServer() {
    drop("the appliance stops");
}

void ForkServer::start() {
    auto [mine, theirs] = ipc::forkSocketPair();
    std::vector<std::string> arguments{"porchlightd", "fork-server"};
    arguments.insert(arguments.end(), plugins_.begin(), plugins_.end());
    pid_ = spawnWithSocket(program_, std::move(arguments), theirs, lines_.writeEnd());
    socket_ = std::move(mine);
    has_answered_ = false;
}

/// It holds no device, so it is not stuck in a driver; but its memory may be swapped out, and that takes what
/// it takes.
void ForkServer::drop(const std::string& why) noexcept {
    socket_.reset();
    if (pid_ >= 0) {
        ::kill(pid_, SIGKILL);
        reaper_.add(std::exchange(pid_, -1));
    }
    for (const Asked& asked : std::exchange(asked_, {})) {
        const auto start = asked.start.lock();
        if (!start) continue;
        start->state = Start::State::Failed;
        start->error = why;
    }
}

std::shared_ptr<ForkServer::Start> ForkServer::ask(const std::string& camera, const base::Fd& socket) {
    auto out = std::make_shared<Start>();
    if (asked_.empty()) heard_at_ = Monotonic::now();
    asked_.push_back({camera, out});
    ipc::ForkMessage request;
    request.kind = ipc::ForkMessageKind::Fork;
    request.camera = camera;
    request.fd.reset(socket.get());
    try {
        if (pid_ < 0) start();
        ipc::sendForkMessage(socket_.get(), request);
    } catch (const Error& error) {
        drop(error.what());
    }
    request.fd.release();  // borrowed: the caller's descriptor stays the caller's
    return out;
}

void ForkServer::tick() {
    reaper_.reap();
    reaper_.reapStrangers(Monotonic::now());
    lines_.tick(Monotonic::now());
    if (pid_ < 0) return;
    try {
        for (std::size_t i = 0; i < kMaxHeard; ++i) {
            auto message = ipc::receiveForkMessage(socket_.get(), Deadline::in(seconds(0)));
            if (!message) break;
            heard_at_ = Monotonic::now();
            hear(std::move(*message));
        }
    } catch (const Error& error) {
        base::logWarning("fork-server", error.what());
        return drop(error.what());
    }
    if (!asked_.empty() &&
        Monotonic::now() - heard_at_ > (has_answered_ ? budget::kForkAnswer : budget::kForkFirstAnswer))
        drop("the fork server did not answer");
}

void ForkServer::hear(ipc::ForkMessage message) {
    if (message.kind == ipc::ForkMessageKind::Forked) return noteForked(std::move(message));
    if (message.kind != ipc::ForkMessageKind::Ended)
        throw Error(ErrorKind::BadData, "the fork server talks garbage");
    if (ends_.size() >= kMaxEnds) ends_.erase(ends_.begin());
    ends_[message.pid] = {message.status, message.violation};
}

void ForkServer::noteForked(ipc::ForkMessage message) {
    has_answered_ = true;
    const auto asked = std::find_if(asked_.begin(), asked_.end(),
                                    [&](const Asked& entry) { return entry.camera == message.camera; });
    if (asked == asked_.end()) throw Error(ErrorKind::BadData, "the fork server talks garbage");
    const auto start = asked->start.lock();
    asked_.erase(asked);
    if (!start && message.fd) ::syscall(SYS_pidfd_send_signal, message.fd.get(), SIGKILL, nullptr, 0);
    if (!start) return;
    start->pid = message.pid;
    start->pid_fd = std::move(message.fd);
    start->state = start->pid_fd ? Start::State::Started : Start::State::Failed;
    if (!start->pid_fd) start->error = "the fork server cannot fork";
}

std::optional<std::string> ForkServer::endOf(pid_t pid) {
    const auto found = ends_.find(pid);
    if (found == ends_.end()) return std::nullopt;
    const End end = found->second;
    ends_.erase(found);
    return describeWaitStatus(end.status, end.violation);
}

}  // namespace porchlight::camera
