/// Children that were told to die and that nobody waits for: reaped once they have.
#pragma once

#include <sys/types.h>

#include <vector>

namespace porchlight::camera {

/// **Thread**: thread-bound (supervisor); nothing blocks. One that is stuck in a driver stays here until it is not.
class Leftovers {
  public:
    ~Leftovers() { reap(); }

    /// `pid` is our own child, and was sent SIGKILL.
    void add(pid_t pid);

    /// Reaps those that have ended; once a round.
    void reap() noexcept;

    std::size_t count() const noexcept { return pids_.size(); }

  private:
    std::vector<pid_t> pids_;
};

}  // namespace porchlight::camera
