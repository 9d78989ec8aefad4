/// One recovery attempt under way.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "camera/owner_desk.h"
#include "camera/process/helper_process.h"
#include "camera/recovery_report.h"

namespace porchlight::camera {

/// Carried by a Unit from the first step to the outcome. **Thread**: thread-bound (supervisor).
struct Attempt {
    using Callback = std::function<void(const RecoveryReport&)>;

    RecoveryReport report;
    Monotonic::time_point began_at{};
    Monotonic::time_point deadline{};
    bool needs_new_stream = false;     ///< pictures count only from a stream that began after began_at
    bool waits_for_end = false;        ///< the worker must be gone before the next step
    std::vector<std::string> command;  ///< of rung 4 and 5: run next
    std::unique_ptr<HelperProcess> helper;
    std::shared_ptr<const std::atomic<Ticket>> ticket;  ///< rung 5: not before it is remembered
    std::vector<Callback> callbacks;
    bool is_told = true;  ///< to the history

    /// No worker is started meanwhile.
    bool holdsSpawn() const noexcept { return waits_for_end || helper || !command.empty(); }
};

}  // namespace porchlight::camera
