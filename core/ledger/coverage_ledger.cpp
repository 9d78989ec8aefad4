#include "ledger/coverage_ledger.h"

#include <algorithm>
#include <utility>

#include "base/wall_times.h"

namespace porchlight::ledger {
namespace {

constexpr microseconds kConfigured{10'000'000};  // by then all cameras were added

}  // namespace

CoverageLedger::CoverageLedger(store::Store& store, const base::Clock& clock, std::string boot_id)
    : store_(store),
      clock_(clock),
      mark_(store, clock, std::move(boot_id)),
      host_(clock),
      opened_at_(clock.wallNow()) {}

// --- cameras

CameraLedger* CoverageLedger::find(const std::string& name) noexcept {
    const auto found = cameras_.find(name);
    return found == cameras_.end() ? nullptr : &found->second;
}

void CoverageLedger::addCamera(const std::string& name, config::RecordMode mode) {
    cameras_.try_emplace(name, store_, clock_, name).first->second.setMode(mode);
}

void CoverageLedger::removeCamera(const std::string& name) {
    if (auto* camera = find(name)) camera->noteRemoved();
}

void CoverageLedger::setCondition(const std::string& name, const CameraCondition& condition) {
    if (auto* camera = find(name)) camera->setCondition(condition);
}

void CoverageLedger::setWriter(const std::string& name, const WriterFacts& facts) {
    if (auto* camera = find(name)) camera->setWriter(facts);
}

void CoverageLedger::noteWritten(const std::string& name, WallTime start, WallTime end, bool is_after_pause) {
    if (auto* camera = find(name)) camera->footage().noteWritten({start, end, is_after_pause});
}

void CoverageLedger::noteSynced(const std::string& name) {
    if (auto* camera = find(name)) camera->noteSynced();
}

void CoverageLedger::noteLost(const std::string& name) {
    if (auto* camera = find(name)) camera->footage().noteLost();
}

void CoverageLedger::noteFound(const std::string& name, WallTime start, WallTime end) {
    const auto began_at = store_.coverage.start(name);
    if (!began_at || end <= std::max(start, *began_at)) return;
    store_.coverage.paint({name, std::max(start, *began_at), end, true, {}, {}});
    if (auto* camera = find(name)) camera->reread();
}

void CoverageLedger::tick() {
    for (auto& [name, camera] : cameras_) camera.noteWhy();
    was_refused_ = std::exchange(is_refused_, true);
    if (!is_open_) open();
    watchHost();
    if (!has_dropped_unconfigured_ && clock_.now() - opened_mono_ >= kConfigured) dropUnconfigured();
    for (auto it = cameras_.begin(); it != cameras_.end();) {
        CameraLedger& camera = it->second;
        camera.advance();
        if (camera.isRemoved()) {
            camera.end();
            it = cameras_.erase(it);
        } else {
            camera.settle(was_refused_);
            ++it;
        }
    }
    if (mark_.isDue()) mark_.writeAlive();
    is_refused_ = false;
}

void CoverageLedger::close() {
    if (!is_open_) open();
    for (auto& [name, camera] : cameras_) {
        if (!camera.hasBegun()) continue;
        camera.advance();
        camera.settle(was_refused_);
    }
    store_.atomically([&] {
        for (auto& [name, camera] : cameras_)
            if (camera.hasBegun()) camera.stop();
        mark_.writeStopped();
    });
}

// --- the host: restarts, power cuts, clocks that are set, sleep

void CoverageLedger::open() {
    is_retried_ = std::exchange(was_tried_, true);
    if (!is_retried_) {
        host_.begin();
        opened_mono_ = clock_.now();
    }
    mark_.read();
    const auto rows = store_.coverage.running();
    if (mark_.isOfAnyBoot() && !mark_.isOfThisBoot())
        first_step_ = mark_.wasStopped() ? GapCause::Shutdown : GapCause::PowerOff;
    store_.atomically([&] {
        for (const auto& row : rows) explainAbsence(row);
        mark_.writeAlive();
    });
    is_open_ = true;
}

/// Of the last run, joined, in the time that `row` had begun.
std::vector<std::pair<WallTime, WallTime>> CoverageLedger::footageSince(const store::CoverageRow& row) {
    std::vector<std::pair<WallTime, WallTime>> out;
    for (auto [start, end] : store_.recordings.spans(row.camera, row.started_at, kEndOfTime)) {
        if (is_retried_ && start >= opened_at_) continue;  // it is of this run
        if (end == kEndOfTime)
            end = std::max(
                start, mark_.lastAlive());  // not ended: nobody could read it yet. noteFound() tells the rest
        if (!out.empty() && start <= out.back().second + kBridge)
            out.back().second = std::max(out.back().second, end);
        else
            out.emplace_back(std::max(start, row.started_at), end);
    }
    return out;
}

/// `row` was running when the core ended.
void CoverageLedger::explainAbsence(const store::CoverageRow& row) {
    const GapCause cause = mark_.causeOfAbsence();
    const auto footage = footageSince(row);
    WallTime ended_at = row.started_at;
    for (const auto& [start, end] : footage) ended_at = std::max(ended_at, end);
    if (row.is_recorded) {
        // From its footage: where there is a hole, its reason was lost with the core.
        store_.coverage.paint({row.camera, row.started_at, std::nullopt, false, nameOf(cause), {}});
        if (ended_at > row.started_at)
            store_.coverage.paint(
                {row.camera, row.started_at, ended_at, false, nameOf(GapCause::NoFrames), {}});
    } else if (mark_.wasStopped() && row.cause == nameOf(GapCause::DaemonStopped)) {
        store_.coverage.append(row.camera, row.started_at, false, nameOf(cause));
    } else {
        store_.coverage.append(row.camera, std::max(ended_at, mark_.lastAlive()), false, nameOf(cause));
    }
    for (const auto& [start, end] : footage)
        if (end > start) store_.coverage.paint({row.camera, start, end, true, {}, {}});
}

/// Cameras of the last run that are no more: their ledger ends where the core came back.
void CoverageLedger::dropUnconfigured() {
    for (const auto& row : store_.coverage.running())
        if (!cameras_.contains(row.camera)) store_.coverage.end(row.camera, opened_at_);
    has_dropped_unconfigured_ = true;
}

void CoverageLedger::watchHost() {
    const auto look = host_.look();
    switch (look.found) {
        case HostWatch::Found::Nothing:
            break;
        case HostWatch::Found::Slept:
            explainStep(look.before, look.now, GapCause::Suspended);
            break;
        case HostWatch::Found::SetAhead:
            explainStep(look.before, look.now, first_step_.value_or(GapCause::ClockStep));
            first_step_.reset();
            break;
        case HostWatch::Found::SetBack:
            first_step_.reset();
            noteFaultOfAll(GapCause::ClockStep, look.before);
            break;
        case HostWatch::Found::Stalled:
            noteFaultOfAll(GapCause::HostStall, look.now);
            break;
    }
    host_.settle(look);  // not before it is told: a database that refuses now is asked again
}

void CoverageLedger::noteFaultOfAll(GapCause cause, WallTime at) {
    for (auto& [name, camera] : cameras_) camera.noteFault(cause, at);
}

void CoverageLedger::restamp(microseconds shift) {
    const WallTime until = clock_.wallNow() - shift;
    const WallTime booted_at = until - clock_.bootNow();
    const ClockMove move{booted_at, until, shift, first_step_.value_or(GapCause::ClockStep)};
    for (auto& [name, camera] : cameras_) camera.restamp(move);
    first_step_.reset();
    if (opened_at_ >= booted_at) opened_at_ += shift;
    host_.restamp(booted_at, shift);
}

/// What is recorded is told as a hole when footage comes again.
void CoverageLedger::explainStep(WallTime from, WallTime to, GapCause cause) {
    store_.atomically([&] {
        for (auto& [name, camera] : cameras_)
            if (camera.isGapBefore(to)) camera.paintGapRows(from, to, cause);
    });
    for (auto& [name, camera] : cameras_)
        if (camera.isGapBefore(to)) camera.reread();
    noteFaultOfAll(cause, from);
}

}  // namespace porchlight::ledger
