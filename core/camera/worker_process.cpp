#include "camera/worker_process.h"

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>

#include "base/log.h"
#include "camera/spawn.h"

namespace porchlight::camera {

base::Fd WorkerProcess::start(const std::string& program, const std::string& camera) {
    auto [mine, theirs] = ipc::Channel::socketPair();
    if (fork_server_ != nullptr) {
        try {
            auto child = fork_server_->fork(camera, theirs);
            pid_ = child.pid;
            pid_fd_ = std::move(child.pid_fd);
            return std::move(mine);
        } catch (const Error& error) {
            base::logWarning("camera/" + camera, std::string("worker starts on its own: ") + error.what());
            fork_server_ = nullptr;
        }
    }
    pid_ = spawnWithSocket(program, {"porchlightd", "worker", camera}, theirs);
    pid_fd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, pid_, 0)));
    if (!pid_fd_) {
        const int error_number = errno;
        ::kill(pid_, SIGKILL);
        throw base::errnoError("watch a worker", error_number);
    }
    return std::move(mine);
}

WorkerProcess::WorkerProcess(ForkServer* fork_server, const std::string& program, const std::string& camera, std::size_t outbox_max_bytes)
    : fork_server_(fork_server), channel_(start(program, camera), outbox_max_bytes) {}

WorkerProcess::~WorkerProcess() {
    if (!end_) kill();
}

void WorkerProcess::kill() noexcept {
    // Through the pidfd: a pid that was given to another process meanwhile is never hit.
    if (!end_) ::syscall(SYS_pidfd_send_signal, pid_fd_.get(), SIGKILL, nullptr, 0);
}

std::optional<std::string> WorkerProcess::ended() {
    if (end_) return end_;
    if (base::waitFor(pid_fd_.get(), POLLIN, Deadline::in(seconds(0))) == 0) return std::nullopt;
    if (fork_server_ != nullptr) return end_ = fork_server_->endOf(pid_);
    int status = 0;
    if (::waitpid(pid_, &status, WNOHANG) != pid_) return end_ = "gone";
    return end_ = describeWaitStatus(status);
}

}  // namespace porchlight::camera
