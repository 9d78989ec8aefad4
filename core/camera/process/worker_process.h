/// One worker process as the core holds it: its pid, its channel, its end.
#pragma once

#include <sys/types.h>

#include <memory>
#include <optional>
#include <string>

#include "base/fd.h"
#include "camera/process/fork_server.h"
#include "ipc/channel.h"

namespace porchlight::camera {

/// A worker, from the moment it is asked for. **Owns** the pidfd and the core's end of the socket pair.
/// **Thread**: thread-bound (supervisor); nothing blocks: a process that cannot die is left behind, never
/// waited for.
class WorkerProcess {
  public:
    enum class By : std::uint8_t { ForkServer = 1, Itself };

    /// Asks `fork_server` for it, or starts `program worker CAMERA`. Throws Error(Exhausted) when there are
    /// no more processes or descriptors.
    WorkerProcess(ForkServer& fork_server, const std::string& program, const std::string& camera,
                  std::size_t outbox_max_bytes, By by);

    /// Kills it if it still runs, or is not there yet.
    ~WorkerProcess();
    WorkerProcess(const WorkerProcess&) = delete;
    WorkerProcess& operator=(const WorkerProcess&) = delete;

    bool isStarted() const noexcept { return start_->state == ForkServer::Start::State::Started; }

    /// Why the fork server did not start it; empty while it may, and when it did.
    const std::string& failure() const noexcept { return start_->error; }

    pid_t pid() const noexcept { return start_->pid; }
    ipc::Channel& channel() noexcept { return channel_; }

    void kill() noexcept;

    /// How it ended ("exit code 3", "killed by signal 11 (Segmentation fault)"); nothing while it runs, and
    /// for a second longer while nobody has said how. Reaps it.
    std::optional<std::string> ended();

    /// Whether a thread of it sleeps in the kernel where no signal wakes it.
    bool isAsleepInKernel() const;

  private:
    base::Fd start(const std::string& program, const std::string& camera);

    ForkServer& fork_server_;
    const By by_;
    std::shared_ptr<ForkServer::Start> start_;
    ipc::Channel channel_;
    std::optional<Monotonic::time_point> ended_at_;
    std::optional<std::string> end_;
};

}  // namespace porchlight::camera
