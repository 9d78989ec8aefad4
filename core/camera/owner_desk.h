/// What the owner allows on rungs 4 and 5: what was done when, remembered across restarts of the core and of
/// the machine.
#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "porchlight/time.h"

namespace porchlight::camera {

/// Whether the memory of something is on disk already.
enum class Ticket : std::uint8_t { Pending = 1, Saved, Failed };

/// Limits: a camera's owner action once an hour, its own restart likewise; a restart of the machine once an
/// hour and three times in 24 hours, for all cameras together. What is done is first remembered durably and
/// only then carried out, so that a machine that dies of it does not do it again at once. **Thread**:
/// thread-bound (supervisor); nothing blocks.
class OwnerDesk {
  public:
    /// Writes the text where it survives; calls `done` from any thread, true when it is safe.
    using Save = std::function<void(std::string text, std::function<void(bool)> done)>;

    /// `text` is what was saved last; damaged lines are ignored. Times after `now` (the clock was wrong)
    /// count as now: they can delay, but not forbid for ever. Without `save` nothing is allowed.
    OwnerDesk(const std::string& text, Save save, WallTime now);

    /// Why it may not be done now; empty: it may.
    std::string actionObstacle(const std::string& camera, WallTime now) const;
    std::string restartObstacle(const std::string& camera, WallTime now) const;  ///< of the camera
    std::string rebootObstacle(WallTime now) const;

    /// Remembers it; carry it out when the ticket says Saved.
    std::shared_ptr<const std::atomic<Ticket>> noteAction(const std::string& camera, WallTime now);
    std::shared_ptr<const std::atomic<Ticket>> noteRestart(const std::string& camera, WallTime now);
    std::shared_ptr<const std::atomic<Ticket>> noteReboot(WallTime now);

    std::string text() const;

  private:
    using Times = std::map<std::string, WallTime>;

    std::string hourlyObstacle(const Times& done, const std::string& camera, WallTime now) const;
    std::shared_ptr<const std::atomic<Ticket>> save();

    Save save_;
    Times actions_;                  ///< last one of a camera
    Times restarts_;                 ///< likewise
    std::vector<WallTime> reboots_;  ///< the newest three, oldest first
};

}  // namespace porchlight::camera
