/// What a timeline is drawn from: recorded spans, gaps and events of a range, joined and counted until they
/// are few. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "porchlight/time.h"

namespace porchlight::ledger {

/// A stretch of time with what it is: "" recorded, otherwise the cause of a gap.
struct TimelineSpan {
    WallTime started_at{};
    WallTime ended_at{};
    std::string cause;
};

/// Collects spans in order of their start and cuts them to the range. **Thread**: thread-bound.
class SpanList {
  public:
    SpanList(WallTime from, WallTime to) : from_(from), to_(to) {}

    /// `started_at` rises from call to call. Overlaps count once. Equal causes with at most half a second
    /// between are one.
    void add(WallTime started_at, WallTime ended_at, std::string_view cause);

    /// Exact time by cause, also of spans that are too short to be listed.
    const std::map<std::string, microseconds, std::less<>>& sums() const noexcept { return sums_; }

    /// The smallest resolution (0, or range / 2048 doubled again and again) at which at most `max_spans` are
    /// left.
    microseconds resolutionFor(std::size_t max_spans) const;

    /// Spans at a resolution: equal neighbours nearer than that are joined, then those shorter than that left
    /// out - recorded ones stay, however short.
    std::vector<TimelineSpan> at(microseconds resolution) const;

  private:
    WallTime from_;
    WallTime to_;
    WallTime end_ = WallTime::min();
    std::vector<TimelineSpan> spans_;
    std::map<std::string, microseconds, std::less<>> sums_;
};

/// The length of the spans in which events are counted, from one minute to one day: the shortest of the usual
/// ones that gives at most `max_buckets` in the range.
microseconds bucketFor(microseconds range, std::int64_t max_buckets);

}  // namespace porchlight::ledger
