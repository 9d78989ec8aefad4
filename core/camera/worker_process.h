/// One worker process as the core holds it: its pid, its channel, its end.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/fd.h"
#include "ipc/channel.h"

namespace porchlight::camera {

/// A running `porchlightd worker`. **Owns** the pidfd and the core's end of the socket pair. **Thread**:
/// thread-bound (supervisor); nothing blocks: a process that cannot die is left behind, never waited for.
class WorkerProcess {
  public:
    /// Starts `program worker CAMERA` with the channel as descriptor 3, signals reset, and systemd's variables
    /// removed. Throws Error(Exhausted) when there are no more processes or descriptors.
    WorkerProcess(const std::string& program, const std::string& camera, std::size_t outbox_max_bytes);

    /// Kills it if it still runs.
    ~WorkerProcess();
    WorkerProcess(const WorkerProcess&) = delete;
    WorkerProcess& operator=(const WorkerProcess&) = delete;

    pid_t pid() const noexcept { return pid_; }
    int pidFd() const noexcept { return pid_fd_.get(); }
    ipc::Channel& channel() noexcept { return channel_; }

    void kill() noexcept;

    /// How it ended ("exit code 3", "killed by signal 11 (Segmentation fault)"); nothing while it runs. Reaps it.
    std::optional<std::string> ended() noexcept;

  private:
    static base::Fd spawn(const std::string& program, const std::string& camera, pid_t& pid);

    pid_t pid_ = -1;
    ipc::Channel channel_;
    base::Fd pid_fd_;
    std::optional<std::string> end_;
};

}  // namespace porchlight::camera
