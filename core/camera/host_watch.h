/// Recognises that the host itself stood still or that its clock jumped, before a camera is blamed.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "camera/fleet.h"

namespace porchlight::camera {

/// Told once a round of the supervisor, about ten times a second. **Thread**: thread-bound (supervisor).
///
/// - host_stall: the round came more than 1.5 s late, and not because of our own work (no processor, swapping, SIGSTOP).
/// - suspend: CLOCK_BOOTTIME ran ahead of CLOCK_MONOTONIC.
/// - clock_step: wall time moved 2 s more or less than CLOCK_BOOTTIME; nothing is late because of it, but history is cut.
/// - store_stall: the recorder's thread, which owns the database, made no progress for 3 s; told when it ends.
class HostWatch {
  public:
    struct Verdict {
        std::vector<HostStall> stalls;
        microseconds excused{0};        ///< add this to every deadline of every camera
        bool is_store_stalled = false;
    };

    explicit HostWatch(const base::Clock& clock) : clock_(clock) {}

    /// `busy`: how long our own work of the round before took. `store_age`: since the recorder's last progress.
    Verdict round(microseconds busy, microseconds store_age);

  private:
    struct Times {
        Monotonic::time_point now;
        microseconds boot;
        WallTime wall;
    };
    void judgeStore(microseconds store_age, WallTime wall, Verdict& verdict);

    const base::Clock& clock_;
    std::optional<Times> last_;
    std::optional<WallTime> store_stalled_since_;
};

}  // namespace porchlight::camera
