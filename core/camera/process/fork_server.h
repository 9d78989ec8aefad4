/// The core's side of the fork server: workers that share the memory of the media libraries.
#pragma once

#include <sys/types.h>

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "camera/process/child_lines.h"
#include "camera/process/reaper.h"
#include "ipc/fork_protocol.h"

namespace porchlight::camera {

/// A process without threads that has loaded libav, OpenCV and the plugins, and forks a worker when asked:
/// each worker then starts in milliseconds and shares what relocating 150 libraries dirtied (about 5 MB a
/// worker).
///
/// It holds no camera and opens no device. Starts wait for it, not for each other, and the supervisor waits
/// for none of them. When it is gone, or says nothing for 5 s (15 s while it loads), what was asked of it has
/// failed: those workers are started by posix_spawn instead, and the next one tries it anew. **Owns** the
/// process. **Thread**: thread-bound (supervisor); nothing blocks.
class ForkServer {
  public:
    /// A worker that was asked for. Whoever lets go of it before it is there does not want it any more: it is
    /// killed.
    struct Start {
        enum class State : std::uint8_t { Waiting = 1, Started, Failed };
        State state = State::Waiting;
        pid_t pid = -1;
        base::Fd pid_fd;
        std::string error;  ///< why it failed
    };

    /// `plugins`: names of capture and detect plugins to load beforehand.
    ForkServer(std::string program, std::vector<std::string> plugins);
    ~ForkServer();  ///< its end of file ends the process; workers go on
    ForkServer(const ForkServer&) = delete;
    ForkServer& operator=(const ForkServer&) = delete;

    /// Asks for a worker for `camera` on `socket`; starts the server first if need be.
    std::shared_ptr<Start> ask(const std::string& camera, const base::Fd& socket);

    /// Hears what it has to say, and gives it up when that is nothing for too long. Once a round, and when
    /// fd() is readable.
    void tick();

    /// Readable when there is an answer; -1 while there is no server.
    int fd() const noexcept { return socket_.get(); }

    /// How a child ended, as waitpid tells it; nothing when it has not said so (yet).
    std::optional<std::string> endOf(pid_t pid);

    /// Children of ours that were killed and not waited for.
    Reaper& reaper() noexcept { return reaper_; }

    /// What a worker that is started beside the server prints into, too.
    const base::Fd& output() const noexcept { return lines_.writeEnd(); }

    pid_t pid() const noexcept { return pid_; }

  private:
    void start();
    void drop(const std::string& why) noexcept;
    void hear(ipc::ForkMessage message);
    void noteForked(ipc::ForkMessage message);
    struct End {
        int status = 0;
        int violation = 0;
    };
    struct Asked {
        std::string camera;
        std::weak_ptr<Start> start;
    };

    const std::string program_;
    const std::vector<std::string> plugins_;
    Reaper reaper_;
    ChildLines lines_;
    pid_t pid_ = -1;
    base::Fd socket_;
    std::vector<Asked> asked_;          ///< not answered yet
    Monotonic::time_point heard_at_{};  ///< of it last, or when it was asked after it had said all
    bool has_answered_ = false;
    std::map<pid_t, End> ends_;  ///< at most 64: reported, not yet asked for
};

/// "exit code 3", "killed by signal 11 (Segmentation fault)", "killed by the sandbox: system call 59
/// (execve)". `violation` is the number of the system call + 1, 0 when it is not known.
std::string describeWaitStatus(int status, int violation = 0);

}  // namespace porchlight::camera
