// What the recorder does when the clock is set.
#include <utility>

#include "base/log.h"
#include "ledger/check_ledger.h"
#include "record/recorder_core.h"

namespace porchlight::record {
namespace {

constexpr microseconds kClockInterval{2'000'000};
constexpr milliseconds kStampSlice{100};                    // of stamping anew: the cameras wait meanwhile
constexpr microseconds kRepairSpan = std::chrono::days(1);  // of a ledger, at once
constexpr microseconds kRepairOverlap = std::chrono::hours(1);  // longer than a recording

}  // namespace

void RecorderCore::watchClock() {
    const auto now = context_.clock.now();
    if (now < next_clock_) return;
    next_clock_ = now + kClockInterval;
    lookAtClock();
    restampDoubtful();
}

void RecorderCore::lookAtClock() {
    const bool was_trusted = clock_trust_.isTrusted();
    const auto change = clock_trust_.look();
    if (change.shift == microseconds{0} && !change.became_trusted) return;
    base::logWarning("storage", "the clock was set by " +
                                    std::to_string(static_cast<double>(change.shift.count()) / 1e6) + " s" +
                                    (change.became_trusted ? "; it is trusted from now on" : ""));
    if (!was_trusted && change.shift != microseconds{0})
        for (auto& [name, camera] : cameras_) camera->restamp(change.shift);
    if (!was_trusted && change.shift != microseconds{0}) ledger_.restamp(change.shift);
    needs_restamp_ = needs_restamp_ || !was_trusted;
    try {
        store_.clocks.insertStep(
            {context_.clock.wallNow(), change.shift, change.became_trusted ? "trusted" : "stepped"});
    } catch (const Error& error) {
        base::logError("storage", error.what());
    }
    restampDoubtful();
}

/// What is left when the time is over goes on with the next tick. A database that takes nothing now is asked
/// again with the next look.
void RecorderCore::restampDoubtful() {
    const base::Cancel slice = stop_.within(kStampSlice);
    try {
        if (needs_restamp_) {
            // Meanwhile: when it throws half way, what it has moved is not told as moved by the next try.
            const bool needed_repair = std::exchange(needs_ledger_repair_, true);
            needs_ledger_repair_ = restampRows(store_, clock_trust_, slice) || needed_repair;
            needs_restamp_ = false;
            repaired_until_ = {};
        }
        if (!needs_ledger_repair_) return;
        repairLedger(slice);
        needs_ledger_repair_ = false;
    } catch (const base::Cancelled&) {
        next_clock_ = {};
    } catch (const Error& error) {
        base::logError("storage", std::string("stamp footage anew: ") + error.what());
    }
}

/// Goes on where Cancelled or Error ended it.
void RecorderCore::repairLedger(const base::Cancel& cancel) {
    for (const auto& row : store_.coverage.running()) {
        auto& [camera, at] = repaired_until_;
        if (row.camera < camera) continue;
        if (row.camera > camera)
            repaired_until_ = {row.camera, store_.coverage.start(row.camera).value_or(row.started_at)};
        for (; at < context_.clock.wallNow(); at += kRepairSpan)
            ledger::ledgerProblems(store_, camera, true, ledger::GapCause::ClockStep, cancel,
                                   {at, at + kRepairSpan + kRepairOverlap});
    }
    repaired_until_ = {};
}

}  // namespace porchlight::record
