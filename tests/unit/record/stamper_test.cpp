/// By which clock footage is stamped, and what follows when that is set.
#include "record/upkeep/stamper.h"
#include "parts.h"
#include "support/fake_clock.h"

namespace stamper_test {

using namespace parts;

namespace {

constexpr microseconds kTo1970 = WallTime{600s} - kStart;

/// A board whose clock a time service sets when the test says so.
struct World {
    World() { store.ensureCamera("porch", "Porch"); }
    Stamper& begin(const std::string& boot = "boot-1") {
        facts.boot_id = boot;
        stamper.emplace(
            store, clock, [this](WallTime) { return facts; }, kStart - 24h,
            [this](microseconds shift) {
                shifts.push_back(shift);
                if (!is_database_away) state_when_set = rowState();
            },
            base::Cancel(is_stopping));
        return *stamper;
    }
    /// A recording of ten seconds that begins now, stamped as the recorder would.
    std::int64_t record() {
        const WallTime at = clock.wallNow();
        const Stamp stamp = stamper->stampAt(at);
        store::RecordingRow row;
        row.camera = "porch";
        row.path = recordingPath("porch", at).string();
        row.started_at = at;
        row.video = Codec::H264;
        row.clock_state = stamp.clock_state;
        const auto id = store.recordings.insert(row, stamp.doubt ? &*stamp.doubt : nullptr);
        store.recordings.finish(id, at + 10s, 1000);
        clock.advance(10s);
        return id;
    }
    std::string rowState() {
        const auto rows = store.recordings.existingAfter(0, 1);
        return rows.empty() ? "" : rows[0].clock_state;
    }
    store::RecordingRow row(std::int64_t id) { return *store.recordings.byId(id); }
    void tick(microseconds span) {
        for (microseconds done{0}; done < span; done += 200ms) {
            clock.advance(200ms);
            stamper->tick();
        }
    }

    footage::Folder folder;
    test::FakeClock clock;
    store::Store store{folder / "porchlight.db"};
    ClockFacts facts{false, false, "boot-1"};
    std::atomic<bool> is_stopping{false};
    bool is_database_away = false;
    /// Records while the clock says 1970, which is then set.
    std::int64_t recordIn1970() {
        clock.stepWall(kTo1970);
        begin();
        const auto id = record();
        clock.stepWall(-kTo1970);
        facts.is_synchronised = true;
        return id;
    }

    std::vector<microseconds> shifts;
    std::string state_when_set;
    std::optional<Stamper> stamper;
};

}  // namespace

TEST_CASE(
    "a clock that is believed stamps without a doubt; one that is not leaves what is needed to put it "
    "right") {
    World world;
    world.facts.is_synchronised = true;
    CHECK(world.begin().stampAt(kStart).clock_state == "trusted");
    CHECK_FALSE(world.stamper->stampAt(kStart).doubt);
    world.facts.is_synchronised = false;
    world.begin("boot-2");
    const Stamp stamp = world.stamper->stampAt(world.clock.wallNow() + 5s);
    CHECK(stamp.clock_state == "untrusted");
    REQUIRE(stamp.doubt);
    CHECK(stamp.doubt->boot_id == "boot-2");
    CHECK(stamp.doubt->started_at == world.clock.wallNow() + 5s);
    CHECK(stamp.doubt->boot_time ==
          std::chrono::duration_cast<microseconds>(world.clock.now().time_since_epoch()) + 5s);
}

TEST_CASE("when the clock is set, what is in memory moves first, then the rows, by the same time") {
    World world;
    world.clock.stepWall(kTo1970);
    world.begin();
    const auto id = world.record();
    CHECK(world.row(id).clock_state == "untrusted");
    world.clock.stepWall(-kTo1970);
    world.facts.is_synchronised = true;
    world.tick(4s);
    CHECK(world.shifts == std::vector<microseconds>{-kTo1970});
    CHECK(world.state_when_set == "untrusted");
    CHECK(world.row(id).clock_state == "restamped");
    CHECK(world.row(id).started_at == kStart);
    CHECK(world.row(id).ended_at == kStart + 10s);
    CHECK(world.store.clocks.doubts().empty());
    const auto steps = world.store.clocks.steps(WallTime{}, kStart + 1h);
    REQUIRE(steps.size() == 1);
    CHECK(steps[0].cause == "trusted");
    CHECK(steps[0].shift == -kTo1970);
}

TEST_CASE("a clock that was right all along is trusted without anything being moved") {
    World world;
    world.begin();
    const auto id = world.record();
    world.facts.is_synchronised = true;
    world.tick(4s);
    CHECK(world.shifts.empty());
    CHECK(world.row(id).clock_state == "trusted");
    CHECK(world.row(id).started_at == kStart);
    CHECK(world.store.clocks.doubts().empty());
}

TEST_CASE("a trusted clock that is stepped moves nothing that it stamped before: the step is remembered") {
    World world;
    world.facts.is_synchronised = true;
    world.begin();
    const auto id = world.record();
    world.clock.stepWall(-1h);
    world.tick(4s);
    CHECK(world.shifts.empty());
    CHECK(world.row(id).started_at == kStart);
    const auto steps = world.store.clocks.steps(WallTime{}, kStart + 1h);
    REQUIRE(steps.size() == 1);
    CHECK(steps[0].cause == "stepped");
    CHECK(steps[0].shift == -1h);
    CHECK(world.stamper->trust().isTrusted());
}

TEST_CASE("a clock that is set while nobody believes it moves what is there, and leaves it in doubt") {
    World world;
    world.clock.stepWall(kTo1970);
    world.begin();
    const auto id = world.record();
    world.clock.stepWall(1h);
    world.tick(4s);
    CHECK(world.shifts == std::vector<microseconds>{1h});
    CHECK(world.row(id).started_at == kStart + kTo1970 + 1h);
    CHECK(world.row(id).clock_state == "untrusted");
    REQUIRE(world.store.clocks.doubts().size() == 1);
    CHECK(world.store.clocks.doubts()[0].started_at == kStart + kTo1970 + 1h);
}

TEST_CASE("the clock is looked at every two seconds, and before each stamp") {
    World world;
    world.begin();
    world.stamper->tick();
    world.facts.is_synchronised = true;
    world.clock.advance(1900ms);
    world.stamper->tick();
    CHECK_FALSE(world.stamper->trust().isTrusted());
    world.clock.advance(100ms);
    world.stamper->tick();
    CHECK(world.stamper->trust().isTrusted());
    world.facts.is_synchronised = false;
    world.begin();
    world.stamper->tick();
    world.facts.is_synchronised = true;
    CHECK(world.stamper->stampAt(world.clock.wallNow()).clock_state == "trusted");
}

TEST_CASE(
    "footage of a boot whose clock was never set comes behind what was recorded before it, in its order") {
    World world;
    world.facts.is_synchronised = true;
    world.begin("boot-1");
    const auto before = world.record();
    world.facts.is_synchronised = false;
    world.clock.stepWall(kTo1970);
    world.begin("boot-2");
    const auto first = world.record();
    world.clock.advance(1min);
    const auto second = world.record();
    world.clock.stepWall(-kTo1970 + 24h);  // the next day, with a network
    world.facts.is_synchronised = true;
    world.begin("boot-3").restampRowsOfDoubt();
    CHECK(world.row(first).clock_state == "estimated");
    CHECK(world.row(first).started_at > *world.row(before).ended_at);
    CHECK(world.row(second).started_at - world.row(first).started_at == 1min + 10s);
    CHECK(*world.row(second).ended_at < world.clock.wallNow());
    CHECK(world.row(before).clock_state == "trusted");
    CHECK(world.store.clocks.doubts().empty());
}

TEST_CASE("rows that the database does not give now are stamped anew when it does") {
    World world;
    const auto id = world.recordIn1970();
    {
        const Refusing refusing(world.folder, "recording");
        world.is_database_away = true;
        CHECK_NOTHROW(world.tick(4s));
        CHECK(world.shifts.size() == 1);
    }
    world.tick(4s);
    CHECK(world.shifts.size() == 1);
    CHECK(world.row(id).clock_state == "restamped");
    CHECK(world.row(id).started_at == kStart);
}

TEST_CASE("a stop ends stamping anew at once; the next run goes on") {
    World world;
    const auto id = world.recordIn1970();
    world.is_stopping = true;
    world.tick(4s);
    CHECK(world.row(id).clock_state == "untrusted");
    world.is_stopping = false;
    world.begin().restampRowsOfDoubt();
    CHECK(world.row(id).clock_state == "restamped");
    CHECK(world.row(id).started_at == kStart);
}

}  // namespace stamper_test
