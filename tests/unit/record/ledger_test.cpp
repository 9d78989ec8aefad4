/// No unexplained second: the coverage ledger under a fake clock, on a real database.
#include <cstdlib>
#include <filesystem>
#include <random>

#include "record/check_ledger.h"
#include "record/coverage_ledger.h"
#include "store/database.h"
#include "support/catch.h"

using namespace porchlight;
using namespace porchlight::record;

namespace {

constexpr WallTime kEnd{microseconds{4'102'444'800'000'000}};
constexpr WallTime kBeginning{microseconds{0}};

/// **Owns** a folder with a database, and the ledger of one run of the core after the other.
struct World {
    World() {
        std::string pattern = (std::filesystem::temp_directory_path() / "porchlight-ledger-XXXXXX").string();
        folder = ::mkdtemp(pattern.data());
        store = std::make_unique<store::Store>(folder / "porchlight.db");
        start();
    }
    ~World() {
        ledger.reset();
        store.reset();
        std::filesystem::remove_all(folder);
    }

    void start(const std::string& boot = "boot-1") {
        boot_id = boot;
        ledger = std::make_unique<CoverageLedger>(*store, clock, boot);
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
    void condition(std::optional<GapCause> cause, const std::string& detail = {}) { ledger->setCondition("porch", {cause, detail, true}); }
    void writer(bool is_wanted, bool is_writing, std::optional<GapCause> error = {}) { ledger->setWriter("porch", {is_wanted, is_writing, error}); }

    /// Footage of the wall time given, synced, with its row.
    void footage(WallTime from, WallTime to) {
        if (to <= from) return;
        store::RecordingRow row;
        row.camera = "porch";
        row.path = "porch/" + std::to_string(++files) + ".mp4";
        row.started_at = from;
        store->finishRecording(store->insertRecording(row), to, 1000);
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
    std::vector<store::CoverageRow> rows() { return store->coverage("porch", kBeginning, kEnd); }
    /// "recorded 10, gap no_motion 20, ..." in seconds, the running one as "...".
    std::string told() {
        std::string out;
        for (const auto& row : rows()) {
            out += out.empty() ? "" : ", ";
            out += row.is_recorded ? "recorded" : row.cause;
            if (!row.detail.empty()) out += "(" + row.detail + ")";
            out += row.ended_at ? " " + std::to_string((*row.ended_at - row.started_at + milliseconds(500)) / seconds(1)) : " ...";
        }
        return out;
    }

    base::FakeClock clock;
    std::filesystem::path folder;
    std::unique_ptr<store::Store> store;
    std::unique_ptr<CoverageLedger> ledger;
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

}  // namespace

TEST_CASE("motion mode: pre-roll takes its seconds from the quiet before, quiet follows") {
    World world;
    world.run(2);
    world.condition(std::nullopt);
    world.run(60);
    world.writer(true, true);
    world.footage(world.clock.wallNow() - seconds(5), world.clock.wallNow());
    world.record(10);
    world.writer(false, false);
    world.run(30);
    CHECK(world.told() == "starting 2, no_motion 55, recorded 15, no_motion ...");
}

TEST_CASE("two events with touching pre-roll are one stretch of footage") {
    World world;
    world.well();
    world.run(10);
    world.record(5);
    const WallTime end = world.clock.wallNow();
    world.writer(false, false);
    world.run(3);
    world.writer(true, true);
    world.footage(end, world.clock.wallNow());
    world.record(5);
    CHECK(world.told() == "no_motion 10, recorded ...");
}

TEST_CASE("a fault is the cause from the last durable picture on, although it is known later") {
    Continuous world;
    world.record(20);
    world.run(4);  // hangs: nobody knows yet
    world.condition(GapCause::ConnectionLost);
    world.run(10);
    world.condition(GapCause::Starting);  // a new worker tries: still the same outage
    world.run(5);
    world.condition(std::nullopt);
    world.run(1);
    world.record(10);
    CHECK(world.told() == "starting 1, recorded 20, connection_lost 20, recorded ...");
}

TEST_CASE("footage that stops while all is said to be well is no_frames, and gets its name when that is known") {
    Continuous world;
    world.record(20);
    world.run(10);
    CHECK(world.told() == "starting 1, recorded 20, no_frames ...");
    world.condition(GapCause::AuthRefused);
    world.run(10);
    CHECK(world.told() == "starting 1, recorded 20, auth_refused ...");
}

TEST_CASE("a disk that is full, a camera switched off by somebody, and a mode that records nothing") {
    Continuous world;
    world.record(10);
    world.writer(true, false, GapCause::DiskFull);
    world.run(10);
    world.record(10);
    world.writer(true, false);
    world.condition(GapCause::Disabled, "by ada");
    world.run(30);
    world.condition(std::nullopt);
    world.ledger->addCamera("porch", config::RecordMode::Off);
    world.writer(false, false);
    world.run(10);
    CHECK(world.told() == "starting 1, recorded 10, disk_full 10, recorded 10, disabled(by ada) 30, record_off ...");
}

TEST_CASE("holes in footage: clocks that differ are none, lost fragments are, and a known fault names its hole") {
    Continuous world;
    world.record(10);
    world.clock.advance(milliseconds(300));
    world.record(10);
    world.run(2.6);
    world.record(10);
    world.condition(GapCause::WorkerRestart);
    world.clock.advance(milliseconds(2000));
    world.condition(std::nullopt);
    world.record(10);
    CHECK(world.told() == "starting 1, recorded 20, dropped 3, recorded 10, worker_restart 2, recorded ...");
}

TEST_CASE("what was written but not synced is not recorded") {
    Continuous world;
    world.record(10);
    world.ledger->noteWritten("porch", world.clock.wallNow(), world.clock.wallNow() + seconds(1));
    world.ledger->noteLost("porch");
    world.run(10);
    CHECK(world.told() == "starting 1, recorded 10, no_frames ...");
}

TEST_CASE("the time without a core is explained by how it ended") {
    struct Way {
        bool is_clean;
        bool is_new_boot;
        std::string cause;
    };
    const auto way = GENERATE(values<Way>({{true, false, "daemon_stopped"}, {true, true, "shutdown"}, {false, false, "core_crash"}, {false, true, "power_off"}}));
    Continuous world;
    world.record(30);
    if (way.is_clean) world.ledger->close();
    world.ledger.reset();
    world.clock.advance(seconds(100));
    world.start(way.is_new_boot ? "boot-2" : "boot-1");
    world.run(3);
    world.condition(std::nullopt);
    world.record(5);
    CHECK(world.told() == "starting 1, recorded 30, " + way.cause + " 100, starting 3, recorded ...");
}

TEST_CASE("in a quiet time a crash is known to a minute, and footage the ledger had not seen is found") {
    World world;
    world.well();
    world.run(90);  // marks at 0 and 60 s
    const WallTime event = world.clock.wallNow();
    world.footage(event - seconds(5), event + seconds(2));  // durable, and the core dies before the next round
    world.ledger.reset();
    world.clock.advance(seconds(60));
    world.start("boot-1");
    CHECK(world.told() == "no_motion 85, recorded 7, core_crash 58, starting ...");
    world.run(200);
    world.ledger.reset();
    world.clock.advance(seconds(60));
    world.start("boot-2");
    const auto rows = world.rows();
    REQUIRE(rows.size() == 6);
    CHECK(rows[4].cause == "power_off");
    CHECK(*rows[4].ended_at - rows[4].started_at >= seconds(60));
    CHECK(*rows[4].ended_at - rows[4].started_at <= seconds(121));
}

TEST_CASE("clocks: set forward, asleep, set back, and a board that learns the time after its start") {
    World world;
    world.well();
    world.run(10);
    world.clock.stepWall(std::chrono::hours(1));
    world.run(10);
    world.clock.suspend(std::chrono::minutes(30));
    world.run(10);
    CHECK(world.told() == "no_motion 10, clock_step 3600, no_motion 10, suspended 1800, no_motion ...");
    world.clock.stepWall(-std::chrono::hours(1));  // these seconds of wall time are told already
    world.run(60);
    CHECK(world.told() == "no_motion 10, clock_step 3600, no_motion 10, suspended 1800, no_motion ...");
    world.record(20);  // footage wins over the gap that was told of the same time
    CHECK(world.store->check().empty());
    const auto sums = world.store->coverageSums("porch", kBeginning, kEnd);
    CHECK(sums.at("") == seconds(20));
    world.ledger.reset();
    world.clock.stepWall(-std::chrono::hours(5));  // no battery for the clock
    world.start("boot-2");
    world.run(20);
    world.clock.stepWall(std::chrono::hours(24));
    world.run(20);
    INFO(world.told());
    CHECK(world.store->check().empty());
    CHECK(world.rows().back().cause == "starting");
    CHECK(world.rows()[world.rows().size() - 2].cause == "power_off");
}

TEST_CASE("a camera that leaves the configuration and comes back") {
    World world;
    world.well();
    world.run(10);
    world.ledger->removeCamera("porch");
    world.run(20);
    CHECK(world.told() == "no_motion 10");
    world.ledger->addCamera("porch", config::RecordMode::Motion);
    world.run(10);
    CHECK(world.told() == "no_motion 10, not_configured 20, starting ...");
    world.ledger.reset();
    world.ledger = std::make_unique<CoverageLedger>(*world.store, world.clock, "boot-1");
    world.ledger->open();  // without it
    world.run(20);
    CHECK(world.store->runningCoverage().empty());
}

TEST_CASE("a flapping camera writes thirty rows and then one a minute") {
    World world;
    world.well();
    world.run(1);
    for (int i = 0; i < 3600; ++i) {
        world.condition(i % 2 == 0 ? std::optional(GapCause::ConnectionLost) : std::nullopt);
        world.run(1, 0.5);
    }
    INFO(world.rows().size());
    CHECK(world.rows().size() <= 95);
    CHECK(world.rows().size() >= 60);
}

TEST_CASE("a database that takes no rows loses no second") {
    Continuous world;
    world.record(10);
    store::Database other(world.folder / "porchlight.db");
    {
        store::Transaction busy(other);  // whoever holds the database for too long
        world.clock.advance(seconds(30));
        world.ledger->noteWritten("porch", world.clock.wallNow() - seconds(10), world.clock.wallNow());
        world.ledger->noteSynced("porch");
        CHECK_THROWS_AS(world.ledger->tick(), Error);
    }
    world.ledger->tick();
    CHECK(world.told() == "starting 1, recorded 10, host_stall 20, recorded ...");
}

TEST_CASE("a pause of the camera inside a stream is a gap of its own, however short") {
    Continuous world;
    world.record(20);
    const WallTime from = world.clock.wallNow();
    for (int i = 0; i < 7; ++i) {
        world.clock.advance(milliseconds(500));
        world.ledger->tick();
    }
    world.ledger->noteWritten("porch", from, from + milliseconds(500));
    world.ledger->noteWritten("porch", from + milliseconds(1700), from + milliseconds(1700), true);  // a fragment that ends with the pause
    world.ledger->noteWritten("porch", from + milliseconds(1700), from + milliseconds(3500));
    world.ledger->noteSynced("porch");
    world.ledger->tick();
    CHECK(world.told() == "starting 1, recorded 21, no_frames 1, recorded ...");
    const auto rows = world.rows();
    CHECK(*rows[2].ended_at - rows[2].started_at == milliseconds(1200));
}

TEST_CASE("a clock that was not trusted is set: what was told since the machine started moves, the time before was without power") {
    Continuous world;
    world.record(20);
    world.ledger.reset();
    world.clock.stepWall(seconds(3000));  // a board without a clock battery: of ten hours without power it notices less than one
    world.start("boot-2");
    world.condition(std::nullopt);
    world.run(1);
    world.spans.clear();
    const int files = world.files;
    world.record(30);
    const WallTime before = world.clock.wallNow();
    const microseconds shift = std::chrono::hours(10);
    world.clock.stepWall(shift);
    // As the recorder does: the rows of this boot move, then the ledger is told.
    for (const auto& row : world.store->recordings("porch", before - seconds(40), before))
        world.store->restamp({"recording", std::to_string(row.id), "boot-2", {}, row.started_at}, shift, "restamped");
    CHECK(world.files > files);
    world.ledger->restamp(shift);
    world.record(10);
    CHECK(world.told().find("recorded 20, power_off 39") != std::string::npos);
    CHECK(world.told().find("clock_step") == std::string::npos);
    world.writer(false, false);
    world.run(10);
    for (const std::string& problem : ledgerProblems(*world.store, "porch")) CHECK(problem == "");
    const auto sums = world.store->coverageSums("porch", before + shift - seconds(30), before + shift);
    CHECK(sums.at("") == seconds(30));
}

TEST_CASE("a clock that starts in 1970 is set: its footage is in the ledger where it happened") {
    Continuous world;
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
    for (const auto& row : world.store->recordings("porch", before - seconds(40), before))
        world.store->restamp({"recording", std::to_string(row.id), "boot-2", {}, row.started_at}, shift, "restamped");
    world.ledger->restamp(shift);
    world.record(10);
    world.writer(false, false);
    world.run(10);
    for (const std::string& problem : ledgerProblems(*world.store, "porch")) CHECK(problem == "");
    const auto sums = world.store->coverageSums("porch", before + shift - seconds(30), before + shift);
    CHECK(sums.at("") == seconds(30));
}

TEST_CASE("whatever happens, the intervals are contiguous, add up, and recorded is what was durable") {
    const auto seed = GENERATE(range(1U, 41U));
    INFO("seed " << seed);
    std::mt19937 chance(seed);
    const auto below = [&](int limit) { return static_cast<int>(chance() % static_cast<unsigned>(limit)); };
    World world;
    world.mode = seed % 2 == 0 ? config::RecordMode::Continuous : config::RecordMode::Motion;
    world.ledger->addCamera("porch", world.mode);
    const WallTime began = world.rows().front().started_at;
    int boots = 1;
    for (int step = 0; step < 120; ++step) {
        switch (below(10)) {
            case 0: world.condition(static_cast<GapCause>(static_cast<int>(GapCause::Starting) + below(8))); break;
            case 1: world.condition(std::nullopt); break;
            case 2: world.record(1 + below(20)); break;
            case 3: world.footage(world.clock.wallNow() - seconds(1 + below(30)), world.clock.wallNow()); break;
            case 4: world.writer(below(2) == 0, false, below(3) == 0 ? std::optional(GapCause::WriteError) : std::nullopt); break;
            case 5: world.clock.stepWall(milliseconds(below(7'200'000) - 3'600'000)); break;
            case 6: world.clock.suspend(seconds(below(4000))); break;
            case 7:
                if (below(2) == 0) world.ledger->close();
                world.ledger.reset();
                world.clock.advance(milliseconds(below(600'000)));
                if (below(2) == 0) ++boots;
                if (below(6) == 0) world.clock.stepWall(-seconds(below(7200)));
                world.start("boot-" + std::to_string(boots));
                break;
            case 8: world.clock.advance(milliseconds(below(5000))); break;
            default: world.run(below(60), 0.5);
        }
        world.ledger->tick();
    }
    world.run(1);
    INFO(world.told());
    CHECK(world.store->check().empty());
    const auto rows = world.rows();
    CHECK(rows.front().started_at == began);
    microseconds sum{0};
    for (std::size_t i = 0; i < rows.size(); ++i) {
        CHECK(rows[i].is_recorded == rows[i].cause.empty());
        CHECK(rows[i].ended_at.has_value() == (i + 1 < rows.size()));
        if (i + 1 == rows.size()) break;
        CHECK(*rows[i].ended_at == rows[i + 1].started_at);
        CHECK((rows[i].is_recorded != rows[i + 1].is_recorded || rows[i].cause != rows[i + 1].cause || rows[i].detail != rows[i + 1].detail));
        sum += *rows[i].ended_at - rows[i].started_at;
    }
    const WallTime until = std::max(world.clock.wallNow(), rows.back().started_at) + seconds(1);
    microseconds told{0};
    for (const auto& [cause, span] : world.store->coverageSums("porch", began, until)) told += span;
    CHECK(told == until - began);
    CHECK(sum == rows.back().started_at - began);
    for (const std::string& problem : ledgerProblems(*world.store, "porch")) CHECK(problem.empty());
    for (const auto& [from, to] : world.spans) {
        microseconds recorded{0};
        const auto sums = world.store->coverageSums("porch", std::max(from, began), to);
        if (sums.contains("")) recorded = sums.at("");
        if (to > began) CHECK(recorded == to - std::max(from, began));
    }
}
