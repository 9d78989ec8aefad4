/// A worker that was killed and is not gone yet.
#pragma once

#include <optional>

#include "camera/fault_kind.h"
#include "porchlight/time.h"

namespace porchlight::camera {

/// From the signal to the end. What is killed ends once it gets the processor, unless it sleeps where no
/// signal wakes it: asleep in each look for a second (three on a slow host), or there after a minute, it is
/// **wedged**, and stays so until it is gone. Pure: all times come from outside.
class Dying {
  public:
    /// `why`: the fault that it was killed for. `is_wanted`: it is part of an attempt, and no fault.
    Dying(Finding why, bool is_wanted, Monotonic::time_point now);

    void look(bool is_asleep, bool is_host_slow, Monotonic::time_point now);
    void forgive(microseconds span, Monotonic::time_point now);

    bool isWedged() const noexcept { return is_wedged_; }
    bool isWanted() const noexcept { return is_wanted_; }
    const Finding& why() const noexcept { return why_; }

  private:
    const Finding why_;
    const bool is_wanted_;
    Monotonic::time_point killed_at_;
    std::optional<Monotonic::time_point> asleep_since_;
    bool is_wedged_ = false;
};

}  // namespace porchlight::camera
