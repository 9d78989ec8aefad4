// The ledger and the host: restarts, power cuts, clocks that are set, sleep.
#include <algorithm>
#include <sstream>
#include <utility>

#include "base/wall_times.h"
#include "ledger/coverage_ledger.h"

namespace porchlight::ledger {
namespace {

constexpr char kMark[] = "ledger_mark";
constexpr microseconds kStall{3'000'000};

/// How long the host has slept since it started.
microseconds suspendedOf(const base::Clock& clock) noexcept {
    return clock.bootNow() - std::chrono::duration_cast<microseconds>(clock.now().time_since_epoch());
}

}  // namespace

void CoverageLedger::open() {
    is_retried_ = std::exchange(was_tried_, true);
    if (!is_retried_) {
        last_wall_ = clock_.wallNow();
        opened_mono_ = last_mono_ = clock_.now();
        last_suspended_ = suspendedOf(clock_);
    }
    std::istringstream mark(store_.meta.get(kMark).value_or(""));
    std::int64_t alive_us = 0;
    std::string state;
    mark >> alive_us >> last_boot_ >> state;
    last_alive_ = WallTime(microseconds(alive_us));
    was_stopped_ = state == "stopped";
    const auto rows = store_.coverage.running();
    if (!last_boot_.empty() && last_boot_ != boot_id_)
        first_step_ = was_stopped_ ? GapCause::Shutdown : GapCause::PowerOff;
    store_.atomically([&] {
        for (const auto& row : rows) explainAbsence(row);
        writeMark("alive");
    });
    is_open_ = true;
}

/// `row` was running when the core ended.
void CoverageLedger::explainAbsence(const store::CoverageRow& row) {
    const bool is_same_boot = last_boot_ == boot_id_;
    const GapCause cause = was_stopped_ ? (is_same_boot ? GapCause::DaemonStopped : GapCause::Shutdown)
                                        : (is_same_boot ? GapCause::CoreCrash : GapCause::PowerOff);
    std::vector<std::pair<WallTime, WallTime>> footage;
    for (auto [start, end] : store_.recordings.spans(row.camera, row.started_at, kEndOfTime)) {
        if (is_retried_ && start >= opened_at_) continue;  // it is of this run
        if (end == kEndOfTime)
            end = std::max(start,
                           last_alive_);  // not ended: nobody could read it yet. noteFound() tells the rest
        if (!footage.empty() && start <= footage.back().second + kBridge)
            footage.back().second = std::max(footage.back().second, end);
        else
            footage.emplace_back(std::max(start, row.started_at), end);
    }
    WallTime ended_at = row.started_at;
    for (const auto& [start, end] : footage) ended_at = std::max(ended_at, end);
    if (row.is_recorded) {
        // From its footage: where there is a hole, its reason was lost with the core.
        store_.coverage.paint({row.camera, row.started_at, std::nullopt, false, nameOf(cause), {}});
        if (ended_at > row.started_at)
            store_.coverage.paint(
                {row.camera, row.started_at, ended_at, false, nameOf(GapCause::NoFrames), {}});
    } else if (was_stopped_ && row.cause == nameOf(GapCause::DaemonStopped)) {
        store_.coverage.append(row.camera, row.started_at, false, nameOf(cause));
    } else {
        store_.coverage.append(row.camera, std::max(ended_at, last_alive_), false, nameOf(cause));
    }
    for (const auto& [start, end] : footage)
        if (end > start) store_.coverage.paint({row.camera, start, end, true, {}, {}});
}

void CoverageLedger::noteFound(const std::string& name, WallTime start, WallTime end) {
    const auto began_at = store_.coverage.start(name);
    if (!began_at || end <= std::max(start, *began_at)) return;
    const auto found = cameras_.find(name);
    const bool is_running = found != cameras_.end() && found->second.has_row;
    store_.coverage.paint({name, std::max(start, *began_at), end, true, {}, {}});
    if (!is_running) return;
    Camera& camera = found->second;
    camera.row = store_.coverage.running(name).value_or(camera.row);
    if (camera.row.is_recorded) camera.until = std::max(camera.until, camera.row.started_at);
}

/// Cameras of the last run that are no more: their ledger ends where the core came back.
void CoverageLedger::dropUnconfigured() {
    for (const auto& row : store_.coverage.running())
        if (!cameras_.contains(row.camera)) store_.coverage.end(row.camera, opened_at_);
    has_dropped_unconfigured_ = true;
}

/// Compares the clocks: the wall clock leaps when it is set or when the host slept; a late round is a stalled
/// host.
void CoverageLedger::watchHost() {
    const auto mono = clock_.now();
    const auto wall = clock_.wallNow();
    const auto suspended = suspendedOf(clock_);
    const auto round = std::chrono::duration_cast<microseconds>(mono - last_mono_);
    const auto leap = (wall - last_wall_) - round;
    const WallTime before = last_wall_ + round;
    if (leap > kClockStep) {
        const bool has_slept = suspended - last_suspended_ > leap / 2;
        explainStep(before, wall,
                    has_slept ? GapCause::Suspended : first_step_.value_or(GapCause::ClockStep));
        if (!has_slept) first_step_.reset();
    } else if (leap < -kClockStep) {
        first_step_.reset();
        for (auto& [name, camera] : cameras_) {
            camera.last_fault = GapCause::ClockStep;
            camera.last_fault_at = before;
        }
    } else if (round > kStall) {
        for (auto& [name, camera] : cameras_) {
            camera.last_fault = GapCause::HostStall;
            camera.last_fault_at = wall;
        }
    }
    last_wall_ = wall;
    last_mono_ = mono;
    last_suspended_ = suspended;
}

void CoverageLedger::restamp(microseconds shift) {
    const WallTime until = clock_.wallNow() - shift;
    const WallTime booted_at = until - clock_.bootNow();
    const GapCause cause = first_step_.value_or(GapCause::ClockStep);
    const auto move = [&](WallTime& at) {
        if (at >= booted_at) at += shift;
    };
    for (auto& [name, camera] : cameras_) {
        if (camera.has_row) camera.moves.push_back({booted_at, until, shift, cause});
        for (auto* spans : {&camera.written, &camera.durable})
            for (Span& span : *spans) span.start += shift, span.end += shift;
        move(camera.until);
        move(camera.last_fault_at);
        move(camera.why_since);
    }
    first_step_.reset();
    move(opened_at_);
    move(last_wall_);
}

void CoverageLedger::carryOutMoves(Camera& camera) {
    while (!camera.moves.empty()) {
        const Move move = camera.moves.front();
        whole(camera, [&] { carryOut(camera, move); });
        camera.moves.erase(camera.moves.begin());
    }
}

/// Footage of that time is painted from the rows of its recordings: the ledger may never have begun that
/// early (a clock that starts in 1970), and footage wins over gaps.
void CoverageLedger::carryOut(Camera& camera, const Move& move) {
    const std::string name = camera.row.camera;
    if (move.shift > microseconds{0})
        store_.coverage.move(name, move.from, move.until, move.shift, nameOf(move.cause));
    const WallTime end = move.until + move.shift;
    for (const auto& [start, stop] : store_.recordings.spans(name, move.from + move.shift, end)) {
        const WallTime durable = std::min(stop, camera.row.is_recorded ? std::max(camera.until, start) : end);
        if (durable > start)
            store_.coverage.paint(
                {name, std::max(start, move.from + move.shift), std::min(durable, end), true, {}, {}});
    }
    camera.row = store_.coverage.running(name).value_or(camera.row);
    if (camera.row.is_recorded) camera.until = std::max(camera.until, camera.row.started_at);
}

void CoverageLedger::explainStep(WallTime from, WallTime to, GapCause cause) {
    const auto isToBeTold =
        [&](const Camera& camera) {  // what is recorded is told as a hole when footage comes again
            return camera.has_row && !camera.row.is_recorded && camera.row.started_at < to;
        };
    store_.atomically([&] {
        for (const auto& [name, camera] : cameras_)
            if (isToBeTold(camera))
                store_.coverage.paint(
                    {name, std::max(from, camera.row.started_at), to, false, nameOf(cause), {}});
    });
    for (auto& [name, camera] : cameras_) {
        if (isToBeTold(camera)) camera.row = store_.coverage.running(name).value_or(camera.row);
        camera.last_fault = cause;
        camera.last_fault_at = from;
    }
}

void CoverageLedger::close() {
    if (!is_open_) open();
    for (auto& [name, camera] : cameras_) {
        if (!camera.has_row) continue;
        carryOutMoves(camera);
        coverDurable(camera);
        settle(camera);
    }
    store_.atomically([&] {
        for (auto& [name, camera] : cameras_)
            if (camera.has_row)
                append(camera, camera.row.is_recorded ? camera.until : clock_.wallNow(),
                       {GapCause::DaemonStopped, {}, true});
        writeMark("stopped");
    });
}

void CoverageLedger::writeMark(const char* state) {
    const auto now = clock_.wallNow().time_since_epoch().count();
    store_.meta.set(kMark, std::to_string(now) + " " + boot_id_ + " " + state);
    marked_at_ = clock_.now();
}

}  // namespace porchlight::ledger
