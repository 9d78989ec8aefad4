#include "ledger/span_list.h"

#include <algorithm>

namespace porchlight::ledger {
namespace {

constexpr microseconds kContiguous{500'000};
constexpr std::int64_t kFinest = 2048;

}  // namespace

void SpanList::add(WallTime started_at, WallTime ended_at, std::string_view cause) {
    started_at = std::max({started_at, from_, end_});
    ended_at = std::min(ended_at, to_);
    if (ended_at <= started_at) return;
    end_ = ended_at;
    const auto sum = sums_.find(cause);
    if (sum == sums_.end())
        sums_.emplace(cause, ended_at - started_at);
    else
        sum->second += ended_at - started_at;
    if (!spans_.empty() && spans_.back().cause == cause && started_at - spans_.back().ended_at <= kContiguous)
        spans_.back().ended_at = ended_at;
    else
        spans_.push_back({started_at, ended_at, std::string(cause)});
}

std::vector<TimelineSpan> SpanList::at(microseconds resolution) const {
    if (resolution.count() == 0) return spans_;
    std::vector<TimelineSpan> out;
    for (const TimelineSpan& span : spans_) {
        if (!out.empty() && out.back().cause == span.cause &&
            span.started_at - out.back().ended_at < resolution)
            out.back().ended_at = span.ended_at;
        else
            out.push_back(span);
    }
    std::erase_if(out, [&](const TimelineSpan& span) {
        return !span.cause.empty() && span.ended_at - span.started_at < resolution;
    });
    return out;
}

microseconds SpanList::resolutionFor(std::size_t max_spans) const {
    microseconds resolution{0};
    const microseconds finest{std::max<std::int64_t>((to_ - from_).count() / kFinest, 1)};
    while (at(resolution).size() > max_spans) resolution = std::max(finest, 2 * resolution);
    return resolution;
}

microseconds bucketFor(microseconds range, std::int64_t max_buckets) {
    for (const int minutes : {1, 5, 10, 15, 30, 60, 120, 180, 360, 720})
        if (range <= max_buckets * std::chrono::minutes(minutes)) return std::chrono::minutes(minutes);
    return std::chrono::hours(24);
}

}  // namespace porchlight::ledger
