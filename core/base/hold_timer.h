/// Says what held something that others wait for: the recorder's thread, a database connection (by statement,
/// by transaction, and as long as it was on loan to a thread of the web).
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "porchlight/mutex.h"

namespace porchlight::base {

/// Who holds something for longer than a second (budget::kHeld) is told in the log, at most once a label and
/// minute; of more than 64 labels in a minute the rest is left out. Any thread; blocks only to log.
class HoldLog {
  public:
    /// `component`: of the log lines.
    HoldLog(std::string component, const Clock& clock) : component_(std::move(component)), clock_(clock) {}

    void note(std::string_view label, Monotonic::duration held) noexcept;
    const Clock& clock() const noexcept { return clock_; }

  private:
    bool isNews(std::string_view label);

    const std::string component_;
    const Clock& clock_;
    Mutex mutex_;
    std::map<std::string, Monotonic::time_point, std::less<>> told_ PORCHLIGHT_GUARDED_BY(mutex_);
};

/// Measures from its begin to its end. `label` lives as long.
class HoldTimer {
  public:
    HoldTimer(HoldLog& log, std::string_view label) noexcept
        : log_(log), label_(label), began_at_(log.clock().now()) {}
    ~HoldTimer() { log_.note(label_, log_.clock().now() - began_at_); }
    HoldTimer(const HoldTimer&) = delete;
    HoldTimer& operator=(const HoldTimer&) = delete;

  private:
    HoldLog& log_;
    const std::string_view label_;
    const Monotonic::time_point began_at_;
};

}  // namespace porchlight::base
