/// What is told about a camera: its state, its faults, and when a person is called.
#pragma once

#include <optional>
#include <string>

#include "camera/unit/condition.h"
#include "camera/unit/shown.h"
#include "camera/worker/site.h"

namespace porchlight::camera {

/// Everybody sees each change. Of a camera that flaps, history and alerts get one change a minute: the last
/// of those that were kept back. **Thread**: thread-bound (supervisor); never blocks.
class Board {
  public:
    Board(const Site& site, Condition& condition)
        : site_(site), condition_(condition), since_(site.clock.wallNow()) {}

    void show(const Shown& shown);

    /// The fault that the condition has now, to log and history.
    void tellIssue();

    /// A person is needed: `what` is said for each call, with each kind of fault, once an hour.
    void tellCritical(Call call, const std::string& what, Monotonic::time_point now);

    /// What was kept back for a minute is told now.
    void tellKeptBack(Monotonic::time_point now);

    const Shown& shown() const noexcept { return shown_; }
    void describe(Status& out) const;

  private:
    StateChange change(WallTime at, bool is_minor) const;

    const Site& site_;
    Condition& condition_;
    Shown shown_;
    WallTime since_{};
    std::optional<Monotonic::time_point> kept_back_at_;  ///< a minor change that history has not seen
};

}  // namespace porchlight::camera
