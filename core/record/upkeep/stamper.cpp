#include "record/upkeep/stamper.h"

#include <utility>

#include "base/log.h"
#include "ledger/check_ledger.h"

namespace porchlight::record {
namespace {

constexpr microseconds kClockInterval{2'000'000};
constexpr milliseconds kStampSlice{100};                    // of stamping anew: the cameras wait meanwhile
constexpr microseconds kRepairSpan = std::chrono::days(1);  // of a ledger, at once
constexpr microseconds kRepairOverlap = std::chrono::hours(1);  // longer than a recording

}  // namespace

Stamper::Stamper(store::Store& store, const base::Clock& clock, ClockFactsSource facts, WallTime built_at,
                 std::function<void(microseconds shift)> on_set, base::Cancel stop)
    : store_(store),
      clock_(clock),
      trust_(clock, facts ? std::move(facts) : readClockFacts, built_at, store.recordings.newestTime()),
      on_set_(std::move(on_set)),
      began_at_(clock.now()),
      stop_(std::move(stop)) {
    if (!trust_.isTrusted())
        base::logWarning(
            "storage",
            "the clock is not set yet: footage is marked, and nothing is deleted by age until it is");
}

void Stamper::tick() {
    const auto now = clock_.now();
    if (now < next_look_) return;
    next_look_ = now + kClockInterval;
    look();
    restampRowsOfDoubt();
}

void Stamper::look() {
    const bool was_trusted = trust_.isTrusted();
    const auto change = trust_.look();
    if (change.shift == microseconds{0} && !change.became_trusted) return;
    base::logWarning("storage", "the clock was set by " +
                                    std::to_string(static_cast<double>(change.shift.count()) / 1e6) + " s" +
                                    (change.became_trusted ? "; it is trusted from now on" : ""));
    if (!was_trusted && change.shift != microseconds{0}) on_set_(change.shift);
    needs_restamp_ = needs_restamp_ || !was_trusted;
    const WallTime was = clock_.wallNow() - change.shift;
    try {
        store_.clocks.insertStep(
            {clock_.wallNow(), change.shift, change.became_trusted ? "trusted" : "stepped"});
        if (!was_trusted)
            store_.events.moveRemoved(
                was - std::chrono::duration_cast<microseconds>(clock_.now() - began_at_), was, change.shift);
    } catch (const Error& error) {
        base::logError("storage", error.what());
    }
    next_look_ = {};  // what is to be stamped anew follows with the next tick
}

Stamp Stamper::stampAt(WallTime at) {
    look();
    if (trust_.isTrusted()) return {};
    return {"untrusted", store::ClockDoubtRow{"", "", trust_.bootId(), trust_.bootTimeAt(at), at}};
}

/// What is left when the time is over goes on with the next tick.
void Stamper::restampRowsOfDoubt() {
    const base::Cancel slice = stop_.within(kStampSlice);
    try {
        if (needs_restamp_) {
            // Meanwhile: when it throws half way, what it has moved is not told as moved by the next try.
            const bool needed_repair = std::exchange(needs_ledger_repair_, true);
            needs_ledger_repair_ = restampRows(store_, trust_, slice) || needed_repair;
            needs_restamp_ = false;
            repaired_until_ = {};
        }
        if (!needs_ledger_repair_) return;
        repairLedger(slice);
        needs_ledger_repair_ = false;
    } catch (const base::Cancelled&) {
        next_look_ = {};
    } catch (const Error& error) {
        base::logError("storage", std::string("stamp footage anew: ") + error.what());
    }
}

/// Goes on where Cancelled or Error ended it.
void Stamper::repairLedger(const base::Cancel& cancel) {
    for (const auto& row : store_.coverage.running()) {
        auto& [camera, at] = repaired_until_;
        if (row.camera < camera) continue;
        if (row.camera > camera)
            repaired_until_ = {row.camera, store_.coverage.start(row.camera).value_or(row.started_at)};
        for (; at < clock_.wallNow(); at += kRepairSpan)
            ledger::ledgerProblems(store_, camera, true, ledger::GapCause::ClockStep, cancel,
                                   {at, at + kRepairSpan + kRepairOverlap});
    }
    repaired_until_ = {};
}

}  // namespace porchlight::record
