/// What a worker uses of the processor, over a window of time.
#pragma once

#include <deque>
#include <string>

#include "config/config.h"
#include "porchlight/time.h"

namespace porchlight::camera {

/// A burst is no fault: the mean over the whole window counts, and only while it goes on. One worker's life
/// long. Pure: all times come from outside.
class CpuWindow {
  public:
    CpuWindow(const config::HealthConfig& limits, Monotonic::time_point started_at)
        : limits_(limits), started_at_(started_at) {}

    /// Its worker takes the place of one that was killed for its CPU: if it needs as much from its beginning,
    /// that is honest work.
    void followLimit() noexcept { follows_limit_ = true; }

    /// So many percent of a core for the last `span_s`.
    void note(double percent, double span_s, Monotonic::time_point now);

    /// The window begins anew.
    void clear() noexcept;

    bool isOver() const noexcept { return limits_.cpu_limit_cores > 0 && cores_ > limits_.cpu_limit_cores; }
    bool isHonest() const noexcept { return is_honest_; }  ///< what it uses it needs

    /// "1.9 cores for 60 s, the limit is 1.5"
    std::string text() const;

  private:
    /// CPU used since the worker's start, as it was at a moment.
    struct Mark {
        Monotonic::time_point at;
        double used_s;
    };

    const config::HealthConfig& limits_;
    const Monotonic::time_point started_at_;
    std::deque<Mark> marks_;  ///< of the last cpu_window, one a second
    double cores_ = 0;        ///< mean over the window; 0 before it is full
    bool follows_limit_ = false;
    bool is_honest_ = false;
};

}  // namespace porchlight::camera
