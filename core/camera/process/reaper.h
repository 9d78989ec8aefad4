/// Children that were told to die and that nobody waits for: reaped once they have.
#pragma once

#include <sys/types.h>

#include <vector>

#include "porchlight/time.h"

namespace porchlight::camera {

/// **Thread**: thread-bound; nothing blocks. One that is stuck in a driver stays here until it
/// is not.
class Reaper {
  public:
    ~Reaper() { reap(); }

    /// `pid` is our own child, and was sent SIGKILL.
    void add(pid_t pid);

    /// Reaps those that have ended; once a round.
    void reap() noexcept;

    /// Reaps what was left to us: children of children, once their parent has died (the core is a subreaper,
    /// so that they stay below it). Recognised by having ended half a minute ago without anybody of ours
    /// asking for them.
    void reapStrangers(Monotonic::time_point now) noexcept;

    std::size_t count() const noexcept { return pids_.size(); }

  private:
    std::vector<pid_t> pids_;
    pid_t unclaimed_ = 0;  ///< has ended, and nobody has asked for it
    Monotonic::time_point unclaimed_since_{};
};

}  // namespace porchlight::camera
