/// One worker process as the core holds it: its pid, its channel, its end.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/fd.h"
#include "camera/fork_server.h"
#include "ipc/channel.h"

namespace porchlight::camera {

/// A running worker. **Owns** the pidfd and the core's end of the socket pair. **Thread**: thread-bound (supervisor);
/// nothing blocks but the start: a process that cannot die is left behind, never waited for.
class WorkerProcess {
  public:
    /// Forks it from `fork_server`; when that does not work, starts `program worker CAMERA`. Throws Error(Exhausted) when
    /// there are no more processes or descriptors.
    WorkerProcess(ForkServer* fork_server, const std::string& program, const std::string& camera, std::size_t outbox_max_bytes);

    /// Kills it if it still runs.
    ~WorkerProcess();
    WorkerProcess(const WorkerProcess&) = delete;
    WorkerProcess& operator=(const WorkerProcess&) = delete;

    pid_t pid() const noexcept { return pid_; }
    ipc::Channel& channel() noexcept { return channel_; }

    void kill() noexcept;

    /// How it ended ("exit code 3", "killed by signal 11 (Segmentation fault)"); nothing while it runs. Reaps it.
    std::optional<std::string> ended();

  private:
    base::Fd start(const std::string& program, const std::string& camera);

    ForkServer* fork_server_;  ///< null when it is our own child
    pid_t pid_ = -1;
    base::Fd pid_fd_;
    ipc::Channel channel_;
    std::optional<std::string> end_;
};

}  // namespace porchlight::camera
