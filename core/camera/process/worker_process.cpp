#include "camera/process/worker_process.h"

#include <poll.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "camera/process/spawn.h"

namespace porchlight::camera {
namespace {

constexpr seconds kEndPatience{1};  // of the fork server, to tell how its child ended

}  // namespace

base::Fd WorkerProcess::start(const std::string& program, const std::string& camera) {
    auto [mine, theirs] = ipc::Channel::socketPair();
    if (by_ == By::ForkServer) {
        start_ = fork_server_.ask(camera, theirs);
        return std::move(mine);
    }
    start_ = std::make_shared<ForkServer::Start>();
    start_->pid = spawnWithSocket(program, {"porchlightd", "worker", camera}, theirs, fork_server_.output());
    start_->pid_fd.reset(static_cast<int>(::syscall(SYS_pidfd_open, start_->pid, 0)));
    if (!start_->pid_fd) {
        const int error_number = errno;
        ::kill(start_->pid, SIGKILL);
        fork_server_.reaper().add(start_->pid);
        throw base::errnoError("watch a worker", error_number);
    }
    start_->state = ForkServer::Start::State::Started;
    return std::move(mine);
}

WorkerProcess::WorkerProcess(ForkServer& fork_server, const std::string& program, const std::string& camera,
                             std::size_t outbox_max_bytes, By by)
    : fork_server_(fork_server), by_(by), channel_(start(program, camera), outbox_max_bytes) {}

WorkerProcess::~WorkerProcess() {
    if (end_) return;
    kill();
    if (by_ == By::Itself) fork_server_.reaper().add(pid());
}

void WorkerProcess::kill() noexcept {
    // Through the pidfd: a pid that was given to another process meanwhile is never hit.
    if (!end_ && isStarted()) ::syscall(SYS_pidfd_send_signal, start_->pid_fd.get(), SIGKILL, nullptr, 0);
}

std::optional<std::string> WorkerProcess::ended() {
    if (end_) return end_;
    if (!isStarted() || base::waitFor(start_->pid_fd.get(), POLLIN, Deadline::in(seconds(0))) == 0)
        return std::nullopt;
    if (!ended_at_) ended_at_ = Monotonic::now();
    if (by_ == By::ForkServer) {
        end_ = fork_server_.endOf(pid());
        const bool may_be_told = fork_server_.pid() >= 0 && Monotonic::now() - *ended_at_ < kEndPatience;
        if (!end_ && !may_be_told) end_ = "gone";
        return end_;
    }
    int status = 0;
    if (::waitpid(pid(), &status, WNOHANG) != pid()) return end_ = "gone";
    return end_ = describeWaitStatus(status);
}

bool WorkerProcess::isAsleepInKernel() const {
    std::error_code failed;
    const std::filesystem::path tasks = "/proc/" + std::to_string(pid()) + "/task";
    for (std::filesystem::directory_iterator task(tasks, failed), end; !failed && task != end;
         task.increment(failed)) {
        std::ifstream file(task->path() / "stat");
        std::string text;
        std::getline(file, text);
        // "12 (name with ) in it) D 1 ...": the state stands behind the last bracket.
        const auto name_end = text.rfind(')');
        if (name_end != std::string::npos && text.substr(name_end, 3) == ") D") return true;
    }
    return false;
}

}  // namespace porchlight::camera
