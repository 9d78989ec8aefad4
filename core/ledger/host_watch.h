/// What the clocks say of the host: set, asleep, stalled.
#pragma once

#include <cstdint>

#include "base/clock.h"

namespace porchlight::ledger {

/// Compares the clocks: the wall clock leaps when it is set or when the host slept; a late look is a stalled
/// host. **Thread**: thread-bound (recorder).
class HostWatch {
  public:
    enum class Found : std::uint8_t { Nothing = 1, SetAhead, Slept, SetBack, Stalled };
    struct Look {
        Found found = Found::Nothing;
        WallTime before{};  ///< what the wall clock would say without that
        WallTime now{};
        Monotonic::time_point mono{};
        microseconds suspended{0};  ///< so long the host has slept since it started
    };

    /// Call begin() first.
    explicit HostWatch(const base::Clock& clock) : clock_(clock) {}

    void begin() noexcept { settle(look()); }

    /// What happened since the last one that was settled. A few times a second.
    Look look() const noexcept;

    /// It was told: what happens from then on is news.
    void settle(const Look& look) noexcept;

    /// The clock was set by `shift`, and what was stamped since `from` moves with it: no leap any more.
    void restamp(WallTime from, microseconds shift) noexcept;

  private:
    const base::Clock& clock_;
    Look last_;
};

}  // namespace porchlight::ledger
