#include "ledger/camera_ledger.h"

#include <algorithm>
#include <utility>

#include "base/wall_times.h"

namespace porchlight::ledger {
namespace {

constexpr microseconds kLate{6'000'000};         // footage is synced two seconds after it happened at most
constexpr microseconds kSameOutage{60'000'000};  // a cause found this soon explains the gap from its start

}  // namespace

CameraLedger::CameraLedger(store::Store& store, const base::Clock& clock, std::string name)
    : clock_(clock), chain_(store, std::move(name)) {}

// --- what it is told

void CameraLedger::setMode(config::RecordMode mode) noexcept {
    facts_.mode = mode;
    is_removed_ = false;
}

void CameraLedger::setCondition(const CameraCondition& condition) {
    // The fault that ends explains the hole before the footage that comes now.
    for (const auto& cause : {facts_.condition.cause, condition.cause})
        if (cause && *cause != GapCause::Starting) noteFault(*cause, clock_.wallNow());
    facts_.condition = condition;
    noteWhy();
}

void CameraLedger::setWriter(const WriterFacts& facts) {
    facts_.writer = facts;
    noteWhy();
    if (facts.error) noteFault(*facts.error, clock_.wallNow());
}

void CameraLedger::noteFault(GapCause cause, WallTime at) noexcept {
    last_fault_ = cause;
    last_fault_at_ = at;
}

void CameraLedger::noteSynced() {
    if (footage_.noteSynced()) synced_at_ = clock_.now();
}

void CameraLedger::noteWhy() {
    const Explanation why = facts_.explain();
    if (why == why_ && why_since_ != WallTime{}) return;
    why_ = why;
    why_since_ = clock_.wallNow();
}

void CameraLedger::restamp(const ClockMove& move) {
    if (hasBegun()) moves_.push_back(move);
    footage_.restamp(move.shift);
    chain_.restamp(move);
    for (WallTime* at : {&last_fault_at_, &why_since_})
        if (*at >= move.from) *at += move.shift;
}

// --- what becomes of it

void CameraLedger::advance() {
    if (!hasBegun()) {
        budget_.fill(clock_.now());
        synced_at_ = clock_.now();
        chain_.begin(clock_.wallNow(), facts_.explain());
    }
    for (; !moves_.empty(); moves_.erase(moves_.begin()))
        chain_.whole([&, move = moves_.front()] { chain_.move(move); });
    for (; !footage_.durable().empty(); footage_.dropOldestDurable()) cover(footage_.durable().front());
}

void CameraLedger::cover(const FootageSpan& span) {
    auto [start, end, is_after_pause] = span;
    const WallTime began_at = chain_.startedAt();
    if (end <= began_at) return chain_.paintRecorded(start, end);  // the clock was set back
    if (start < began_at) chain_.paintRecorded(start, began_at);
    start = std::max(start, chain_.startedAt());
    if (chain_.isRecorded())
        continueRecorded({start, end, is_after_pause});
    else
        chain_.beginRecorded(start, end);
}

void CameraLedger::continueRecorded(const FootageSpan& span) {
    const WallTime until = chain_.recordedUntil();
    if (span.start > until + kBridge) {
        const GapCause cause = causeOfHole(span.is_after_pause);
        chain_.whole([&] {
            chain_.paintGap(until, span.start, cause);
            if (chain_.startedAt() < span.start) chain_.paintRecorded(span.start, std::nullopt);
        });
    }
    chain_.extendTo(span.end);
}

GapCause CameraLedger::causeOfHole(bool is_after_pause) const {
    if (last_fault_ && last_fault_at_ >= chain_.recordedUntil() - kClockStep) return *last_fault_;
    return facts_.condition.cause.value_or(is_after_pause ? GapCause::NoFrames : GapCause::Dropped);
}

void CameraLedger::settle(bool was_refused) {
    const auto now = clock_.now();
    const Explanation why = facts_.explain();
    if (why.is_sure)
        unsure_since_ = {};
    else if (unsure_since_ == Time{})
        unsure_since_ = now;
    if (!chain_.isRecorded()) return settleGap(why, was_refused);
    const bool is_late = now - synced_at_ >= kLate;
    if (!is_late && (facts_.writer.is_writing || !why.is_sure || footage_.isSomethingWritten())) return;
    const WallTime until = chain_.recordedUntil();
    const bool is_over = last_fault_ && last_fault_at_ >= until && why.is_sure && !isFault(why.cause);
    chain_.whole([&] {
        chain_.append(until, why);
        // It was away and is back while nothing happened in front of it: both are told.
        if (is_over && clock_.wallNow() > until + kBridge)
            chain_.paintGap(until, std::min(clock_.wallNow(), last_fault_at_), *last_fault_);
    });
}

void CameraLedger::settleGap(const Explanation& why, bool was_refused) {
    const auto& row = chain_.running();
    const auto was = gapCauseOf(row.cause);
    if (was == why.cause && row.detail == why.detail) return;
    const bool counts = was && !isDownTime(*was);
    if (counts) {
        if (isTooSoon(*was, why)) return;
        const bool is_young = clock_.wallNow() - row.started_at < kSameOutage;
        if (was == GapCause::NoFrames && isCameraFault(why.cause) && is_young)
            return chain_.append(row.started_at, why);
        if (!budget_.mayChange(clock_.now())) return;
    }
    // (The store lets no interval begin before the one that runs.)
    chain_.append(was_refused ? std::min(why_since_, clock_.wallNow()) : clock_.wallNow(), why);
    if (counts) budget_.spend();
}

/// Pictures again, and footage comes any moment; or the fault goes on with another try.
bool CameraLedger::isTooSoon(GapCause was, const Explanation& why) const noexcept {
    const bool has_unsure_waited = unsure_since_ != Time{} && clock_.now() - unsure_since_ >= kLate;
    if (!why.is_sure && isFault(was) && !has_unsure_waited) return true;
    return why.cause == GapCause::Starting && isCameraFault(was);
}

void CameraLedger::stop() {
    chain_.append(chain_.isRecorded() ? chain_.recordedUntil() : clock_.wallNow(),
                  {GapCause::DaemonStopped, {}, true});
}

bool CameraLedger::isGapBefore(WallTime to) const noexcept {
    return hasBegun() && !chain_.isRecorded() && chain_.startedAt() < to;
}

void CameraLedger::paintGapRows(WallTime from, WallTime to, GapCause cause) {
    chain_.paintGapRows(std::max(from, chain_.startedAt()), to, cause);
}

}  // namespace porchlight::ledger
