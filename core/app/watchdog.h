/// Feeds systemd's watchdog, but only while the parts that matter make progress.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>

#include "base/fd.h"
#include "base/thread.h"
#include "porchlight/time.h"

namespace porchlight::app {

/// Counters that rise while their part of the appliance works.
struct Progress {
    std::uint64_t supervisor = 0;
    std::uint64_t recorder = 0;
    std::uint64_t store = 0;  ///< statements that came back from the database
};

/// Whether all three have moved since it last said so. **Thread**: thread-bound.
class ProgressGate {
  public:
    bool haveAllMoved(const Progress& progress) noexcept;

  private:
    Progress last_;
    bool is_first_ = true;
};

/// **Owns** one thread ("watchdog"), which sends WATCHDOG=1 about every two seconds (a third of WATCHDOG_USEC
/// when that is less) if all parts have moved since the last time. Without systemd it asks and sends nothing.
class Watchdog {
  public:
    /// `ask` returns the counters and is called on the watchdog's thread; it must not block.
    explicit Watchdog(std::function<Progress()> ask);
    ~Watchdog();
    Watchdog(const Watchdog&) = delete;
    Watchdog& operator=(const Watchdog&) = delete;

  private:
    void run();

    const std::function<Progress()> ask_;
    const milliseconds interval_;
    base::Waker waker_;
    std::atomic<bool> is_stopping_{false};
    base::Thread thread_;
};

}  // namespace porchlight::app
