#include "ledger/coverage_chain.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "ledger/footage_spans.h"

namespace porchlight::ledger {

CoverageChain::CoverageChain(store::Store& store, std::string camera) : store_(store) {
    row_.camera = std::move(camera);
}

void CoverageChain::begin(WallTime at, const Explanation& why) {
    if (const auto row = store_.coverage.running(row_.camera))
        row_ = *row;
    else
        append(at, why);
    until_ = row_.started_at;
    has_begun_ = true;
}

void CoverageChain::whole(const std::function<void()>& change) {
    const auto before = std::pair(row_, until_);
    try {
        store_.atomically(change);
    } catch (...) {
        std::tie(row_, until_) = before;
        throw;
    }
}

void CoverageChain::append(WallTime at, const Explanation& why) {
    store_.coverage.append(row_.camera, at, false, nameOf(why.cause), why.detail);
    row_ = store_.coverage.running(row_.camera).value_or(row_);
}

void CoverageChain::paint(WallTime from, std::optional<WallTime> to, bool is_recorded, const char* cause) {
    store_.coverage.paint({row_.camera, from, to, is_recorded, cause, {}});
    row_ = store_.coverage.running(row_.camera).value_or(row_);
}

void CoverageChain::paintRecorded(WallTime from, std::optional<WallTime> to) {
    paint(from, to, true, "");
}

void CoverageChain::paintGap(WallTime from, std::optional<WallTime> to, GapCause cause) {
    paint(from, to, false, nameOf(cause));
}

void CoverageChain::paintGapRows(WallTime from, WallTime to, GapCause cause) {
    store_.coverage.paint({row_.camera, from, to, false, nameOf(cause), {}});
}

void CoverageChain::beginRecorded(WallTime start, WallTime end) {
    if (start - row_.started_at <= kBridge) {
        const auto before =
            store_.coverage.between(row_.camera, row_.started_at - microseconds(1), row_.started_at);
        if (!before.empty() && before.front().is_recorded) start = row_.started_at;
    }
    paintRecorded(start, std::nullopt);
    until_ = end;
}

/// Footage of that time is painted from the rows of its recordings: the ledger may never have begun that
/// early (a clock that starts in 1970), and footage wins over gaps.
void CoverageChain::move(const ClockMove& move) {
    const std::string& name = row_.camera;
    if (move.shift > microseconds{0})
        store_.coverage.move(name, move.from, move.until, move.shift, nameOf(move.cause));
    const WallTime begin = move.from + move.shift;
    const WallTime end = move.until + move.shift;
    for (const auto& [start, stop] : store_.recordings.spans(name, begin, end)) {
        const WallTime durable = std::min(stop, row_.is_recorded ? std::max(until_, start) : end);
        if (durable > start)
            store_.coverage.paint({name, std::max(start, begin), std::min(durable, end), true, {}, {}});
    }
    reread();
}

void CoverageChain::restamp(const ClockMove& move) noexcept {
    if (until_ >= move.from) until_ += move.shift;
}

void CoverageChain::reread() {
    if (!has_begun_) return;
    row_ = store_.coverage.running(row_.camera).value_or(row_);
    if (row_.is_recorded) extendTo(row_.started_at);
}

void CoverageChain::end(WallTime now) {
    store_.coverage.end(row_.camera, row_.is_recorded ? until_ : std::max(now, row_.started_at));
}

}  // namespace porchlight::ledger
