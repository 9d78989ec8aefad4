#include "ledger/footage_spans.h"

#include <algorithm>

namespace porchlight::ledger {

/// Joins the span to the last one where it goes on.
void FootageSpans::add(std::vector<FootageSpan>& spans, const FootageSpan& span) {
    if (span.end <= span.start) return;
    if (!spans.empty() && !span.is_after_pause && span.start >= spans.back().start &&
        span.start <= spans.back().end + kBridge) {
        spans.back().end = std::max(spans.back().end, span.end);
        return;
    }
    if (spans.size() >= kMaxSpans) spans.erase(spans.begin());
    spans.push_back(span);
}

void FootageSpans::noteWritten(FootageSpan span) {
    span.is_after_pause = span.is_after_pause || ends_with_pause_;
    // The footage after the pause comes with the next fragment.
    ends_with_pause_ = span.is_after_pause && span.end <= span.start;
    add(written_, span);
}

bool FootageSpans::noteSynced() {
    for (const auto& span : written_) add(durable_, span);
    const bool is_something = !written_.empty();
    written_.clear();
    return is_something;
}

void FootageSpans::restamp(microseconds shift) noexcept {
    for (auto* spans : {&written_, &durable_})
        for (FootageSpan& span : *spans) span.start += shift, span.end += shift;
}

}  // namespace porchlight::ledger
