#include "camera/fork_server.h"

#include <sys/syscall.h>
#include <sys/wait.h>

#include <csignal>
#include <cstring>
#include <utility>

#include "base/log.h"
#include "camera/spawn.h"
#include "ipc/fork_protocol.h"

namespace porchlight::camera {
namespace {

constexpr seconds kAnswer{1};
constexpr seconds kFirstAnswer{3};
constexpr std::size_t kMaxEnds = 64;

}  // namespace

namespace {

/// Of the calls that end a worker (worker/call_lists.h).
std::string nameOfCall(int call) {
    static constexpr std::pair<int, const char*> kNames[] = {
        {SYS_execve, "execve"}, {SYS_execveat, "execveat"}, {SYS_ptrace, "ptrace"}, {SYS_kill, "kill"}, {SYS_clone, "clone"},
        {SYS_tgkill, "tgkill"}, {SYS_mount, "mount"},       {SYS_bpf, "bpf"},       {SYS_unshare, "unshare"}, {SYS_socket, "socket"},
        {SYS_process_vm_readv, "process_vm_readv"}, {SYS_process_vm_writev, "process_vm_writev"}};
    for (const auto& [number, name] : kNames)
        if (number == call) return std::string(" (") + name + ")";
    return {};
}

}  // namespace

std::string describeWaitStatus(int status, int violation) {
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        return violation == 0 ? "killed by the sandbox: a forbidden system call"
                              : "killed by the sandbox: system call " + std::to_string(violation - 1) + nameOfCall(violation - 1);
    if (WIFEXITED(status)) return "exit code " + std::to_string(WEXITSTATUS(status));
    if (WIFSIGNALED(status)) return "killed by signal " + std::to_string(WTERMSIG(status)) + " (" + ::strsignal(WTERMSIG(status)) + ")";
    return "gone";
}

ForkServer::ForkServer(std::string program, std::vector<std::string> plugins)
    : program_(std::move(program)), plugins_(std::move(plugins)) {}

ForkServer::~ForkServer() { drop(); }

void ForkServer::start() {
    auto [mine, theirs] = ipc::forkSocketPair();
    std::vector<std::string> arguments{"porchlightd", "fork-server"};
    arguments.insert(arguments.end(), plugins_.begin(), plugins_.end());
    pid_ = spawnWithSocket(program_, std::move(arguments), theirs);
    socket_ = std::move(mine);
}

void ForkServer::drop() noexcept {
    socket_.reset();
    if (pid_ < 0) return;
    // It holds no device, so it cannot be stuck in a driver: SIGKILL ends it at once.
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    pid_ = -1;
}

ForkServer::Child ForkServer::fork(const std::string& camera, const base::Fd& socket) {
    const bool is_new = pid_ < 0;
    try {
        if (is_new) start();
        ipc::ForkMessage request;
        request.kind = ipc::ForkMessageKind::Fork;
        request.camera = camera;
        request.fd.reset(socket.get());
        try {
            ipc::sendForkMessage(socket_.get(), request);
        } catch (...) {
            request.fd.release();
            throw;
        }
        request.fd.release();  // borrowed: the caller's descriptor stays the caller's
        const auto deadline = Deadline::in(is_new ? kFirstAnswer : kAnswer);
        while (auto answer = ipc::receiveForkMessage(socket_.get(), deadline)) {
            if (answer->kind == ipc::ForkMessageKind::Ended) note(answer->pid, answer->status, answer->violation);
            else if (answer->kind == ipc::ForkMessageKind::Forked && answer->fd) return {answer->pid, std::move(answer->fd)};
            else break;
        }
        throw Error(ErrorKind::Unavailable, "the fork server did not answer");
    } catch (const Error&) {
        drop();
        throw;
    }
}

void ForkServer::note(pid_t pid, int status, int violation) {
    if (ends_.size() >= kMaxEnds) ends_.erase(ends_.begin());
    ends_[pid] = {status, violation};
}

std::string ForkServer::endOf(pid_t pid) {
    try {
        // The pidfd may tell us before the server has reaped its child: a short wait gives it the time.
        while (!ends_.contains(pid) && pid_ > 0) {
            const auto message = ipc::receiveForkMessage(socket_.get(), Deadline::in(milliseconds(50)));
            if (!message) break;
            if (message->kind == ipc::ForkMessageKind::Ended) note(message->pid, message->status, message->violation);
        }
    } catch (const Error& error) {
        base::logWarning("fork-server", error.what());
        drop();
    }
    const auto found = ends_.find(pid);
    if (found == ends_.end()) return "gone";
    const End end = found->second;
    ends_.erase(found);
    return describeWaitStatus(end.status, end.violation);
}

}  // namespace porchlight::camera
