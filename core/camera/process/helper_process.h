/// A program run beside the supervisor: the device reset, the owner's action, the reader of footage.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "camera/process/reaper.h"

namespace porchlight::camera {

/// Started by posix_spawn, without a shell, with nothing inherited but its input and output. **Owns** the
/// process; one that cannot be killed (stuck in a driver) is left behind. **Thread**: thread-bound;
/// nothing blocks.
class HelperProcess {
  public:
    struct End {
        int code = -1;          ///< exit code; -1: killed, or never ended
        bool is_crash = false;  ///< by a signal that was not ours, nor the kernel's for want of memory
        std::string how;        ///< "exit code 3", "killed by signal 9 (Killed): not done within 10 s"
        std::string output;     ///< its first KiB, one line
    };

    /// Throws Error(Unavailable) when it cannot be started.
    HelperProcess(std::vector<std::string> command, Monotonic::time_point deadline, Reaper& reaper,
                  const base::Fd& input = {});
    ~HelperProcess();  ///< kills it; `reaper` reaps it
    HelperProcess(const HelperProcess&) = delete;
    HelperProcess& operator=(const HelperProcess&) = delete;

    /// How it ended, at deadline + 1 s at the latest; nothing while it runs.
    std::optional<End> ended(Monotonic::time_point now);

  private:
    void readOutput();

    Reaper& reaper_;
    pid_t pid_ = -1;
    base::Fd output_;
    std::string text_;
    const Monotonic::time_point deadline_;
    bool is_killed_ = false;
};

}  // namespace porchlight::camera
