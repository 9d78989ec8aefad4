/// No unexplained second: a database that refuses the ledger in the middle of what belongs together.
#include "ledger_world.h"

namespace ledger_refused_test {

using namespace porchlight;
using namespace porchlight::test;

namespace {

/// The n-th interval that the ledger writes from now on is refused, and all after it. 0: none.
void refuse(const World& world, int n) {
    store::Database database(world.folder / "porchlight.db");
    database.execute(
        "DROP TRIGGER IF EXISTS refuse; DROP TABLE IF EXISTS written_intervals; CREATE TABLE "
        "written_intervals (n);");
    if (n == 0) return;
    database.execute(
        "INSERT INTO written_intervals VALUES (0);"
        "CREATE TRIGGER refuse BEFORE INSERT ON coverage BEGIN UPDATE written_intervals SET n = n + 1;"
        "SELECT RAISE(ABORT, 'refused') WHERE (SELECT n FROM written_intervals) >= " +
        std::to_string(n) + "; END;");
}

/// True when it was refused. Nothing of it stands then.
template <class Work>
bool isRefused(World& world, Work work) {
    const std::string before = world.told();
    try {
        work();
        return false;
    } catch (const Error&) {
        CHECK(world.told() == before);
        return true;
    }
}

/// What is told after a crash when the n-th interval of the start is refused; nothing when there are not so
/// many.
std::string tellStart(int refused) {
    Continuous world;
    world.record(10);
    world.clock.advance(seconds(3));
    world.record(10);
    world.ledger.reset();
    world.clock.advance(seconds(100));
    world.ledger = std::make_unique<CoverageLedger>(*world.store, world.clock, "boot-1");
    refuse(world, refused);
    if (!isRefused(world, [&] { world.ledger->open(); }) && refused > 0) return {};
    refuse(world, 0);
    world.start("boot-1");
    world.run(3);
    world.condition(std::nullopt);
    world.record(5);
    return world.told();
}

/// The same of a clock that is set.
std::string tellClockSet(int refused) {
    Continuous world;
    setClockOf1970(world);
    refuse(world, refused);
    if (!isRefused(world, [&] { world.ledger->tick(); }) && refused > 0) return {};
    refuse(world, 0);
    world.record(10);
    return world.told();
}

void checkEach(std::string (*tell)(int)) {
    const std::string undisturbed = tell(0);
    int refused = 1;
    for (std::string told; !(told = tell(refused)).empty(); ++refused) {
        CAPTURE(refused);
        CHECK(told == undisturbed);
    }
    CHECK(refused > 2);
}

}  // namespace

TEST_CASE(
    "a start whose ledger is refused half way leaves nothing of it, and the next tick explains the time as "
    "if nothing had been") {
    checkEach(tellStart);
}

TEST_CASE("a ledger that is refused while it moves with the clock moves once, and whole") {
    checkEach(tellClockSet);
}

TEST_CASE("what changes while the ledger is refused is told from when it changed") {
    World world;
    world.run(10);
    refuse(world, 1);
    world.condition(std::nullopt);
    for (int i = 0; i < 100; ++i) {  // more often than a flapping camera may change it
        world.clock.advance(milliseconds(200));
        CHECK_THROWS_AS(world.ledger->tick(), Error);
    }
    refuse(world, 0);
    world.run(10);
    CHECK(world.told() == "starting 10, no_motion ...");
}

}  // namespace ledger_refused_test
