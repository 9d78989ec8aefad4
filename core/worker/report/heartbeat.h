/// Makes the heartbeat out of the counters of the other threads.
#pragma once

#include <deque>

#include "ipc/message.h"
#include "worker/report/progress.h"

namespace porchlight::worker {

/// Thread-bound (control).
class HeartbeatMaker {
  public:
    /// What waits in the worker's queues, and how much may.
    struct Queues {
        std::uint64_t bytes = 0;
        std::uint64_t max_bytes = 0;
    };

    /// The heartbeat of this moment.
    ipc::Heartbeat make(const Progress& progress, const Queues& queues);

  private:
    struct Mark {
        Monotonic::time_point at;
        std::uint64_t samples;
    };
    double rateHz(std::uint64_t samples, Monotonic::time_point now);
    double cpuPercent(Monotonic::time_point now);

    std::deque<Mark> marks_;  ///< of the last 5 s
    Monotonic::time_point cpu_at_{};
    double cpu_s_ = 0;
};

}  // namespace porchlight::worker
