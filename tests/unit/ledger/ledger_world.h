/// One camera after the other in a coverage ledger, under a fake clock, on a real database.
#pragma once

#include <memory>

#include "base/wall_times.h"
#include "ledger/check_ledger.h"
#include "ledger/coverage_ledger.h"
#include "store/sql/database.h"
#include "support/catch.h"
#include "support/fake_clock.h"
#include "support/folder.h"

namespace porchlight::test {

using namespace porchlight::ledger;

inline constexpr WallTime kBeginning{microseconds{0}};

/// **Owns** a folder with a database, and the ledger of one run of the core after the other.
struct World {
    World() {
        store = std::make_unique<store::Store>(folder / "porchlight.db");
        start();
    }

    void start(const std::string& boot = "boot-1") {
        boot_id = boot;
        ledger = std::make_unique<ledger::CoverageLedger>(*store, clock, boot);
        ledger->open();
        ledger->addCamera("porch", mode);
        ledger->tick();
    }
    void run(double span_s, double step_s = 0.2) {
        for (double done = 0; done < span_s; done += step_s) {
            clock.advance(microseconds(static_cast<std::int64_t>(step_s * 1e6)));
            ledger->tick();
        }
    }
    /// Pictures from the first moment on.
    void well() {
        condition(std::nullopt);
        ledger->tick();
    }
    void condition(std::optional<ledger::GapCause> cause, const std::string& detail = {}) {
        ledger->setCondition("porch", {cause, detail, true});
    }
    void writer(bool is_wanted, bool is_writing, std::optional<ledger::GapCause> error = {}) {
        ledger->setWriter("porch", {is_wanted, is_writing, error});
    }

    /// Footage of the wall time given, synced, with its row.
    void footage(WallTime from, WallTime to) {
        if (to <= from) return;
        store::RecordingRow row;
        row.camera = "porch";
        row.path = "porch/" + std::to_string(++files) + ".mp4";
        row.started_at = from;
        store->recordings.finish(store->recordings.insert(row), to, 1000);
        ledger->noteWritten("porch", from, to);
        ledger->noteSynced("porch");
        spans.emplace_back(from, to);
    }
    /// Records as it happens.
    void record(double span_s) {
        writer(true, true);
        for (double done = 0; done < span_s; done += 1) {
            const WallTime from = clock.wallNow();
            clock.advance(seconds(1));
            footage(from, clock.wallNow());
            ledger->tick();
        }
    }
    std::vector<store::CoverageRow> rows() {
        return store->coverage.between("porch", kBeginning, kEndOfTime);
    }
    /// "recorded 10, gap no_motion 20, ..." in seconds, the running one as "...".
    std::string told() {
        std::string out;
        for (const auto& row : rows()) {
            out += out.empty() ? "" : ", ";
            out += row.is_recorded ? "recorded" : row.cause;
            if (!row.detail.empty()) out += "(" + row.detail + ")";
            out +=
                row.ended_at
                    ? " " + std::to_string((*row.ended_at - row.started_at + milliseconds(500)) / seconds(1))
                    : " ...";
        }
        return out;
    }

    test::FakeClock clock;
    Folder folder;
    std::unique_ptr<store::Store> store;
    std::unique_ptr<ledger::CoverageLedger> ledger;
    config::RecordMode mode = config::RecordMode::Motion;
    std::string boot_id;
    std::vector<std::pair<WallTime, WallTime>> spans;
    int files = 0;
};

struct Continuous : World {
    Continuous() {
        mode = config::RecordMode::Continuous;
        ledger->addCamera("porch", mode);
        clock.advance(seconds(1));
        condition(std::nullopt);
    }
};

/// A clock that was set: what it said just before, and by how much it moved.
struct ClockSet {
    WallTime before;
    microseconds shift;
};

/// After 20 s the machine starts again, and its clock in 1970; 30 s of footage later it is set to five hours
/// after it went off, rows and ledger with it.
inline ClockSet setClockOf1970(Continuous& world) {
    world.record(20);
    world.ledger.reset();
    const WallTime before_off = world.clock.wallNow();
    world.clock.stepWall(-before_off.time_since_epoch() + seconds(60));
    world.start("boot-2");
    world.condition(std::nullopt);
    world.record(30);
    const WallTime before = world.clock.wallNow();
    const microseconds shift = (before_off - before) + std::chrono::hours(5);
    world.clock.stepWall(shift);
    for (const auto& row : world.store->recordings.overlapping("porch", before - seconds(40), before))
        world.store->clocks.restamp({"recording", std::to_string(row.id), "boot-2", {}, row.started_at},
                                    shift, "restamped");
    world.ledger->restamp(shift);
    return {before, shift};
}

}  // namespace porchlight::test
