#include "ledger/coverage_ledger.h"

#include "base/wall_times.h"

#include <algorithm>
#include <utility>

namespace porchlight::ledger {
namespace {

constexpr microseconds kLate{6'000'000};         // footage is synced two seconds after it happened at most
constexpr microseconds kSameOutage{60'000'000};  // a cause found this soon explains the gap from its start
constexpr microseconds kMarkInterval{60'000'000};
constexpr microseconds kConfigured{10'000'000};  // by then all cameras were added
constexpr std::size_t kMaxSpans = 1024;          // only a database that takes no rows lets them pile up
constexpr int kBurst = 30;
constexpr microseconds kChangeInterval{60'000'000};

}  // namespace

/// Joins the span to the last one where it goes on.
void CoverageLedger::addSpan(std::vector<Span>& spans, const Span& span) {
    if (span.end <= span.start) return;
    if (!spans.empty() && !span.is_after_pause && span.start >= spans.back().start &&
        span.start <= spans.back().end + kBridge) {
        spans.back().end = std::max(spans.back().end, span.end);
        return;
    }
    if (spans.size() >= kMaxSpans) spans.erase(spans.begin());
    spans.push_back(span);
}

CoverageLedger::CoverageLedger(store::Store& store, const base::Clock& clock, std::string boot_id)
    : store_(store), clock_(clock), boot_id_(std::move(boot_id)), opened_at_(clock.wallNow()) {}

void CoverageLedger::addCamera(const std::string& name, config::RecordMode mode) {
    Camera& camera = cameras_[name];
    camera.mode = mode;
    camera.is_removed = false;
}

void CoverageLedger::removeCamera(const std::string& name) {
    const auto found = cameras_.find(name);
    if (found != cameras_.end()) found->second.is_removed = true;
}

void CoverageLedger::setCondition(const std::string& name, const CameraCondition& condition) {
    const auto found = cameras_.find(name);
    if (found == cameras_.end()) return;
    Camera& camera = found->second;
    // The fault that ends explains the hole before the footage that comes now.
    for (const auto& cause : {camera.condition.cause, condition.cause})
        if (cause && *cause != GapCause::Starting) {
            camera.last_fault = cause;
            camera.last_fault_at = clock_.wallNow();
        }
    camera.condition = condition;
    noteWhy(camera);
}

void CoverageLedger::setWriter(const std::string& name, const WriterFacts& facts) {
    const auto found = cameras_.find(name);
    if (found == cameras_.end()) return;
    found->second.writer = facts;
    noteWhy(found->second);
    if (!facts.error) return;
    found->second.last_fault = facts.error;
    found->second.last_fault_at = clock_.wallNow();
}

void CoverageLedger::noteWritten(const std::string& name, WallTime start, WallTime end, bool is_after_pause) {
    const auto found = cameras_.find(name);
    if (found == cameras_.end()) return;
    Camera& camera = found->second;
    is_after_pause = is_after_pause || camera.ends_with_pause;
    camera.ends_with_pause =
        is_after_pause && end <= start;  // the footage after it comes with the next fragment
    addSpan(camera.written, {start, end, is_after_pause});
}

void CoverageLedger::noteSynced(const std::string& name) {
    const auto found = cameras_.find(name);
    if (found == cameras_.end()) return;
    Camera& camera = found->second;
    for (const auto& span : camera.written) addSpan(camera.durable, span);
    if (!camera.written.empty()) camera.synced_at = clock_.now();
    camera.written.clear();
}

void CoverageLedger::noteLost(const std::string& name) {
    const auto found = cameras_.find(name);
    if (found != cameras_.end()) found->second.written.clear();
}

/// In the ledger and in memory: all that `change` does, or nothing of it when it throws.
void CoverageLedger::whole(Camera& camera, const std::function<void()>& change) {
    const Camera before = camera;
    try {
        store_.atomically(change);
    } catch (...) {
        camera = before;
        throw;
    }
}

void CoverageLedger::startRow(Camera& camera, const std::string& name) {
    camera.changes_at = camera.synced_at = clock_.now();
    camera.changes_left = kBurst;
    camera.row.camera = name;
    const auto row = store_.coverage.running(name);
    if (row)
        camera.row = *row;
    else
        append(camera, clock_.wallNow(), explain(camera));
    camera.until = camera.row.started_at;
    camera.has_row = true;
}

void CoverageLedger::coverDurable(Camera& camera) {
    while (!camera.durable.empty()) {
        cover(camera, camera.durable.front());
        camera.durable.erase(camera.durable.begin());
    }
}

void CoverageLedger::cover(Camera& camera, const Span& span) {
    auto [start, end, is_after_pause] = span;
    if (end <= camera.row.started_at)
        return paint(camera, start, end, std::nullopt);  // the clock was set back
    if (start < camera.row.started_at) paint(camera, start, camera.row.started_at, std::nullopt);
    start = std::max(start, camera.row.started_at);
    if (camera.row.is_recorded)
        continueRecorded(camera, {start, end, is_after_pause});
    else
        beginRecorded(camera, start, end);
}

void CoverageLedger::continueRecorded(Camera& camera, const Span& span) {
    const auto& [start, end, is_after_pause] = span;
    if (start > camera.until + kBridge) {
        const GapCause cause = causeOfHole(camera, is_after_pause);
        whole(camera, [&, begin = start] {
            paint(camera, camera.until, begin, cause);
            if (camera.row.started_at < begin) paint(camera, begin, std::nullopt, std::nullopt);
        });
    }
    camera.until = std::max(camera.until, end);
}

void CoverageLedger::beginRecorded(Camera& camera, WallTime start, WallTime end) {
    if (start - camera.row.started_at <= kBridge) {
        const auto before = store_.coverage.between(
            camera.row.camera, camera.row.started_at - microseconds(1), camera.row.started_at);
        if (!before.empty() && before.front().is_recorded) start = camera.row.started_at;
    }
    paint(camera, start, std::nullopt, std::nullopt);
    camera.until = end;
}

/// What explains that no footage comes now.
CoverageLedger::Explanation CoverageLedger::explain(const Camera& camera) const {
    const auto& cause = camera.condition.cause;
    const bool is_never_started = cause == GapCause::Misconfigured && !camera.condition.detail.empty();
    if (cause == GapCause::Disabled || is_never_started) return {*cause, camera.condition.detail, true};
    if (camera.mode == config::RecordMode::Off) return {GapCause::RecordOff, {}, true};
    if (cause) return {*cause, {}, true};
    if (camera.writer.error && camera.writer.is_wanted) return {*camera.writer.error, {}, true};
    if (camera.mode == config::RecordMode::Motion && !camera.writer.is_wanted)
        return {camera.condition.is_detect_on ? GapCause::NoMotion : GapCause::DetectOff, {}, true};
    return {GapCause::NoFrames, {}, false};
}

GapCause CoverageLedger::causeOfHole(const Camera& camera, bool is_after_pause) const {
    if (camera.last_fault && camera.last_fault_at >= camera.until - kClockStep) return *camera.last_fault;
    return camera.condition.cause.value_or(is_after_pause ? GapCause::NoFrames : GapCause::Dropped);
}

void CoverageLedger::noteWhy(Camera& camera) const {
    const Explanation why = explain(camera);
    if (why == camera.why && camera.why_since != WallTime{}) return;
    camera.why = why;
    camera.why_since = clock_.wallNow();
}

void CoverageLedger::settle(Camera& camera) {
    const auto now = clock_.now();
    const Explanation why = explain(camera);
    if (why.is_sure)
        camera.unsure_since = {};
    else if (camera.unsure_since == Monotonic::time_point{})
        camera.unsure_since = now;
    if (!camera.row.is_recorded) return settleGap(camera, why);
    const bool is_late = now - camera.synced_at >= kLate;
    if (!is_late && (camera.writer.is_writing || !why.is_sure || !camera.written.empty())) return;
    const bool is_over =
        camera.last_fault && camera.last_fault_at >= camera.until && why.is_sure && !isFault(why.cause);
    whole(camera, [&] {
        append(camera, camera.until, why);
        // It was away and is back while nothing happened in front of it: both are told.
        if (is_over && clock_.wallNow() > camera.until + kBridge)
            paint(camera, camera.until, std::min(clock_.wallNow(), camera.last_fault_at), camera.last_fault);
    });
}

void CoverageLedger::settleGap(Camera& camera, const Explanation& why) {
    const auto was = gapCauseOf(camera.row.cause);
    if (was == why.cause && camera.row.detail == why.detail) return;
    const auto now = clock_.now();
    const bool has_unsure_waited =
        camera.unsure_since != Monotonic::time_point{} && now - camera.unsure_since >= kLate;
    const bool counts = was && !isDownTime(*was);
    if (counts) {
        if (!why.is_sure && isFault(*was) && !has_unsure_waited)
            return;  // pictures again, footage comes any moment
        if (why.cause == GapCause::Starting && isCameraFault(*was)) return;
        const bool is_young = clock_.wallNow() - camera.row.started_at < kSameOutage;
        if (was == GapCause::NoFrames && isCameraFault(why.cause) && is_young)
            return append(camera, camera.row.started_at, why);
        if (!mayChange(camera)) return;
    }
    // What was refused is told from when it was so.
    const WallTime now_at = clock_.wallNow();
    // (The store lets no interval begin before the one that runs.)
    append(camera, was_refused_ ? std::min(camera.why_since, now_at) : now_at, why);
    if (counts) --camera.changes_left;
}

bool CoverageLedger::mayChange(Camera& camera) noexcept {
    const auto now = clock_.now();
    const auto earned = (now - camera.changes_at) / kChangeInterval;
    if (earned > 0) {
        camera.changes_left = static_cast<int>(std::min<std::int64_t>(kBurst, camera.changes_left + earned));
        camera.changes_at = now;
    }
    return camera.changes_left > 0;
}

void CoverageLedger::append(Camera& camera, WallTime at, const Explanation& why) {
    store_.coverage.append(camera.row.camera, at, false, nameOf(why.cause), why.detail);
    camera.row = store_.coverage.running(camera.row.camera).value_or(camera.row);
}

void CoverageLedger::paint(Camera& camera, WallTime from, std::optional<WallTime> to,
                           std::optional<GapCause> gap) {
    store_.coverage.paint({camera.row.camera, from, to, !gap, gap ? nameOf(*gap) : "", {}});
    camera.row = store_.coverage.running(camera.row.camera).value_or(camera.row);
}

void CoverageLedger::tick() {
    for (auto& [name, camera] : cameras_) noteWhy(camera);
    was_refused_ = std::exchange(is_refused_, true);
    if (!is_open_) open();
    watchHost();
    if (!has_dropped_unconfigured_ && clock_.now() - opened_mono_ >= kConfigured) dropUnconfigured();
    for (auto it = cameras_.begin(); it != cameras_.end();) {
        auto& [name, camera] = *it;
        if (!camera.has_row) startRow(camera, name);
        carryOutMoves(camera);
        coverDurable(camera);
        if (camera.is_removed) {
            store_.coverage.end(name, camera.row.is_recorded
                                          ? camera.until
                                          : std::max(clock_.wallNow(), camera.row.started_at));
            it = cameras_.erase(it);
            continue;
        }
        settle(camera);
        ++it;
    }
    if (!marked_at_ || clock_.now() - *marked_at_ >= kMarkInterval) writeMark("alive");
    is_refused_ = false;
}

}  // namespace porchlight::ledger
