/// The core's side of the fork server: workers that share the memory of the media libraries.
#pragma once

#include <sys/types.h>

#include <map>
#include <string>
#include <vector>

#include "base/fd.h"

namespace porchlight::camera {

/// A process without threads that has loaded libav, OpenCV and the plugins, and forks a worker when asked: each worker
/// then starts in milliseconds and shares what relocating 150 libraries dirtied (about 5 MB a worker).
///
/// It holds no camera and opens no device. When it is gone, or does not answer within 1 s, workers are started by
/// posix_spawn instead and the next one tries it anew. **Owns** the process. **Thread**: thread-bound (supervisor).
class ForkServer {
  public:
    struct Child {
        pid_t pid = -1;
        base::Fd pid_fd;
    };

    /// `plugins`: names of capture and detect plugins to load beforehand.
    ForkServer(std::string program, std::vector<std::string> plugins);
    ~ForkServer();  ///< its end of file ends the process; workers go on
    ForkServer(const ForkServer&) = delete;
    ForkServer& operator=(const ForkServer&) = delete;

    /// Forks a worker for `camera` on `socket`; starts the server first if need be. Blocks 1 s at most (3 s when it
    /// starts it). Throws Error(Unavailable).
    Child fork(const std::string& camera, const base::Fd& socket);

    /// How a child ended, as waitpid tells it; the text "gone" when the server did not say.
    std::string endOf(pid_t pid);

    pid_t pid() const noexcept { return pid_; }

  private:
    void start();
    void drop() noexcept;
    void note(pid_t pid, int status, int violation);
    struct End {
        int status = 0;
        int violation = 0;
    };

    const std::string program_;
    const std::vector<std::string> plugins_;
    pid_t pid_ = -1;
    base::Fd socket_;
    std::map<pid_t, End> ends_;  ///< at most 64: reported, not yet asked for
};

/// "exit code 3", "killed by signal 11 (Segmentation fault)", "killed by the sandbox: system call 59 (execve)".
/// `violation` is the number of the system call + 1, 0 when it is not known.
std::string describeWaitStatus(int status, int violation = 0);

}  // namespace porchlight::camera
