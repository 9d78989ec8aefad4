/// Names for events.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "porchlight/time.h"

namespace porchlight::event {

/// Makes event ids: 13 hex digits of microseconds since 1970 and 3 of a counter, so that ids sort by start
/// and those of several cameras differ even in the same microsecond. One object for all cameras of a process.
/// **Thread**: any thread, never blocks.
class EventIds {
  public:
    /// `seed` should be random: it keeps ids apart that two runs make for the same microsecond.
    explicit EventIds(std::uint32_t seed) noexcept : counter_(seed) {}

    std::string next(WallTime started_at);

  private:
    std::atomic<std::uint32_t> counter_;
};

}  // namespace porchlight::event
