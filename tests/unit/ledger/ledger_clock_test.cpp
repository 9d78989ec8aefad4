/// No unexplained second: the coverage ledger and clocks that were wrong.
#include "ledger_world.h"

namespace ledger_clock_test {

using namespace porchlight;
using namespace porchlight::test;

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
    const auto sums = world.store->coverage.sums("porch", kBeginning, kEndOfTime);
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

TEST_CASE(
    "a clock that was not trusted is set: what was told since the machine started moves, the time before was "
    "without power") {
    Continuous world;
    world.record(20);
    world.ledger.reset();
    world.clock.stepWall(seconds(
        3000));  // a board without a clock battery: of ten hours without power it notices less than one
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
    for (const auto& row : world.store->recordings.overlapping("porch", before - seconds(40), before))
        world.store->clocks.restamp({"recording", std::to_string(row.id), "boot-2", {}, row.started_at},
                                    shift, "restamped");
    CHECK(world.files > files);
    world.ledger->restamp(shift);
    world.record(10);
    CHECK(world.told().find("recorded 20, power_off 39") != std::string::npos);
    CHECK(world.told().find("clock_step") == std::string::npos);
    world.writer(false, false);
    world.run(10);
    for (const std::string& problem : ledgerProblems(*world.store, "porch")) CHECK(problem == "");
    const auto sums = world.store->coverage.sums("porch", before + shift - seconds(30), before + shift);
    CHECK(sums.at("") == seconds(30));
}

TEST_CASE("a clock that starts in 1970 is set: its footage is in the ledger where it happened") {
    Continuous world;
    const auto [before, shift] = setClockOf1970(world);
    world.record(10);
    world.writer(false, false);
    world.run(10);
    for (const std::string& problem : ledgerProblems(*world.store, "porch")) CHECK(problem == "");
    const auto sums = world.store->coverage.sums("porch", before + shift - seconds(30), before + shift);
    CHECK(sums.at("") == seconds(30));
}

}  // namespace ledger_clock_test
