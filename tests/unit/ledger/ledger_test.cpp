/// No unexplained second: the coverage ledger.
#include <random>

#include "ledger_world.h"

namespace ledger_test {

using namespace porchlight;
using namespace porchlight::test;

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

TEST_CASE(
    "footage that stops while all is said to be well is no_frames, and gets its name when that is known") {
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
    CHECK(world.told() ==
          "starting 1, recorded 10, disk_full 10, recorded 10, disabled(by ada) 30, record_off ...");
}

TEST_CASE(
    "holes in footage: clocks that differ are none, lost fragments are, and a known fault names its hole") {
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
    const auto way = GENERATE(values<Way>({{true, false, "daemon_stopped"},
                                           {true, true, "shutdown"},
                                           {false, false, "core_crash"},
                                           {false, true, "power_off"}}));
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
    world.footage(event - seconds(5),
                  event + seconds(2));  // durable, and the core dies before the next round
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
    CHECK(world.store->coverage.running().empty());
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
    world.ledger->noteWritten("porch", from + milliseconds(1700), from + milliseconds(1700),
                              true);  // a fragment that ends with the pause
    world.ledger->noteWritten("porch", from + milliseconds(1700), from + milliseconds(3500));
    world.ledger->noteSynced("porch");
    world.ledger->tick();
    CHECK(world.told() == "starting 1, recorded 21, no_frames 1, recorded ...");
    const auto rows = world.rows();
    CHECK(*rows[2].ended_at - rows[2].started_at == milliseconds(1200));
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
            case 0:
                world.condition(static_cast<GapCause>(static_cast<int>(GapCause::Starting) + below(8)));
                break;
            case 1:
                world.condition(std::nullopt);
                break;
            case 2:
                world.record(1 + below(20));
                break;
            case 3:
                world.footage(world.clock.wallNow() - seconds(1 + below(30)), world.clock.wallNow());
                break;
            case 4:
                world.writer(below(2) == 0, false,
                             below(3) == 0 ? std::optional(GapCause::WriteError) : std::nullopt);
                break;
            case 5:
                world.clock.stepWall(milliseconds(below(7'200'000) - 3'600'000));
                break;
            case 6:
                world.clock.suspend(seconds(below(4000)));
                break;
            case 7:
                if (below(2) == 0) world.ledger->close();
                world.ledger.reset();
                world.clock.advance(milliseconds(below(600'000)));
                if (below(2) == 0) ++boots;
                if (below(6) == 0) world.clock.stepWall(-seconds(below(7200)));
                world.start("boot-" + std::to_string(boots));
                break;
            case 8:
                world.clock.advance(milliseconds(below(5000)));
                break;
            default:
                world.run(below(60), 0.5);
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
        CHECK((rows[i].is_recorded != rows[i + 1].is_recorded || rows[i].cause != rows[i + 1].cause ||
               rows[i].detail != rows[i + 1].detail));
        sum += *rows[i].ended_at - rows[i].started_at;
    }
    const WallTime until = std::max(world.clock.wallNow(), rows.back().started_at) + seconds(1);
    microseconds told{0};
    for (const auto& [cause, span] : world.store->coverage.sums("porch", began, until)) told += span;
    CHECK(told == until - began);
    CHECK(sum == rows.back().started_at - began);
    for (const std::string& problem : ledgerProblems(*world.store, "porch")) CHECK(problem.empty());
    for (const auto& [from, to] : world.spans) {
        microseconds recorded{0};
        const auto sums = world.store->coverage.sums("porch", std::max(from, began), to);
        if (sums.contains("")) recorded = sums.at("");
        if (to > began) CHECK(recorded == to - std::max(from, began));
    }
}

}  // namespace ledger_test
