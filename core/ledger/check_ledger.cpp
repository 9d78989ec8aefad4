#include "ledger/check_ledger.h"

#include <algorithm>

#include "base/text.h"
#include "base/wall_times.h"
#include "ledger/gap_cause.h"

namespace porchlight::ledger {
namespace {

constexpr microseconds kTolerance{1'000'000};
constexpr std::size_t kMaxProblems = 20;

using Span = std::pair<WallTime, WallTime>;

void addSpan(std::vector<Span>& spans, WallTime start, WallTime end) {
    if (!spans.empty() && start <= spans.back().second)
        spans.back().second = std::max(spans.back().second, end);
    else
        spans.emplace_back(start, end);
}

/// What of `wanted` lies outside all of `there`; both sorted and without overlap.
std::vector<Span> outside(const std::vector<Span>& wanted, const std::vector<Span>& there) {
    std::vector<Span> out;
    std::size_t at = 0;
    if (!wanted.empty())  // there may be many, and few wanted
        at = static_cast<std::size_t>(
            std::partition_point(there.begin(), there.end(),
                                 [&](const Span& span) { return span.second <= wanted.front().first; }) -
            there.begin());
    for (auto [start, end] : wanted) {
        while (at < there.size() && there[at].second <= start) ++at;
        for (std::size_t i = at; i < there.size() && there[i].first < end; ++i) {
            if (there[i].first > start) out.emplace_back(start, there[i].first);
            start = std::max(start, there[i].second);
        }
        if (start < end) out.emplace_back(start, end);
    }
    return out;
}

std::string tell(const std::string& what, const Span& span) {
    return what + " from " + base::formatTime(span.first, 3) + " for " +
           base::formatDuration(span.second - span.first);
}

}  // namespace

std::vector<std::string> ledgerProblems(store::Store& store, const std::string& camera, bool repair,
                                        GapCause otherwise, const base::Cancel& cancel,
                                        const LedgerRange& range) {
    std::vector<std::string> problems;
    const auto oldest = store.recordings.start(camera);
    if (!oldest) return problems;
    const auto rows = store.recordings.spans(camera, range.from, range.to, cancel);
    std::vector<Span> footage;
    for (const auto& [start, end] : rows) addSpan(footage, start, end);
    std::vector<Span> recorded;
    Span settled{
        range.to,
        range.from};  // what the ledger speaks of without doubt: a running interval may be behind by seconds
    for (const auto& row : store.coverage.between(camera, range.from, range.to)) {
        cancel.check();
        if (!row.ended_at) continue;
        settled = {std::min(settled.first, row.started_at), *row.ended_at};
        if (row.is_recorded) addSpan(recorded, row.started_at, *row.ended_at);
    }
    const auto note = [&](const std::string& what,
                          const Span& span) {  // told are the first ones, repaired are all
        if (problems.size() < kMaxProblems) problems.push_back(tell(what, span));
    };
    std::vector<Span> claimed;
    const WallTime since = std::max(range.from, *oldest);
    for (const auto& [start, end] : recorded)
        if (std::min(end, range.to) > std::max(start, since))
            claimed.emplace_back(std::max(start, since), std::min(end, range.to));
    for (const Span& span : outside(claimed, footage)) {
        cancel.check();
        if (span.second - span.first <= kTolerance) continue;
        note("the ledger says recorded where no recording is,", span);
        if (repair)
            store.coverage.paint({camera, span.first, span.second, false, nameOf(otherwise),
                                  otherwise == GapCause::WriteError ? "found by check" : ""});
    }
    // A recording may have holes, which are gaps; but some of it must be told as recorded.
    for (const Span& row : rows) {
        cancel.check();
        if (row.second - row.first <= kTolerance || row.first < settled.first || row.second > settled.second)
            continue;
        const auto untold = outside({row}, recorded);
        if (untold.size() != 1 || untold.front() != row) continue;
        note("a recording is there where the ledger says gap,", row);
        if (repair) store.coverage.paint({camera, row.first, row.second, true, {}, {}});
    }
    return problems;
}

}  // namespace porchlight::ledger
