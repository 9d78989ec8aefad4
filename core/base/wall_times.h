/// Bounds of the wall clock that all folders agree on.
#pragma once

#include "porchlight/time.h"

namespace porchlight {

/// 2025-01-01: a clock that shows less was never set.
inline constexpr WallTime kPlausibleSince{microseconds{1'735'689'600'000'000}};
/// 2100-01-01: later than anything that is on record.
inline constexpr WallTime kEndOfTime{microseconds{4'102'444'800'000'000}};
/// A leap of the wall clock beside the monotonic one that is told as a step.
inline constexpr microseconds kClockStep{2'000'000};

}  // namespace porchlight
