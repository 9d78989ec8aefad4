/// Waits on which several parts of a unit, or a unit and the fleet, must agree; docs/health.md has the table.
#pragma once

#include "base/budgets.h"

namespace porchlight::camera {

// Beyond open_timeout, which is the source's own deadline, and in this order: a worker whose open hangs is
// ended, an attempt that led to an open is given up, and silence that nobody explains is a failure.
inline constexpr seconds kOpenPatience{2};
inline constexpr seconds kOpenSilence{3};
static_assert(budget::kOpenHang < kOpenPatience && kOpenPatience < kOpenSilence);

/// Killed and still asleep in the kernel: wedged.
inline constexpr seconds kWedgePatience = budget::kWorkerKill;
inline constexpr seconds kDeafPatience{5};  ///< a worker that does not read its commands

/// On a host that is slow to everybody, what is slow to end or to read is not stuck.
inline constexpr int kSlowFactor = 3;
constexpr seconds patienceOn(bool is_host_slow, seconds patience) {
    return patience * (is_host_slow ? kSlowFactor : 1);
}

}  // namespace porchlight::camera
